"""Accuracy by pattern over a model's parameters, beside the paper's."""

from typing import Final

from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.models import NEEDS as READ
from clipblind.figures.models import ClipModel
from clipblind.figures.over_scale import Axis, draw_over
from clipblind.figures.style import styled
from clipblind.study.settings.figure import FigureOfModels

NEEDS: Final = READ


@styled
def draw(inputs: Inputs, settings: FigureOfModels) -> Figure:
    """Nine panels and the average; lines join a family's models of equal input and data."""
    axis = Axis(
        title="Do more parameters help?",
        unit="million parameters, both towers",
        value=lambda model: model.params_m,
        tick=lambda value: f"{value:,.0f}",
        same=_same,
        joined="models of one family with equal input and data",
    )
    return draw_over(axis, inputs, settings)


def _same(one: ClipModel, other: ClipModel) -> bool:
    return one.image_size == other.image_size and one.data == other.data
