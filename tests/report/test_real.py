"""The page of a study of real images and models: every sentence follows its table."""

import json
from pathlib import Path

import polars as pl
import pytest

from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, REJECTED
from clipblind.ground.tables.world import SHARD
from clipblind.report import scaling, story
from clipblind.report.page import render_page, sections_of
from clipblind.report.results import Results
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study

CONF = Path(__file__).parents[2] / "conf"
USED = {"probe_above": 0.95, "reference_below": 0.6, "pairs": 3}
SUMMARY = {
    "thresholds": "cosine", "probe": "openai_l14_224", "reference": "dinov2_l14", "images": 5,
    "all_pairs": 10, "used": USED, "cosine": USED,
}  # fmt: skip
TWO = ("openai_l14_224", "siglip_so400m_384")


@pytest.fixture
def study() -> Study:
    composed = compose(CONF, "paper")
    assert isinstance(composed, Study)
    return composed


@pytest.fixture
def folder(tmp_path):
    """Tables of a small run: 5 images, 2 bad ones, 3 pairs, 2 models, 1 contender."""
    ids = [f"imagenet/n01/{k}.JPEG" for k in range(4)] + ["laion/0/1"]
    images = pl.DataFrame(
        {
            "image_id": ids,
            "source": ["imagenet"] * 4 + ["laion"],
            "part": pl.Series([0] * 5, dtype=pl.Int32),
            "width": pl.Series([40] * 5, dtype=pl.Int32),
            "height": pl.Series([30] * 5, dtype=pl.Int32),
            "sha256": ["0"] * 5,
            "hash": pl.Series(range(5), dtype=pl.UInt64),
        }
    )
    CHECKED.write(images, tmp_path / "pool/images.parquet")
    bad = {"image_id": ["x", "y"], "source": ["laion"] * 2, "path": ["t"] * 2, "member": ["m"] * 2}
    rejected = pl.DataFrame({**bad, "reason": ["cut short", "not an image"]})
    REJECTED.write(rejected, tmp_path / "pool/rejected.parquet")
    repeats = {"image_id": ids[1:3], "first": [ids[0]] * 2, "kind": ["exact", "near"]}
    DUPLICATES.write(
        pl.DataFrame({**repeats, "bits": pl.Series([0, 2], dtype=pl.Int32)}),
        tmp_path / "pool/duplicates.parquet",
    )
    pairs = {
        "pair_id": ["p1"], "image_a": [ids[0]], "image_b": [ids[3]],
        "cos_probe": [0.97], "cos_reference": [0.41],
    }  # fmt: skip
    PAIRS.write(pl.DataFrame(pairs), tmp_path / "pairs/selected.parquet")
    shown = pl.DataFrame({"image_id": [ids[0], ids[3]], "png": [b"png", b"png"]})
    SHARD.write(shown, tmp_path / "pairs/pictures.parquet")
    (tmp_path / "pairs/summary.json").write_text(json.dumps(SUMMARY))
    fates = {"kept": 1, "an image that repeats another": 2}
    (tmp_path / "pairs/selection.json").write_text(json.dumps(fates))
    scores, against = [], []
    for name, right, params in zip(TWO, (26, 50), (427.6, 878.0), strict=True):
        share = right / 135
        shared = {
            "benchmark": "mmvp_vlm",
            "encoder": name,
            "pattern": "average",
            "pairs": 135,
            "accuracy": share,
        }
        bounds = {"low": share - 0.05, "high": share + 0.05}
        official = {"benchmark": "mmvp_vlm", "image_size": 224, "params_m": params}
        official["direction"] = "text_to_image"
        scores.append({**shared, **bounds, **official})
        paper = share + (0.01 if name == TWO[0] else 0.2)
        beside = {"row": name, "paper": paper, "difference": share - paper}
        against.append(
            {
                **{k: v for k, v in shared.items() if k != "benchmark"},
                **bounds,
                **beside,
                "inside": name == TWO[0],
            }
        )
    MATCH_SCORES.write(pl.DataFrame(scores), tmp_path / "matching/scores.csv")
    AGAINST_TABLE1.write(pl.DataFrame(against), tmp_path / "matching/against_table1.csv")
    return tmp_path


def test_sentences_hold_the_tables_numbers(study, folder):
    results = Results(study, folder)
    searched, mined = " ".join(story.searched(results)), " ".join(story.mining(results))
    assert "5 images were searched: 4 from imagenet, 1 from laion." in searched
    assert "2 files could not be used: not an image (1); cut short (1)." in searched
    assert "1 repeat another byte for byte, 1 nearly" in searched
    assert "5 searched images make 10 pairs, and every one was decided, exactly" in mined
    assert "With the paper’s fixed thresholds, 3 pairs (30 % of all) pass" in mined
    assert "the probe OpenAI L/14" in mined and "1 pair was chosen" in mined
    assert "2 for an image that repeats another" in mined
    matched = scaling.scaling(results)[0]
    assert "50 of 135 pairs (37.0 %" in matched and "26 of 135 pairs (19.3 %" in matched
    assert "for 1 of 2 models" in scaling.beside_table1(results)[0]


def test_the_page_holds_pairs_models_and_what_was_not_made(study, folder):
    page = render_page(study, folder)
    # on the first screen, and among the pairs
    assert page.count("data:image/png;base64,cG5n") == 4
    assert "0.970" in page and "0.410" in page
    assert all(encoder.licence in page for encoder in study.encoder.values())
    assert "not made" not in page and "seed_" not in page


def test_only_the_sections_of_what_was_made_are_there(study, folder):
    made = [section.id for section in sections_of(Results(study, folder))]
    assert made == ["short", "pool", "blind", "scaling", "later", "manifest"]


def test_names_of_images_are_escaped(study, folder):
    pairs = PAIRS.read(folder / "pairs/selected.parquet")
    evil = "own/<script>alert(1)</script>.jpg"
    PAIRS.write(pairs.with_columns(image_a=pl.lit(evil)), folder / "pairs/selected.parquet")
    pictures = SHARD.read(folder / "pairs/pictures.parquet")
    named = pl.DataFrame({"image_id": [evil, pictures["image_id"][1]], "png": pictures["png"]})
    SHARD.write(named, folder / "pairs/pictures.parquet")
    assert "<script>alert" not in render_page(study, folder)
