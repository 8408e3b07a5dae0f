"""Training curves of encoders and contenders."""

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from clipblind.figures.parts.panels import Grid
from clipblind.figures.parts.read import Inputs, largest
from clipblind.figures.parts.style import BLUE, FAINT, GREEN, MUTED, Mark, nothing, sheet, styled
from clipblind.ground.tables.world import CURVE
from clipblind.study.settings.figure import Figure as Settings

TITLE: Final = "How the losses fell"
MANY: Final = 16
"""With more panels than this, they are narrower."""
POINTS: Final = 400
SMOOTHED: Final = 0.05
"""Width of the moving average, as a share of the steps."""


@styled
def draw(inputs: Inputs, settings: Settings) -> Figure:
    """A panel for each training: the loss at each step, and its moving average on top."""
    paths = sorted(inputs["curves"], key=lambda p: (p.parent.parent.name != "encoders", p))
    curves = [(path, CURVE.read(path)) for path in paths]
    curves = [(path, curve) for path, curve in curves if len(curve)]
    if not curves:
        return nothing(settings, TITLE, "Nothing was trained in this study.")
    columns = (5 if len(curves) > MANY else 4) if settings.width >= 7 else 2
    grid = Grid(len(curves), columns, 0.85, 0.22, foot=0.42)
    subtitle = "Training loss by step; each panel has its own scale. Bold: moving average."
    marks: tuple[Mark, ...] = (("encoders", GREEN, "line"), ("contenders", BLUE, "line"))
    made = sheet(settings, TITLE, subtitle, 0.06 + grid.total, marks)
    titles = [
        (path.parent.name, f"{largest(curve, 'step'):,} steps, last {_last(curve['loss']):.3g}")
        for path, curve in curves
    ]
    grid.draw(
        made,
        0.06,
        titles,
        lambda i, axes: _panel(
            axes, curves[i][1]["step"].to_numpy(), curves[i][1]["loss"].to_numpy(), curves[i][0]
        ),
    )
    return made.figure


def _last(loss: "np.typing.ArrayLike") -> float:
    return float(_smooth(np.asarray(loss, float))[-1])


def _panel(axes: Axes, step: np.ndarray, loss: np.ndarray, path: Path) -> None:
    colour = GREEN if path.parent.parent.name == "encoders" else BLUE
    every = max(1, len(step) // POINTS)
    axes.plot(step[::every], loss[::every], color=colour, linewidth=0.6, alpha=0.3)
    axes.plot(step[::every], _smooth(loss)[::every], color=colour, linewidth=1.5)
    axes.spines["bottom"].set_visible(True)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.tick_params(axis="y", labelcolor=MUTED, pad=1, labelsize=6.5)
    axes.tick_params(axis="x", labelsize=6.5)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def _smooth(loss: np.ndarray) -> np.ndarray:
    half = round(len(loss) * SMOOTHED / 2)
    total = np.cumsum(np.insert(loss, 0, 0.0))
    at = np.arange(len(loss))
    starts, ends = np.maximum(0, at - half), np.minimum(len(loss), at + half + 1)
    smoothed: np.ndarray = (total[ends] - total[starts]) / (ends - starts)
    return smoothed
