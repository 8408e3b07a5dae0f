"""One loaded encoder does all of its matching: benchmarks of both kinds, and held-out pictures."""

import random
from pathlib import Path

import polars as pl
import pytest
import torch

from clipblind.ground.factors import FACTORS, sample_scene
from clipblind.ground.tables.matching import MATCH_SCORES, MATCHES, NAMED, ZERO_SHOT
from clipblind.matching.work import Rendered, match_benchmarks, name_heldout
from clipblind.study.settings.benchmark import MmvpVlm, Statements
from tests.matching.oracle import oracle, scenes_of, twins
from tests.workflow.shrunken import mmvp_vlm

PREFIX = "a photo of "
STATEMENTS = Statements(kind="statements")


@pytest.fixture(scope="module")
def world():
    """What sees colour alone, and a world of twins and held-out pictures for it."""
    vector_of, encoder = oracle(set(FACTORS["colour"].values))
    shown, table = twins()
    rng = random.Random(3)
    heldout = {f"heldout-{n:06}": sample_scene(rng) for n in range(20)}
    table = pl.concat([table, scenes_of(heldout)])
    vectors = {name: vector_of(scene.colour) for name, scene in (shown | heldout).items()}
    return encoder, Rendered(table, vectors, 6)


def test_benchmarks_of_both_kinds_are_matched_in_the_order_of_the_study(world, tmp_path):
    encoder, rendered = world
    mmvp_vlm(tmp_path / "assets/MMVP_VLM")
    pixels = torch.randn(1, 64, generator=torch.Generator().manual_seed(0))
    seeing = {"preprocess": lambda _: pixels[0], "embed_images": lambda batch: batch}
    encoder = type(encoder)(**{**vars(encoder), **seeing})
    entries = {
        "published": MmvpVlm(kind="mmvp_vlm", path="assets/MMVP_VLM", count=15),
        "statements": STATEMENTS,
    }
    matches, scores = match_benchmarks(
        encoder, entries, prefix=PREFIX, seed=0, root=tmp_path, rendered=rendered
    )
    assert matches.schema == dict(MATCHES.columns) and scores.schema == dict(MATCH_SCORES.columns)
    counts = matches.group_by("benchmark", maintain_order=True).len().rows()
    assert counts == [("published", 135), ("statements", 54)]
    assert scores["benchmark"].unique(maintain_order=True).to_list() == [*entries]
    seen = scores.filter(benchmark="statements", direction="text_to_image", pattern="colour")
    assert seen["accuracy"].item() == 1


def test_held_out_pictures_alone_are_named(world):
    encoder, rendered = world
    named, accuracies = name_heldout(encoder, rendered, {"colour": 0.5}, prefix=PREFIX, seed=0)
    assert named.schema == dict(NAMED.columns) and accuracies.schema == dict(ZERO_SHOT.columns)
    assert named["image_id"].str.starts_with("heldout").all()
    assert accuracies["images"].unique().to_list() == [20]
    assert accuracies.filter(factor="colour")["accuracy"].item() == 1


def test_no_benchmark_gives_empty_tables(world):
    matches, scores = match_benchmarks(world[0], {}, prefix=PREFIX, seed=0, root=Path())
    assert matches.is_empty() and scores.is_empty()
