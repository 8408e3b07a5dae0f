"""A small study's folder, made by the package's own verbs from invented skills."""

from pathlib import Path

import numpy as np
import polars as pl

from clipblind.controls.seeds import collect, spread
from clipblind.figures import draw_figure, save_figure
from clipblind.figures.inputs import figure_inputs
from clipblind.ground.tables.controls import NUMBERS, SPREAD
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study
from tests.report.synthetic_parts import (
    answer,
    check,
    match,
    mine_and_ask,
    render_and_embed,
    score,
    train,
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
    world = {"world": study.world.model_copy(update=small)}
    counts = {"mined": 0, "random": 40, "twins": twin}
    benchmark = {
        name: one.model_copy(update={"count": counts[name]}) if name in counts else one
        for name, one in study.benchmark.items()
    }
    return study.model_copy(
        update={
            "pool": study.pool.model_copy(update={"sources": world}),
            "benchmark": benchmark,
            "mining": study.mining.model_copy(update=mining),
        }
    )


def make_folder(study: Study, folder: Path, *, figures: tuple[str, ...] = ()) -> Path:
    """Write every table of a study, and the figures named."""
    for part in (render_and_embed, train, mine_and_ask, answer, match, score, check):
        part(study, folder)
    for name in figures:
        settings = study.figure[name]
        inputs = {
            key: [folder / file for file in files]
            for key, files in figure_inputs(study)[name].items()
        }
        figure = draw_figure(name, inputs, settings)
        save_figure(figure, folder / "figures" / name, settings)
    return folder


def make_seeds(folder: Path) -> None:
    """Write `seeds/numbers.csv` and `seeds/spread.csv`: a folder's numbers, and two near them."""
    first = collect({0: folder})
    values = first["value"].to_numpy()
    seeds = [first]
    for seed in (1, 2):
        near = values * np.random.default_rng(seed).normal(1, 0.1, len(values))
        kept = np.where(np.abs(values) <= 1, np.clip(near, -1, 1), near)
        seeds.append(first.with_columns(seed=pl.lit(seed, pl.Int64), value=pl.Series(kept)))
    NUMBERS.write(pl.concat(seeds), folder / "seeds/numbers.csv")
    SPREAD.write(spread(pl.concat(seeds)), folder / "seeds/spread.csv")
