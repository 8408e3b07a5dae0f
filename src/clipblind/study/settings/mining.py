"""What makes a pair blind, and which blind pairs become a benchmark."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from clipblind.study.settings.base import Model, Name, PositiveInt, Share

USED: Final = ("probe_above", "reference_below")


class Selection(Model):
    """Which candidates become the benchmark's pairs.

    Attributes:
        pairs: at most so many.
        per_image: pairs that one image may be in.
        per_background: one background may be shown by at most this share of the wanted pairs.
    """

    pairs: PositiveInt
    per_image: PositiveInt
    per_background: Share


class Thresholds(Model):
    """What makes a pair blind.

    Attributes:
        probe: encoder that sees the two images as the same.
        reference: encoder that sees them as different.
        thresholds: `cosine` uses the two cosines; `quantile` uses the cosines at the two quantiles
            over all pairs of the pool. The counts of both are reported.
        probe_above: lowest cosine of the probe (paper, section 2: 0.95).
        reference_below: highest cosine of the reference (paper, section 2: 0.6).
        probe_quantile: the share of all pairs that lie below the probe's threshold.
        reference_quantile: the share of all pairs that lie below the reference's threshold.
    """

    probe: Name
    reference: Name
    thresholds: Literal["cosine", "quantile"]
    probe_above: Annotated[float, Field(ge=-1, lt=1)]
    reference_below: Annotated[float, Field(gt=-1, le=1)]
    probe_quantile: Share
    reference_quantile: Share

    def describe(self, found: Mapping[str, Any] | None = None) -> str:
        """The thresholds in words.

        Args:
            found: the summary of a mining; none: nothing was mined yet, and where quantiles decide,
                no cosine is known.
        """
        found = found or {}
        used, kind = found.get("used", {}), found.get("thresholds", self.thresholds)
        if kind == "cosine":
            above, below = (used.get(key, getattr(self, key)) for key in USED)
            return f"probe > {above:g}, reference < {below:g}"
        above, below = (f"{used[key]:.4f}, " if used else "" for key in USED)
        return (
            f"probe > {above}its {self.probe_quantile:g} quantile over all pairs,"
            f" reference < {below}its {self.reference_quantile:g} quantile"
        )


class Mining(Thresholds):
    """What makes a pair blind, which of them become the benchmark's, and how they are searched.

    Attributes:
        selection: of the benchmark's pairs.
        tiles: independent jobs that the search is cut into; they don't change what is found.
        threads: cores of each of these jobs; likewise.
    """

    selection: Selection
    tiles: Annotated[int, Field(gt=0, le=4096)] = 1
    threads: Annotated[int, Field(gt=0, le=1024)] = 1
