"""Accuracy by pattern over the side of a model's input, beside the paper's."""

from typing import Final

from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.models import NEEDS as READ
from clipblind.figures.models import ClipModel
from clipblind.figures.over_scale import Axis, close, draw_over
from clipblind.figures.style import styled
from clipblind.study.settings.figure import FigureOfModels

NEEDS: Final = READ


@styled
def draw(inputs: Inputs, settings: FigureOfModels) -> Figure:
    """Nine panels and the average; lines join a family's models of equal size and data."""
    axis = Axis(
        title="Do more pixels help?",
        unit="side of the input in pixels",
        value=lambda model: float(model.image_size),
        tick=lambda value: f"{value:.0f}",
        same=_same,
        joined="models of one family with equal size and data",
        logarithmic=False,
    )
    return draw_over(axis, inputs, settings)


def _same(one: ClipModel, other: ClipModel) -> bool:
    return close(one.params_m, other.params_m) and one.data == other.data
