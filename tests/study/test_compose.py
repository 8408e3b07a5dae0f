"""Composing, checking and slicing the configuration."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import clipblind.study.compose as compose_module
from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTORS
from clipblind.printed import table1
from clipblind.study.compose import chosen, compose
from clipblind.study.settings.base import Model
from clipblind.study.settings.figure import figures
from clipblind.study.settings.mining import Mining
from clipblind.study.slices import needs, read_slice, select

CONF = Path(__file__).parents[2] / "conf"
STUDIES = sorted(path.stem for path in (CONF / "study").glob("*.yaml"))


class Wildcards(SimpleNamespace):
    def items(self):
        return vars(self).items()


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_that_ships_composes(name):
    # a study of people's own images is of no folder until it is told one
    overrides = "pool.path=pictures" if name == "own" else ""
    assert compose(CONF, name, overrides).name == name


def test_a_study_of_own_images_without_a_folder_is_one_sentence():
    with pytest.raises(UserError, match=r"pool\.path"):
        compose(CONF, "own")


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        ("pool.parts=0", ["pool.parts", "0", "greater than 0"]),
        ("mining.probe=nope", ["mining.probe", "'nope'", "openai_l14_224"]),
        ("encoder.dinov2_l14.loader=torch", ["encoder.dinov2_l14.loader", "'torch'"]),
        ("embedding.precison=float16", ["embedding.precison", "no setting", "precision"]),
        ("encoder=[dinov2_l14] mining=null pool=null", ["text: true", "matching=null"]),
        ("mining=null", ["mining", "pool", "both or neither"]),
        ("mining.probe=null", ["mining.probe"]),
    ],
)
def test_a_mistake_in_a_study_of_real_images_is_one_sentence(overrides, parts):
    with pytest.raises(UserError) as caught:
        compose(CONF, "paper", overrides)
    assert all(part in str(caught.value) for part in parts), caught.value
    assert "\n" not in str(caught.value)


def test_the_benchmarks_need_no_encoder_unless_encoders_are_tested():
    with pytest.raises(UserError, match="set matching=null"):
        compose(CONF, "mmvp", "encoder=[]")
    assert not compose(CONF, "mmvp", "encoder=[] matching=null").encoder


def test_a_study_may_mix_what_it_renders_and_what_others_made():
    asked = "[llava_clip,smolvlm,constant]"
    study = compose(CONF, "world", f"contender={asked} encoder=[clip_web,reference,openai_b32]")
    kinds = [contender.kind for contender in study.contender.values()]
    assert kinds == ["mof", "transformers", "constant"]
    assert study.trained == ("clip_web", "reference")
    assert study.text_towers == ("clip_web", "openai_b32")
    assert study.asked == ("mined", "random", "twins")


@pytest.mark.parametrize(
    ("study", "overrides", "parts"),
    [
        (
            "world",
            "contender=[minigpt4_7b]",
            [
                "contender.minigpt4_7b.prompt (in conf/contender/minigpt4_7b.yaml)",
                "world, official",
            ],
        ),
        (
            "mmvp",
            "contender=[amof]",
            ["contender.amof.kind (in conf/contender/_llava.yaml)", "take pool=world"],
        ),
        (
            "world",
            "contender=[amof] encoder=[clip_web,openai_b32] mining.reference=openai_b32",
            ["contender.amof.towers (in conf/contender/amof.yaml)", "there are clip_web, openai"],
        ),
        (
            "world",
            "+contender.llava_clip.towers=[openai_b32] encoder=[clip_web,reference,openai_b32]",
            ["(from overrides)", "was trained elsewhere", "clip_web, reference"],
        ),
        (
            "mmvp",
            "encoder=[clip_web]",
            ["encoder.clip_web.train (in conf/encoder/clip_web.yaml)", "pool=world"],
        ),
        (
            "mmvp",
            "benchmark=[mined]",
            ["benchmark.mined (in conf/benchmark/mined.yaml)", "take pool=world"],
        ),
        (
            "world",
            "contender=[llava15_7b] contender.llava15_7b.batch=0",
            ["contender.llava15_7b.batch=0 (from overrides)"],
        ),
        (
            "world",
            "+contender.smolvlm={towers:[clip_web]} contender=[smolvlm]",
            ["contender.smolvlm.towers", "(from overrides)", "no setting"],
        ),
    ],
)
def test_what_cannot_be_combined_is_refused_with_its_own_file_and_what_fits(
    study, overrides, parts
):
    with pytest.raises(UserError) as caught:
        compose(CONF, study, overrides)
    assert all(part in str(caught.value) for part in parts), caught.value
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["clip_web", "clip_wide", "clip_told", "clip_swap"])
def test_clip_variants_differ_from_the_base_in_what_their_name_says(name):
    base, variant = (compose(CONF, "world").encoder[n].train for n in ("clip_web", name))
    changed = {k for k in base.model_dump() if getattr(base, k) != getattr(variant, k)}
    expected = {"clip_web": set(), "clip_wide": {"vision"}}
    assert changed == expected.get(name, {"captions"})


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        ("mining.probe_abov=0.9", ["mining.probe_abov", "0.9", "probe_above"]),
        ("mining.probe_above=1.7", ["mining.probe_above", "1.7", "from overrides"]),
        ("+mining.foo=3", ["mining.foo", "3", "no setting"]),
        ("mining.probe=nope", ["mining.probe", "'nope'", "clip_web"]),
        ("contender.amof.layer=-9", ["contender.amof.layer", "-9", "above its towers"]),
        ("benchmark.random.count=9000", ["benchmark.random.count", "9000", "4000"]),
        ("+figure.densty={dpi: 3, width: 2}".replace(" ", ""), ["figure.densty", "density"]),
        ("matching.often=2", ["matching.often", "2", "less than or equal to 1"]),
        ("matching.encoders=[clip_web]", ["matching.encoders", "no setting"]),
        ("seeds=[0,1,0]", ["seeds", "from overrides", "twice"]),
        ("seeds=[-1]", ["seeds", "-1", "greater than or equal to 0"]),
        ("encoder.reference.train.vision.patch=8", ["contender.amof.towers", "patches"]),
        ("pool.sources.world.captions.web.hatt=0.1", ["captions.web", "'hatt'", "hat"]),
        ("pool.sources.world.shards=3", ["pool.sources.world.shards=3", "from overrides"]),
        ("pool.sources.more.kind=folder", ["pool.sources.more.path", "is missing"]),
        ("pool.sources.world.kind=sky", ["pool.sources.world.kind='sky'", "there are world"]),
        ("contender.amof.towers=[clip_wide,reference]", ["contender.amof.towers", "width"]),
        ("encoder.clip_web.train.vision.heads=3", ["encoder.clip_web.train.vision", "128", "3"]),
        ("encoder.reference.loader=timm", ["encoder.reference (in conf/enc", "for transformers"]),
        ("name=smoke", ["world.yaml", "'smoke'", "name: world"]),
        ("mining.selection.pairs=abc", ["mining.selection.pairs", "'abc'", "integer"]),
        ("encoder=[clip_web,nothere]", ["nothere"]),
        ("mining.probe_above='", ["overrides", "quot"]),
        ("contender.imof.towers=[clip_web]", ["contender.imof", "2 towers"]),
    ],
)
def test_a_wrong_override_is_one_sentence_that_names_key_and_value(overrides, parts):
    with pytest.raises(UserError) as caught:
        compose(CONF, "world", overrides)
    said = str(caught.value)
    assert "\n" not in said
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        (
            "mining/cosine.yaml",
            "probe_above: 0.95",
            "probe_above: 95",
            r"mining\.probe_above=95 \(in conf/mining/cosine\.yaml\)",
        ),
        (
            "encoder/_clip.yaml",
            "steps: 1500",
            "steps: -1",
            r"steps=-1 \(in conf/encoder/_clip\.yaml\)",
        ),
        (
            "contender/amof.yaml",
            "reference_share: 0.75",
            "kind: mfo",
            r"contender\.amof\.kind='mfo' \(in conf/contender/amof\.yaml\) .* there are .*mof",
        ),
        (
            "pool/world.yaml",
            "search_images: 4000",
            "search_images: none",
            r"pool\.sources\.world\.search_images='none' \(in conf/pool/world\.yaml\)",
        ),
    ],
)
def test_a_wrong_value_is_reported_with_the_file_that_holds_it(tmp_path, file, right, wrong, said):
    conf = tmp_path / "conf"
    _copy(conf)
    path = conf / file
    path.write_text(path.read_text().replace(right, wrong))
    with pytest.raises(UserError, match=said):
        compose(conf, "world")


def test_a_misspelt_key_in_a_study_file_is_reported_with_a_hint(tmp_path):
    conf = tmp_path / "conf"
    _copy(conf)
    path = conf / "study" / "world.yaml"
    path.write_text(path.read_text() + "\nmining:\n  prob_above: 0.9\n")
    with pytest.raises(UserError, match="prob_above") as caught:
        compose(conf, "world")
    assert "conf/study/world.yaml" in str(caught.value)


def test_a_setting_that_no_file_holds_can_be_set_all_the_same():
    assert compose(CONF, "world", "contender.amof.layer=-2").contender["amof"].layer == -2


def test_contenders_keep_the_order_they_were_named_in():
    study = compose(CONF, "world", "contender=[random,imof,constant]")
    assert list(json.loads(needs(study, "contender")(Wildcards()))["contender"]) == [
        "random",
        "imof",
        "constant",
    ]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"stduy": "smoke"}, "not stduy"),
        ({"overrides": 5}, "overrides=5"),
        ({"overrides": {"title": "a"}}, "no text"),
    ],
)
def test_what_snakemake_was_given_besides_study_and_overrides_is_refused(config, said):
    with pytest.raises(UserError, match=said):
        chosen(config)


@pytest.mark.parametrize("seed", ["1", -1, 1.5, True, [0]])
def test_a_seed_that_is_no_whole_number_from_nought_is_refused(seed):
    with pytest.raises(UserError, match="is no seed; give a whole number from 0"):
        chosen({"seed": seed})


def test_nothing_given_is_the_default_study():
    expected = {"study": "world", "overrides": "", "seed": None}
    assert chosen({"overrides": None}) == chosen({}) == expected
    assert chosen({"seed": 0})["seed"] == 0


def test_one_seed_of_a_study_over_seeds_is_a_study_of_its_own():
    over_seeds = compose(CONF, "world_seeds")
    one = compose(CONF, "world_seeds", seed=2)
    assert over_seeds.seeds == (0, 1, 2) and not one.seeds
    assert (one.seed, one.name) == (2, "world_seeds")
    default = compose(CONF, "world")
    same = {"name": "", "title": "", "seed": 0}
    assert one.model_copy(update=same) == default.model_copy(update=same)


def test_the_full_study_holds_all_that_ships():
    study = compose(CONF, "world_full")
    for group, held in (("encoder", study.encoder), ("contender", study.contender)):
        paths = [p for p in (CONF / group).glob("*.yaml") if not p.stem.startswith("_")]
        # what has a source was made elsewhere, and is for studies of real images
        made_here = {
            p.stem
            for p in paths
            if not re.search("^  (source|model|answers):", p.read_text(), re.M)
        }
        assert set(held) == made_here
    assert set(study.figure) == set(figures())


@pytest.mark.parametrize("name", ["paper", "mmvp"])
def test_the_studies_of_table_1_hold_each_of_its_models_once(name):
    rows = [encoder.row for encoder in compose(CONF, name).encoder.values() if encoder.text]
    assert sorted(rows) == sorted(set(table1()["row"]))


def test_the_text_only_control_is_the_same_model_but_for_the_image():
    asked = compose(CONF, "mmvp").contender
    seeing, blind = asked["llava15_7b"], asked["llava15_7b_blind"]
    differ = {key for key, value in blind if getattr(seeing, key) != value}
    assert differ == {"label", "image", "folder", "megabytes"}
    assert seeing.image and not blind.image


def test_the_variants_are_the_encoders_with_a_text_tower_in_the_studys_order():
    study = compose(CONF, "world", "encoder=[clip_told,reference,clip_web]")
    assert study.text_towers == ("clip_told", "clip_web")


def test_what_is_named_often_follows_from_the_probes_captions():
    often = compose(CONF, "world").often_named
    assert often == ("kind", "background", "hat", "colour", "coat")
    assert compose(CONF, "world", "mining.probe=clip_told").often_named == tuple(FACTORS)
    assert compose(CONF, "world", "matching.often=0.5").often_named == ("kind", "colour")
    elsewhere = "contender=[constant] encoder.clip_web.train=null encoder.clip_web.source=ViT-B-32"
    assert compose(CONF, "world", elsewhere).often_named == tuple(FACTORS)


def test_an_unknown_study_is_answered_with_those_there_are():
    with pytest.raises(UserError, match="there are mmvp, own, paper, smoke, world"):
        compose(CONF, "wrold")


def test_a_slice_holds_what_was_named_and_nothing_else():
    study = compose(CONF, "world")
    text = needs(study, "seed", towers={"a": "encoder.{encoder}.loader"})(
        Wildcards(encoder="clip_web")
    )
    assert json.loads(text) == {"seed": 0, "towers": {"a": "open_clip"}}


def test_a_slice_of_one_encoder_is_not_touched_by_another():
    before, after = (
        needs(compose(CONF, "world", o), encoder="encoder.clip_web")(Wildcards())
        for o in ("", "encoder.clip_told.train.schedule.steps=7")
    )
    assert before == after


def test_the_empty_key_is_the_whole_study():
    assert select(compose(CONF, "smoke"), "")["name"] == "smoke"


def test_a_job_refuses_a_slice_with_more_than_it_declared():
    class Job(Model):
        mining: Mining

    text = json.dumps({"seed": 0, "mining": select(compose(CONF, "world"), "mining")})
    with pytest.raises(UserError, match="seed"):
        read_slice(Job, text)


def test_settings_never_change():
    study = compose(CONF, "world")
    with pytest.raises(ValueError, match="frozen"):
        study.mining.probe_above = 0.5


def _copy(conf):
    for path in CONF.rglob("*.yaml"):
        copy = conf / path.relative_to(CONF)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())


def test_a_composition_is_remembered_until_a_file_or_an_override_changes(tmp_path, monkeypatch):
    conf = tmp_path / "conf"
    _copy(conf)
    asked = []
    real = compose_module._asked
    monkeypatch.setattr(compose_module, "_asked", lambda given: asked.append(1) or real(given))
    first = compose(conf, "smoke")
    assert compose(conf, "smoke") == first and len(asked) == 1
    assert compose(conf, "smoke", "mining.probe_above=0.5").mining.probe_above == 0.5
    assert len(asked) == 2
    path = conf / "mining" / "quantile.yaml"
    path.write_text(path.read_text() + "\nprobe_above: 0.25\n")
    assert compose(conf, "smoke").mining.probe_above == 0.25
    assert len(asked) == 3


def test_what_is_read_of_the_environment_is_never_remembered(tmp_path, monkeypatch):
    conf = tmp_path / "conf"
    _copy(conf)
    for folder in ("one", "two"):
        monkeypatch.setenv("MY_ASSETS", folder)
        assert compose(conf, "smoke", "assets='${oc.env:MY_ASSETS}'").assets == folder


def test_a_remembered_mistake_is_told_with_its_file_all_the_same(tmp_path):
    conf = tmp_path / "conf"
    _copy(conf)
    path = conf / "mining" / "quantile.yaml"
    path.write_text(path.read_text() + "\ntiles: 0\n")
    for _ in range(2):
        with pytest.raises(UserError, match=r"mining\.tiles=0 \(in conf/mining/quantile\.yaml\)"):
            compose(conf, "world")


# --- paths on the command line and in files (hydra 1843, 798; snakemake 2166)

PATHS = (
    *(
        "bilder/ä ö",
        "日本",
        "a=b",
        "a (1)",
        "a b",
        "a  b",
        "it's",
        "{x}",
        "a{b}c",
        "x}",
        "a,b",
        "a#b",
    ),
    *(
        "a #b",
        "[ab]",
        "a:b",
        "a: b",
        "$x",
        'a"b',
        'my "best" pics',
        "*",
        "a\\b",
        "\\",
        "x\\'",
        "%20",
    ),
    *("null", "true", "1", "a b=c (d)", "-x", "+x", "@x", "!x", "&x", "~", "100%"),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "line",
    ["pool.path={}", "mining.probe_above=0.9 pool.path={} encoder=[openai_l14_224,dinov2_l14]"],
)
def test_a_path_in_overrides_is_taken_as_it_is_written(path, line):
    assert compose(CONF, "own", line.replace("{}", path)).pool.path == path


@pytest.mark.parametrize("line", ["'pool.path={}'", '"pool.path={}"', "pool.path='{}'"])
def test_quotes_around_a_path_are_none_of_it(line):
    assert compose(CONF, "own", line.replace("{}", "a (b) é")).pool.path == "a (b) é"


def test_a_path_in_a_file_is_taken_as_it_is_written(tmp_path):
    path = "ä=b (1) ~ {x}, it's #2"
    shutil.copytree(CONF, tmp_path / "conf")
    pool = tmp_path / "conf/pool/folder.yaml"
    pool.write_text(pool.read_text().replace("path: ???", f'path: "{path}"'))
    assert compose(tmp_path / "conf", "own").pool.path == path


@pytest.mark.parametrize("key", ["people", "patterns.file", "ledger", "title"])
def test_every_text_is_taken_as_it_is_written(key):
    study = compose(CONF, "mmvp", f"encoder=[] matching=null {key}=ü=(1) {{x}}, it's")
    for part in key.split("."):
        study = getattr(study, part)
    assert study == "ü=(1) {x}, it's"


@pytest.mark.parametrize("path", ["a #b", "a: b", "{x}", "[ab]", "é"])
def test_what_yaml_makes_of_an_override_is_not_taken_for_it(path):
    raw = f"pool.path={path}"
    asked = chosen({"study": "own", "overrides": yaml.safe_load(raw)}, [f"overrides={raw}"])
    assert asked["overrides"] == raw
    assert chosen({"overrides": "a=1"}, ["overrides='a=1'"])["overrides"] == "a=1"


@pytest.mark.parametrize("override", ["mining.probe_above=ä", "pool.parts=a(", "encoder=[a", "ü=1"])
def test_what_hydra_cannot_read_is_a_sentence_without_its_jargon(override):
    with pytest.raises(UserError) as caught:
        compose(CONF, "own", f"pool.path=x {override}" if override[0] != "ü" else override)
    said = str(caught.value)
    assert "\n" not in said and "conf/study" not in said.partition("wanted")[0]
    assert not re.search("Lexer|ANTLR|mismatched|hydra|EOF", said)


# --- settings with a range


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        ("mining.probe_above=true", ["mining.probe_above=True", "from overrides", "a number"]),
        ("mining.probe_above=1", ["mining.probe_above=1", "less than 1"]),
        ("mining.probe_above=nan", ["mining.probe_above=nan", "finite"]),
        ("mining.reference_below=-1", ["mining.reference_below=-1", "greater than -1"]),
        ("mining.probe=reference", ["mining.probe", "mining.reference, too"]),
        ("mining.tiles=1000000", ["mining.tiles=1000000", "4096"]),
        ("mining.threads=0", ["mining.threads=0", "greater than 0"]),
        ("mining.selection.pairs=-3", ["mining.selection.pairs=-3", "greater than 0"]),
        ("figure.density.dpi=1e9", ["figure.density.dpi", "2400"]),
        ("figure.density.dpi=true", ["figure.density.dpi=True", "a number"]),
        ("figure.density.width=inf", ["figure.density.width=inf", "finite"]),
        ("encoder.clip_web.train.vision.image_size=1e20", ["image_size=1e+20", "integer"]),
        ("pool.sources.world.image_size=9000", ["image_size=9000", "8192"]),
        ("pool.sources.world.search_images=9999999999", ["search_images", "1000000000"]),
        ("pool.sources.world.captions.web.hat=true", ["world.captions", "a number"]),
        ("seed=true", ["seed=True", "a number"]),
        ("encoder.reference.train.schedule.learning_rate=inf", ["learning_rate=inf", "finite"]),
        ("benchmark.random.count=0", ["benchmark.random.count", "is 0", "1 to 2000"]),
        ("benchmark.twins.count=61", ["benchmark.twins.count", "is 61", "1 to 60"]),
        ("benchmark.statements.beside=nope", ["statements.beside", "'nope'", "there are mined"]),
        ("contender=[] judge=local", ["judge", "nobody answers"]),
        ("contender=[] people=x.csv", ["people", "nobody answers"]),
        ("+contender.pattern={kind:constant}", ["contender.pattern", "a column"]),
        ("+contender.pair_id={kind:constant}", ["contender.pair_id", "a column"]),
    ],
)
def test_a_setting_out_of_its_range_is_one_sentence_with_key_value_and_range(overrides, parts):
    with pytest.raises(UserError) as caught:
        compose(CONF, "world", overrides)
    said = str(caught.value)
    assert "\n" not in said and all(part in said for part in parts), said


def test_imagenet_without_a_benchmark_of_texts_is_one_sentence():
    with pytest.raises(UserError, match=r"matching\.imagenet .* is named, but no benchmark"):
        compose(CONF, "mmvp", "benchmark=[mmvp] matching.imagenet=somewhere")
