"""How the report words numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_SMALL: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def number(count: int) -> str:
    """A whole number with thousands set apart: 8,000."""
    return f"{count:,}"


def in_words(count: int) -> str:
    """Small numbers as words, zero as `no`."""
    return _SMALL[count] if 0 <= count < len(_SMALL) else number(count)


def plural(count: int, noun: str) -> str:
    """A count with its noun: 1 pair, 2 pairs."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def percent(share: float, digits: int = 1) -> str:
    """A share in per cent: 6.0 %; `not defined` where it is not a number."""
    return f"{100 * share:.{digits}f} %" if share == share else "not defined"


def between(low: float, high: float) -> str:
    """An interval of shares in per cent: 95 % interval 3.5 to 10.2."""
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f}"


def decimals(value: float, digits: int = 2) -> str:
    """A number with a true minus sign, and none before zero."""
    worded = f"{value:.{digits}f}"
    if not worded.strip("-0."):
        worded = worded.lstrip("-")
    return worded.replace("-", "\N{MINUS SIGN}")


def points(difference: float, low: float, high: float) -> str:
    """A difference of shares in points: +12.3 points, 95 % interval 4.5 to 20.1."""
    sign = "+" if difference > 0 else ""
    bounds = f"{decimals(100 * low, 1)} to {decimals(100 * high, 1)}"
    return f"{sign}{decimals(100 * difference, 1)} points, 95 % interval {bounds}"


def p_value(p: float) -> str:
    """A corrected p value: p = 0.012, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def share_of(right: int, trials: int, low: float, high: float, noun: str = "pair") -> str:
    """A share with its n and interval: 12 of 200 pairs (6.0 %, 95 % interval 3.5 to 10.2)."""
    if not trials:
        return f"none of 0 {noun}s"
    share = f"{percent(right / trials)}, {between(low, high)}"
    return f"{number(right)} of {plural(trials, noun)} ({share})"


def pairs_right(row: Mapping[str, Any], share: str = "pair_accuracy") -> str:
    """The same for a row of scores."""
    right = round(row[share] * row["pairs"]) if row["pairs"] else 0
    return share_of(right, row["pairs"], row["low"], row["high"])


def singular(benchmark: str) -> str:
    """A benchmark's name before `pairs`: mined pairs, random pairs, twin pairs."""
    return "twin" if benchmark == "twins" else benchmark


def listing(items: Iterable[str]) -> str:
    """Items in a sentence: a, b and c."""
    words = list(items)
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def counted(names: Iterable[str], of: int, noun: str) -> str:
    """Names with their count: 2 of 9 patterns (colour and state)."""
    found = list(names)
    named = f" ({listing(found)})" if found else ""
    return f"{len(found) or 'none'} of {plural(of, noun)}{named}"


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How two intervals lie: 1 if the first is above the other, -1 below, 0 if they overlap."""
    if one["low"] > other["high"]:
        return 1
    return -1 if one["high"] < other["low"] else 0


def against(row: Mapping[str, Any], level: float) -> int:
    """How an interval lies to a level: 1 above it, -1 below it, 0 around it."""
    return 1 if row["low"] > level else -1 if row["high"] < level else 0


def side_words(side: int) -> str:
    """How one lies to another, before its name: above, below, or not told apart from."""
    return {1: "above", 0: "not told apart from", -1: "below"}[side]
