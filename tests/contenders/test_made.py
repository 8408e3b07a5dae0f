"""What each contender sees, and how it was trained, as a table."""

from pathlib import Path

import pytest

from clipblind.contenders.made import describe_contenders
from clipblind.ground.tables.answers import MADE
from clipblind.study.compose import compose

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture(scope="module")
def study():
    return compose(CONF, "world_full")


def _made(study):
    mining = study.mining
    return describe_contenders(study.contender, study.encoder, mining.probe, mining.reference)


@pytest.fixture(scope="module")
def made(study):
    return {row["contender"]: row for row in _made(study).iter_rows(named=True)}


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("llava_clip", 0.0),
        ("llava_layer2", 0.0),
        ("amof_25", 0.25),
        ("amof", 0.75),
        ("llava_reference", 1.0),
        ("llava_told", None),
        ("imof", None),
        ("imof_twice", None),
        ("text_only", None),
        ("random", None),
    ],
)
def test_the_share_is_the_references_where_features_are_added(made, name, share):
    assert made[name]["share"] == share


def test_every_mixture_of_the_sweep_has_a_share_of_its_own(made):
    plain = [r for n, r in made.items() if r["mixture"] == "additive" and n[-3:].isdigit()]
    assert len({row["share"] for row in plain}) == len(plain)


@pytest.mark.parametrize(
    ("name", "tokens"),
    [("llava_clip", 16), ("amof", 16), ("imof", 32), ("imof_twice", 32), ("text_only", 0)],
)
def test_only_interleaving_takes_more_tokens(made, name, tokens):
    assert made[name]["tokens"] == tokens


@pytest.mark.parametrize(
    ("name", "towers", "mixture"),
    [
        ("llava_swap", "clip_swap", "none"),
        ("imof", "clip_web+reference", "interleaved"),
        ("imof_twice", "clip_web+clip_web", "interleaved"),
        ("text_only", "", "none"),
    ],
)
def test_towers_are_told_in_their_order(made, name, towers, mixture):
    assert (made[name]["towers"], made[name]["mixture"]) == (towers, mixture)


def test_layer_features_and_steps_are_told_of_those_that_have_them(made):
    keys = ("kind", "layer", "standardised", "steps")
    told = {name: tuple(row[key] for key in keys) for name, row in made.items()}
    assert told["llava_clip"] == ("mof", -1, True, 900)
    assert told["llava_layer2"] == ("mof", -2, True, 900)
    assert told["amof_raw"] == ("mof", -1, False, 900)
    assert told["imof_long"] == ("mof", -1, True, 1800)
    assert told["text_only"] == ("text_only", None, True, 900)
    assert told["random"] == ("random", None, None, None)


def test_of_others_nothing_is_told_but_name_kind_and_row_of_the_paper(made):
    table = describe_contenders(compose(CONF, "paper").contender, {})
    rows = {row["contender"]: row for row in table.iter_rows(named=True)}
    row = rows["llava15_13b"]
    assert [row[key] for key in ("label", "kind", "row")] == [
        "LLaVA-1.5 13B",
        "transformers",
        "LLaVA-1.5",
    ]
    for one in (*rows.values(), made["random"], made["constant"]):
        assert all(one[key] is None for key in ("towers", "mixture", "share", "layer"))
        assert all(one[key] is None for key in ("standardised", "steps", "tokens"))


def test_without_mining_no_share_is_told(study):
    table = describe_contenders(study.contender, study.encoder)
    told = table.filter(table["mixture"] == "none")["share"]
    assert told.null_count() == len(told)


def test_a_contender_without_a_label_goes_by_its_name(study):
    plain = study.contender["imof"].model_copy(update={"label": ""})
    some = study.model_copy(
        update={"contender": {"imof": plain, "random": study.contender["random"]}}
    )
    assert _made(some)["label"].to_list() == ["imof", "random"]


def test_the_tokens_of_a_tower_from_elsewhere_are_unknown(study):
    elsewhere = study.encoder["reference"].model_copy(update={"train": None, "source": "there"})
    some = study.model_copy(update={"encoder": study.encoder | {"reference": elsewhere}})
    of = {row["contender"]: row["tokens"] for row in _made(some).iter_rows(named=True)}
    assert (of["llava_reference"], of["imof"], of["llava_clip"]) == (None, None, 16)


def test_the_table_keeps_its_order_and_is_read_as_it_was_written(study, tmp_path):
    table = _made(study)
    assert table["contender"].to_list() == list(study.contender)
    MADE.write(table, tmp_path / "made.csv")
    empty = ("towers", "row")  # which a CSV can't tell from null
    assert MADE.read(tmp_path / "made.csv").drop(empty).equals(table.drop(empty))
