"""What of an encoder may grow: parameters, input, training data, accuracy at naming."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

from clipblind.figures.parts.clips import BASE, Clip

Same = Callable[[Clip, Clip], bool]


@dataclass(frozen=True)
class Measure:
    """One measure of scale.

    Attributes:
        title: what grows.
        unit: what its ticks count.
        value: of an encoder; none if it is unknown.
        tick: a value in words; encoders of the same words stand together.
        axis: what a trained encoder changes of the base to differ in this alone; empty if there
            is no such change, then all are shown.
        same: whether two encoders from elsewhere are alike but for this.
        logarithmic: whether equal steps are equal factors.
    """

    title: str
    unit: str
    value: Callable[[Clip], float | None]
    tick: Callable[[Clip], str]
    axis: str = ""
    same: Same = lambda one, other: False
    logarithmic: bool = True

    def place(self, clip: Clip) -> float:
        """Where an encoder lies whose value is known, in units of this axis."""
        value = self.value(clip) or 0.0
        return log10(value) if self.logarithmic else value

    def shown(self, clips: Sequence[Clip]) -> list[Clip]:
        """The encoders of a panel; of trained ones, those that differ from the base in it alone."""
        return [
            clip
            for clip in clips
            if self.value(clip) is not None
            and (not self.axis or not clip.trained_here or clip.axis in (BASE, self.axis))
        ]

    def joined(self, clips: Sequence[Clip]) -> list[tuple[Clip, Clip]]:
        """Each with the next larger that is alike but for this."""
        pairs = []
        for clip in clips:
            larger = [o for o in clips if self.place(o) > self.place(clip) and self._alike(clip, o)]
            if larger:
                pairs.append((clip, min(larger, key=self.place)))
        return pairs

    def _alike(self, one: Clip, other: Clip) -> bool:
        if one.trained_here or other.trained_here:
            return bool(self.axis) and one.trained_here and other.trained_here
        return one.family == other.family and self.same(one, other)


def close(one: float, other: float) -> bool:
    """Whether two numbers are one size: another input changes a model's parameters a little."""
    return abs(one - other) <= 0.02 * max(one, other)


def measures(clips: Sequence[Clip], imagenet: Mapping[str, float]) -> list[Measure]:
    """All measures in which some encoders differ.

    Args:
        clips: the encoders that are shown.
        imagenet: zero-shot accuracy on ImageNet by encoder, a share.
    """
    found = [*_MEASURES, _imagenet(imagenet)]
    return [m for m in found if len({m.tick(clip) for clip in m.shown(clips)}) > 1]


def _imagenet(accuracy: Mapping[str, float]) -> Measure:
    return Measure(
        "ImageNet",
        "zero-shot, per cent",
        lambda clip: accuracy.get(clip.name),
        lambda clip: f"{100 * accuracy[clip.name]:.1f}",
        logarithmic=False,
    )


def _input(clip: Clip) -> str:
    return f"{clip.image_size}" + (f"\n{clip.patches}" if clip.patches else "")


def count(value: float) -> str:
    """A count in few letters."""
    for unit, word in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:.3g}{word}"
    return f"{value:.0f}"


_MEASURES: Final = (
    Measure(
        "Parameters",
        "millions, both towers",
        lambda clip: clip.params_m,
        lambda clip: f"{clip.params_m:,.0f}" if clip.params_m >= 10 else f"{clip.params_m:.2f}",
        "size",
        lambda one, other: one.image_size == other.image_size and one.data == other.data,
    ),
    Measure(
        "Input",
        "pixels across; patches",
        # a finer grid over as many pixels counts a little more, so that it stands to the right
        lambda clip: clip.image_size * (1 + 1e-4 * (clip.patches or 0)),
        _input,
        "resolution",
        lambda one, other: close(one.params_m, other.params_m) and one.data == other.data,
    ),
    Measure(
        "Pictures",
        "to train on",
        lambda clip: clip.images,
        lambda clip: count(clip.images or 0),
        "images",
    ),
    Measure(
        "Pairs seen",
        "in training, with repeats",
        lambda clip: clip.samples,
        lambda clip: count(clip.samples or 0),
        "steps",
        lambda one, other: (
            close(one.params_m, other.params_m) and one.image_size == other.image_size
        ),
    ),
    Measure(
        "Zero-shot",
        "often-named factors, %",
        lambda clip: clip.zero_shot[0] if clip.zero_shot[0] == clip.zero_shot[0] else None,
        lambda clip: f"{100 * clip.zero_shot[0]:.0f}",
        logarithmic=False,
    ),
)
