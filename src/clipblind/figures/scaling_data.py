"""Accuracy by pattern over the image-text pairs seen in training, beside the paper's."""

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
    """Nine panels and the average; models whose number is unknown are named beneath."""
    axis = Axis(
        title="Does more training data help?",
        unit="billion image-text pairs seen in training, repeats included",
        value=lambda model: None if model.samples_m is None else model.samples_m / 1000,
        tick=lambda value: f"{value:.3g}",
        same=_same,
        joined="models of one family with equal size and input",
    )
    return draw_over(axis, inputs, settings)


def _same(one: ClipModel, other: ClipModel) -> bool:
    return close(one.params_m, other.params_m) and one.image_size == other.image_size
