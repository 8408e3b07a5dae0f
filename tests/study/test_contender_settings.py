"""Who answers and how, as a real study composes it."""

from pathlib import Path

import pytest

from clipblind.ground.errors import UserError
from clipblind.study.compose import compose

CONF = Path(__file__).parents[2] / "conf"
SERVED = "+contender.x={kind:openai,model:m,base_url:http://localhost:8000/v1,%s}"


@pytest.mark.parametrize("study", ["mmvp", "paper"])
def test_real_studies_name_four_prompts_and_the_baselines(study):
    composed = compose(CONF, study)
    assert list(composed.prompt) == ["official", "letter", "minigpt4", "numbered"]
    kinds = {name: contender.kind for name, contender in composed.contender.items()}
    assert kinds["constant"] == "constant" and kinds["random"] == "random"
    assert composed.judge is None and composed.ledger == "ledger"


def test_a_study_may_ask_without_testing_any_encoder():
    assert compose(CONF, "mmvp", "encoder=[] matching=null").encoder == {}


def test_the_rendered_world_has_a_prompt_of_its_own_and_no_judge():
    composed = compose(CONF, "world")
    assert list(composed.prompt) == ["world", "official"] and composed.judge is None
    for contender in composed.contender.values():
        if contender.kind in ("mof", "text_only"):
            assert contender.prompt == "world"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            "contender.constant.prompt=nope",
            r"contender\.constant\.prompt \(from overrides\) is 'nope'; there are official, letter",
        ),
        ("contender.constant.batch=3", r"contender\.constant\.batch=3 .* is no setting"),
        (SERVED % "concurrency:0", r"contender\.x\.concurrency=0 "),
        ("prompt.minigpt4.text=hi", r"prompt\.minigpt4 .*: text has no field {question}"),
        ("judge.by.kind=openai", r"judge\.by\.model .* is missing"),
        (
            "+judge={by:{kind:recorded,answers:a,source:b}}",
            "recorded answers go by the question alone",
        ),
        (
            "+contender.x={kind:llava}",
            r"contender\.x\.kind='llava' .* there are constant, random, ",
        ),
        ("patterns.votes=3", r"patterns .*: votes need a back-end in `by`"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(overrides, said):
    with pytest.raises(UserError, match=said) as caught:
        compose(CONF, "mmvp", overrides)
    assert "\n" not in str(caught.value)


JUDGES = sorted(path.stem for path in (CONF / "judge").glob("*.yaml"))


@pytest.mark.parametrize("judge", JUDGES)
def test_every_judge_that_ships_composes_and_official_runs_the_papers_own(judge):
    composed = compose(CONF, "mmvp", f"judge={judge}").judge
    assert composed is not None and composed.official == (judge == "official")
