"""Paired comparisons as the report words them: which of two is better over the same cases?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clipblind.ground.stats import LEVEL
from clipblind.report.numbers import decimals, number, p_value, points


@dataclass(frozen=True)
class Comparison:
    """Two contenders or encoders over the same cases, the first's share minus the second's.

    Attributes:
        cases: that both were tested on.
        only_first: cases that only the first got right.
        only_second: cases that only the second got right.
        difference: of the shares, with the bounds `low` and `high` of its 95 % interval.
        p: exact McNemar p value, corrected by Holm's method over its family.
    """

    cases: int
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p: float

    @property
    def side(self) -> int:
        """1 if the first is better, -1 if the second is, 0 if they can't be told apart."""
        if self.p >= LEVEL or self.difference == 0:
            return 0
        return 1 if self.difference > 0 else -1

    def reversed(self) -> "Comparison":
        """The second against the first."""
        return Comparison(
            self.cases,
            self.only_second,
            self.only_first,
            -self.difference,
            -self.high,
            -self.low,
            self.p,
        )

    def answers(self, other: str, verb: str = "answers") -> str:
        """What the first does beside the second, with difference, interval and p value."""
        said = {1: f"{verb} more than", 0: "is not told apart from", -1: f"{verb} fewer than"}
        return f"{said[self.side]} {other} ({self.brief()})"

    def brief(self) -> str:
        """Difference, interval and p value, where the units were named before."""
        sign = "+" if self.difference > 0 else ""
        bounds = f"{decimals(100 * self.low, 1)} to {decimals(100 * self.high, 1)}"
        return f"{sign}{decimals(100 * self.difference, 1)} points, {bounds}, {p_value(self.p)}"

    def words(self, noun: str = "pair") -> str:
        """Difference, interval, counts and p value: what stands in brackets after a claim."""
        return (
            f"{points(self.difference, self.low, self.high)}; {number(self.only_first)} against"
            f" {number(self.only_second)} of {number(self.cases)} {noun}s that only one got right,"
            f" {p_value(self.p)}"
        )


def comparison(row: Mapping[str, Any]) -> Comparison:
    """From a row that has the columns `COMPARED`."""
    return Comparison(
        row["cases"],
        row["only_first"],
        row["only_second"],
        row["difference"],
        row["low"],
        row["high"],
        row["p_holm"],
    )
