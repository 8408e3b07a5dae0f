"""Variants are told apart by what their recipes change, and by how well they name things."""

from pathlib import Path

import polars as pl
import pytest

from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.matching import MATCH_SCORES, NAMED, VARIANTS
from clipblind.matching.variants import Made, axis, describe_variants
from clipblind.study.compose import compose

CONF = Path(__file__).parents[2] / "conf"
AXES = {
    "clip_web": "base",
    "clip_told": "captions",
    "clip_swap": "captions",
    "clip_narrow": "size",
    "clip_wide": "size",
    "clip_deep": "size",
    "clip_32px": "resolution",
    "clip_fine": "resolution",
    "clip_few": "images",
    "clip_half": "images",
    "clip_long": "steps",
}
EVERY = sorted(p.stem for p in (CONF / "encoder").glob("clip_*.yaml"))


@pytest.fixture(scope="module")
def recipes():
    study = compose(CONF, "world", f"encoder=[{','.join([*EVERY, 'reference'])}]")
    return {name: study.encoder[name].train for name in study.text_towers}


@pytest.mark.parametrize("name", EVERY)
def test_every_variant_that_ships_changes_one_axis(recipes, name):
    assert axis(recipes[name], recipes["clip_web"]) == AXES[name]


def test_a_variant_that_changes_two_things_is_on_no_axis(recipes):
    both = recipes["clip_told"].model_copy(update={"images": 100})
    assert axis(both, recipes["clip_web"]) == "several"


def test_an_encoder_from_elsewhere_has_no_axis(recipes):
    assert axis(None, recipes["clip_web"]) == "unknown"
    assert axis(recipes["clip_web"], None) == "unknown"


@pytest.mark.parametrize(
    ("change", "changed"),
    [({"embed_dim": 8}, "size"), ({"text_width": 8}, "size"), ({"context_length": 8}, "captions")],
)
def test_a_change_of_text_tower_or_joint_space_is_a_change_too(recipes, change, changed):
    base = recipes["clip_web"]
    assert axis(base.model_copy(update=change), base) == changed


def _described(recipes, named, often, images=20000, seed=0):
    scores = pl.DataFrame(
        [
            ("statements", name, 64, 0.5, "text_to_image", pattern, 60, 0.5, 0.4, 0.6)
            for name in recipes
            for pattern in ("colour", "average")
        ],
        schema=dict(MATCH_SCORES.columns),
        orient="row",
    )
    made = {n: r if isinstance(r, Made) else Made(train=r) for n, r in recipes.items()}
    table = describe_variants(
        made, scores, named, often, probe="clip_web", images=images, seed=seed
    )
    assert table.schema == dict(VARIANTS.columns)
    return {row["encoder"]: row for row in table.iter_rows(named=True)}


def _named(rights):
    """Of 200 pictures, so many right on each factor."""
    rows = [(f"i{n:03}", f, n < rights.get(f, 0)) for f in FACTORS for n in range(200)]
    return pl.DataFrame(rows, schema=dict(NAMED.columns), orient="row")


def test_zero_shot_accuracy_is_the_mean_over_what_is_named_often(recipes):
    one = {"clip_web": recipes["clip_web"]}
    named = {"clip_web": _named({"kind": 200, "colour": 100, "facing": 0})}
    row = _described(one, named, ("kind", "colour"))["clip_web"]
    assert row["zero_shot"] == pytest.approx(0.75)
    assert row["low"] < 0.75 < row["high"]
    # half of the pictures have a mean of 1, half of 1/2: a standard error of .25 / sqrt(200)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * 0.25 / 200**0.5, rel=0.1)
    assert _described(one, named, ("facing",))["clip_web"]["zero_shot"] == 0


def test_pictures_are_drawn_whole_as_their_factors_go_together(recipes):
    one, often = {"clip_web": recipes["clip_web"]}, ("kind", "colour")
    rows = [(f"i{n:03}", f, n < 100) for f in often for n in range(200)]
    together = pl.DataFrame(rows, schema=dict(NAMED.columns), orient="row")
    rows = [(f"i{n:03}", f, (n < 100) == (f == "kind")) for f in often for n in range(200)]
    apart = pl.DataFrame(rows, schema=dict(NAMED.columns), orient="row")
    wide = _described(one, {"clip_web": together}, often)["clip_web"]
    narrow = _described(one, {"clip_web": apart}, often)["clip_web"]
    assert wide["zero_shot"] == narrow["zero_shot"] == 0.5
    assert wide["high"] - wide["low"] > 0.1
    assert (narrow["low"], narrow["high"]) == (0.5, 0.5)


def test_how_a_variant_was_trained_is_told(recipes):
    some = {name: recipes[name] for name in ("clip_web", "clip_few", "clip_fine", "clip_long")}
    rows = _described(some, dict.fromkeys(some, _named({})), ("kind",))
    keys = ("captions", "images", "samples", "patches", "image_size", "params_m")
    assert {n: tuple(row[key] for key in keys) for n, row in rows.items()} == {
        "clip_web": ("web", 20000, 96000, 16, 64, 0.5),
        "clip_few": ("web", 2500, 96000, 16, 64, 0.5),
        "clip_fine": ("web", 20000, 96000, 64, 64, 0.5),
        "clip_long": ("web", 20000, 288000, 16, 64, 0.5),
    }


def test_what_is_unknown_of_an_encoder_from_elsewhere_is_null(recipes, tmp_path):
    some = {"clip_web": recipes["clip_web"], "openai": None}
    named = {"clip_web": _named({"kind": 9}), "openai": _named({}).clear()}
    row = _described(some, named, ("kind",))["openai"]
    known = {k for k, v in row.items() if v is not None}
    assert known == {"encoder", "label", "axis", "image_size", "params_m"}
    table = pl.DataFrame([row], schema=dict(VARIANTS.columns))
    VARIANTS.write(table, tmp_path / "variants.csv")
    assert VARIANTS.read(tmp_path / "variants.csv").equals(table)


def test_what_entries_say_of_encoders_from_elsewhere_is_told(recipes, tmp_path):
    loaded = Made(label="OpenAI B/32", row="", data="WIT", samples_m=12800)
    printed = Made(row="DFN ViT-H-14 224")
    rows = _described({"b32": loaded, "dfn": printed}, {}, ())
    keys = ("label", "row", "data", "samples_m", "axis", "zero_shot", "low", "high")
    nothing = (None,) * 3
    assert tuple(rows["b32"][k] for k in keys) == (
        "OpenAI B/32", None, "WIT", 12800, "unknown", *nothing,
    )  # fmt: skip
    assert tuple(rows["dfn"][k] for k in keys) == (
        "dfn", "DFN ViT-H-14 224", None, None, "unknown", *nothing,
    )  # fmt: skip


def test_trained_and_loaded_encoders_stand_in_one_table(recipes):
    mixed = {"b32": Made(data="WIT"), "clip_web": Made(recipes["clip_web"], label="CLIP")}
    rows = _described(mixed, dict.fromkeys(mixed, _named({"kind": 100})), ("kind",))
    assert [(n, r["axis"], r["captions"], r["data"]) for n, r in rows.items()] == [
        ("b32", "unknown", None, "WIT"),
        ("clip_web", "base", "web", None),
    ]
    assert rows["b32"]["zero_shot"] == 0.5 and rows["clip_web"]["label"] == "CLIP"


def test_the_seed_decides_the_interval(recipes):
    one, named = {"clip_web": recipes["clip_web"]}, {"clip_web": _named({"kind": 77})}
    drawn = [_described(one, named, ("kind",), seed=seed)["clip_web"] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
