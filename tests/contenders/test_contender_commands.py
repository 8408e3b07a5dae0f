"""`contender train`, `contender describe` and `answers ask`, as rules call them."""

import json
import random
from pathlib import Path

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import polars as pl
import pytest
from typer.testing import CliRunner

from clipblind.benchmark.from_truth import write_questions
from clipblind.commands import answers, contender
from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTORS, change, sample_scene
from clipblind.ground.tables.answers import MADE, REPLIES
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.pool import LISTED
from clipblind.ground.tables.world import SCENES
from clipblind.pools.tars import list_shards
from clipblind.study.compose import compose
from clipblind.study.slices import needs
from clipblind.world.draw import png
from clipblind.world.pictures import write_shard
from tests.encoders.checkpoints import entry, save_open_clip, save_vision, vision_model

CONF = Path(__file__).parents[2] / "conf"
OVERRIDES = (
    "contender=[llava_clip,imof,smolvlm,constant] contender.imof.train.schedule={steps:4,batch:2}"
    " contender.imof.train.language_model.config.hidden_size=16"
)
TOWERS = ("clip_web", "reference")


def run(app, *given):
    done = CliRunner().invoke(app, [*map(str, given)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def study():
    return compose(CONF, "smoke", OVERRIDES)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A study's folder: two towers in the real formats, a shard, its scenes, its questions."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "encoders/clip_web").mkdir(parents=True)
    save_open_clip(folder / "encoders/clip_web")
    save_vision(folder / "encoders/reference", vision_model("dinov2"))
    rng = random.Random(0)
    scenes = {f"contender-{n}": sample_scene(rng) for n in range(6)}
    pairs = []
    for n in range(3):
        scenes[f"twin-{n}"] = change(scenes[f"contender-{n}"], [rng.choice([*FACTORS])], rng)
        pairs.append((f"p{n}", f"contender-{n}", f"twin-{n}"))
    write_shard([(name, png(scene, 32)) for name, scene in scenes.items()], folder / "c-0.tar")
    rows = [
        {"image_id": name, "split": "contender", "twin_of": "", "nuisance": scene.nuisance}
        | {factor: getattr(scene, factor) for factor in FACTORS}
        for name, scene in scenes.items()
    ]
    SCENES.write(pl.DataFrame(rows, schema=dict(SCENES.columns)), folder / "scenes.parquet")
    LISTED.write(list_shards([folder / "c-0.tar"]), folder / "images.parquet")
    QUESTIONS.write(write_questions("twins", pairs, scenes, seed=0), folder / "questions.parquet")
    return folder


def towers():
    return {
        "clip_web": entry("open_clip", text=True, quick_gelu=True).model_dump(mode="json"),
        "reference": entry("transformers").model_dump(mode="json"),
    }


def asking(study, name, **given):
    settings = study.contender[name]
    read = needs(study, "seed", contender=f"contender.{name}", prompt=f"prompt.{settings.prompt}")
    cfg = json.loads(read({})) | given
    flags = ("questions", "images", "ledger")
    files = [f"--{flag}={flag}{'' if flag == 'ledger' else '.parquet'}" for flag in flags]
    return ["ask", f"--name={name}", f"--cfg={json.dumps(cfg)}", *files]


def test_a_mixture_is_trained_and_asked_by_files_in_the_real_formats(place, study, monkeypatch):
    monkeypatch.chdir(place)
    cfg = {"seed": 0, "contender": study.contender["imof"].model_dump(mode="json")}
    given = [f"--cfg={json.dumps(cfg | {'towers': towers()})}", "--shard=c-0.tar"]
    run(contender.app, "train", *given, "--scenes=scenes.parquet", "--out=contenders/imof")
    feeding = [f"--towers={name}=encoders/{name}" for name in TOWERS]
    flags = asking(study, "imof", towers=towers())
    flags += ["--folder=contenders/imof", *feeding]
    run(answers.app, *flags, "--out=first.parquet")
    first, asked = REPLIES.read(Path("first.parquet")), QUESTIONS.read(Path("questions.parquet"))
    assert first["question_id"].to_list() == sorted(asked["question_id"])
    (ledger,) = Path("ledger").glob("*.jsonl")
    assert ledger.name == "mof-imof.jsonl"
    before = ledger.read_bytes()
    run(answers.app, *flags, "--out=second.parquet")
    assert REPLIES.read(Path("second.parquet")).equals(first) and ledger.read_bytes() == before


@pytest.mark.parametrize("given", [[], ["--towers=clip_web=x"], ["--towers=a=b"]])
def test_towers_that_are_not_those_of_the_entry_are_one_sentence(place, study, given, monkeypatch):
    monkeypatch.chdir(place)
    with pytest.raises(UserError, match="--towers and the towers of --cfg differ in"):
        run(answers.app, *asking(study, "imof", towers=towers()), *given, "--out=x.parquet")


def test_a_baseline_is_asked_without_files_and_keeps_nothing(place, study, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    out = tmp_path / "constant.parquet"
    flags = [each.replace("=ledger", f"={tmp_path / 'none'}") for each in asking(study, "constant")]
    run(answers.app, *flags, f"--out={out}")
    assert set(REPLIES.read(out)["answer"]) == {"(a)"} and not (tmp_path / "none").exists()


def test_everybody_is_described_whatever_their_kind(study, tmp_path):
    of = {"probe": "mining.probe", "reference": "mining.reference"}
    cfg = needs(study, "contender", encoder={t: f"encoder.{t}" for t in TOWERS}, **of)({})
    labels, made = tmp_path / "labels.json", tmp_path / "made.csv"
    run(contender.app, "describe", f"--cfg={cfg}", f"--out={labels}", f"--made={made}")
    names = json.loads(labels.read_text())
    assert names["smolvlm"] == "SmolVLM" and len(names) == 4
    rows = {row["contender"]: row for row in MADE.read(made).iter_rows(named=True)}
    assert rows["imof"]["towers"] == "clip_web+reference" and rows["imof"]["tokens"] == 32
    assert rows["smolvlm"]["kind"] == "transformers" and rows["smolvlm"]["towers"] is None


def test_a_study_that_mines_nothing_describes_who_answers_all_the_same(tmp_path):
    cfg = needs(compose(CONF, "mmvp"), "contender", encoder={})({})
    made = tmp_path / "made.csv"
    run(contender.app, "describe", f"--cfg={cfg}", f"--out={tmp_path / 'l.json'}", f"--made={made}")
    assert "llava15_7b_blind" in MADE.read(made)["contender"]
