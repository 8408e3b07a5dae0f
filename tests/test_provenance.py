"""The code behind a verb is found by its imports, and its digest changes with it alone."""

import pytest

from clipblind.provenance import PACKAGE, PLUMBING, code_of, modules_of

VERBS = {
    "pool.render": {"pools.world.draw", "pools.images"},
    "encoder.train_clip": {"training", "encoders.small", "encoders.pixels"},
    "encoder.embed": {"embed", "encoders.open_clip_loader", "encoders.transformers_loader"},
    "pairs.mine": {"mining.join", "mining.quantiles", "embeddings", "vectors"},
    "contender.train": {"mof.model", "mof.packing", "encoders.words", "benchmark.wording"},
    "contender.answer": {"contenders.llava", "mof.training"},
    "grading.grade": {"grading.parser", "grading.evidence"},
    "vlm.study": {"vlm.matching", "stats", "pools.world.captions"},
    "report.page": {"web.page", "web.story", "stats"},
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_reaches_the_modules_it_works_with(verb):
    assert VERBS[verb] <= modules_of(verb)


@pytest.mark.parametrize(
    ("verb", "stranger"),
    [
        ("encoder.train_clip", "encoders.simclr_training"),
        ("encoder.train_clip", "embed"),
        ("encoder.embed", "mining.join"),
        ("contender.train", "contenders.llava"),
        ("pool.scenes", "pools.world.draw"),
        ("grading.grade", "grading.scores"),
    ],
)
def test_a_verb_does_not_depend_on_what_it_does_not_use(verb, stranger):
    assert stranger not in modules_of(verb)


def test_no_verb_depends_on_plumbing():
    assert not any(PLUMBING & modules_of(verb) for verb in VERBS)


def test_a_figure_depends_on_its_own_module_and_not_on_the_others():
    reached = modules_of("report.figure", "figures.density")
    assert "figures.density" in reached
    assert "figures.scaling" not in reached


def test_the_digest_follows_the_content_of_what_is_reached(monkeypatch):
    import clipblind.provenance as provenance

    before = code_of("pairs.mine"), code_of("grading.grade")
    real = provenance.digest
    changed = PACKAGE / "mining" / "join.py"
    monkeypatch.setattr(
        provenance,
        "digest",
        lambda *parts: real(*(f"{p} edited" if p == changed else p for p in parts)),
    )
    assert code_of("pairs.mine") != before[0]
    assert code_of("grading.grade") == before[1]


def test_an_unknown_verb_is_a_fault():
    with pytest.raises(ValueError, match="no verb nothing"):
        code_of("pairs.nothing")
