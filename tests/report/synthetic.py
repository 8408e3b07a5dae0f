"""A small study's folder, made by the package's own verbs from invented skills."""

from pathlib import Path

import numpy as np
import polars as pl

from clipblind.controls.seeds import collect, spread
from clipblind.figures import draw_figure, save_figure
from clipblind.ground.tables.controls import NUMBERS, SPREAD
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study
from tests.report.synthetic_parts import (
    answer,
    check,
    mine_and_ask,
    render_and_embed,
    score,
    train,
    vlm_study,
)

CONF = Path(__file__).parents[2] / "conf"


def small_study(search_images: int = 300, twin: int = 12) -> Study:
    """The default study with a small pool."""
    study = compose(CONF, "world")
    small = {
        "encoder_images": 10, "contender_images": 10, "heldout_images": 100,
        "search_images": search_images, "twin_pairs": twin,
    }  # fmt: skip
    selection = study.mining.selection.model_copy(update={"pairs": 40})
    mining = {"selection": selection, "probe_quantile": 0.995, "reference_quantile": 0.3}
    return study.model_copy(
        update={
            "pool": study.pool.model_copy(update=small),
            "benchmark": study.benchmark.model_copy(update={"random_pairs": 40}),
            "mining": study.mining.model_copy(update=mining),
        }
    )


def make_folder(study: Study, folder: Path, *, figures: tuple[str, ...] = ()) -> Path:
    """Write every table of a study, and the figures named."""
    for part in (render_and_embed, train, mine_and_ask, answer, vlm_study, score, check):
        part(study, folder)
    for name in figures:
        settings = study.figure[name]
        figure = draw_figure(name, figure_inputs(study, folder)[name], settings)
        save_figure(figure, folder / "figures" / name, settings)
    return folder


def figure_inputs(study: Study, folder: Path) -> dict[str, dict[str, list[Path]]]:
    """What each figure reads, by key, as `FIGURE_INPUTS` in `rules/report.smk` says."""

    def searched(encoder: str) -> list[Path]:
        return sorted((folder / "embeddings" / encoder).glob("search-*.arrow"))

    def at(file: str) -> list[Path]:
        return [folder / file]

    labels, made = at("scores/labels.json"), at("scores/made.csv")
    vlm, variants, paired = at("vlm/scores.csv"), at("vlm/variants.csv"), at("vlm/paired.csv")
    zero_shot, benchmarks = at("vlm/zero_shot.csv"), at("scores/benchmarks.csv")
    return {
        "density": {
            "probe": searched(study.mining.probe),
            "reference": searched(study.mining.reference),
            "summary": at("pairs/summary.json"),
        },
        "blind_pairs": {
            "pairs": at("pairs/selected.parquet"),
            "shards": at("pool/shards/search-0.parquet"),
        },
        "differ": {
            "rates": at("controls/rates.csv"),
            "survey": at("controls/survey.csv"),
            "variants": variants,
        },
        "probes": {"probes": at("controls/probes.csv"), "scores": zero_shot},
        "contenders": {"scores": at("scores/contenders.csv"), "labels": labels},
        "controls": {"scores": benchmarks, "labels": labels},
        "shuffled": {"shuffled": at("controls/shuffled.csv"), "labels": labels},
        "patterns": {"scores": at("scores/patterns.csv"), "labels": labels},
        "scaling": {"scores": vlm, "variants": variants, "paired": paired},
        "scale": {"scores": vlm, "variants": variants},
        "mention": {"scores": zero_shot, "variants": variants, "paired": paired},
        "correlation": {
            "vlm": vlm,
            "patterns": at("scores/patterns.csv"),
            "correlation": at("scores/correlation.csv"),
            "labels": labels,
        },
        "mixtures": {"scores": benchmarks, "named": at("scores/named.csv"), "made": made},
        "training": {"curves": sorted(folder.glob("*/*/curve.csv"))},
    }


def seeds_inputs(folder: Path) -> dict[str, list[Path]]:
    """What the figure over seeds reads, by key: the folder's numbers, and two seeds near them.

    Writes `seeds/numbers.csv` and `seeds/spread.csv` into a folder of `make_folder`.
    """
    first = collect({0: folder})
    values = first["value"].to_numpy()
    seeds = [first]
    for seed in (1, 2):
        near = values * np.random.default_rng(seed).normal(1, 0.1, len(values))
        kept = np.where(np.abs(values) <= 1, np.clip(near, -1, 1), near)
        seeds.append(first.with_columns(seed=pl.lit(seed, pl.Int64), value=pl.Series(kept)))
    numbers, over_seeds = folder / "seeds/numbers.csv", folder / "seeds/spread.csv"
    NUMBERS.write(pl.concat(seeds), numbers)
    SPREAD.write(spread(pl.concat(seeds)), over_seeds)
    return {"numbers": [numbers], "spread": [over_seeds], "made": [folder / "scores/made.csv"]}
