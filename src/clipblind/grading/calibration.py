"""How far those who read answers agree: the parser, our judge, the paper's judge, people."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import polars as pl

from clipblind.grading.choices import CHOICE, EXCHANGED, PUBLISHED, Place, parse, place
from clipblind.grading.verdicts import CORRECT, INCORRECT, OFFICIAL_JUDGE, UNSCORED
from clipblind.ground.agreement import cohen_kappa
from clipblind.ground.stats import wilson
from clipblind.ground.tables.answers import COSTS
from clipblind.ground.tables.scores import CALIBRATION, CONSISTENCY

READERS: Final = ("parser", "judge", "official", "people")

Readings = dict[Place, str | None]


def calibrate(
    contender: str,
    questions: pl.DataFrame,
    replies: pl.DataFrame,
    judged: pl.DataFrame | None = None,
    people: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Agreement of every two readers of one contender's answers, with Cohen's kappa.

    Two who name options are compared by option; the paper's judge, and people who gave verdicts
    alone, say only right or wrong, so others are compared with them by verdict, on the labels of
    the questions.

    Args:
        contender: whose answers these are.
        questions: the table `QUESTIONS`.
        replies: the table `REPLIES`; faults were read by nobody.
        judged: the table `JUDGED`; none: nobody judged.
        people: what `read_people` gave.

    Returns:
        The table `CALIBRATION`, a row for every two readers of at least one common answer.
        `answers` are those that both read, `both_decided` those that both could tell; `kappa` is
        over these, `kappa_open` over all, and not-a-number where they aren't defined.
    """
    of_id = {row["question_id"]: row for row in questions.iter_rows(named=True)}
    readings = _readings(contender, of_id, replies, judged, people)
    rows = [
        {"contender": contender, "first": first, "second": second, **_compared(*both)}
        for first, second in combinations([r for r in READERS if r in readings], 2)
        if (both := _common(readings[first], readings[second], of_id))[0]
    ]
    return pl.DataFrame(rows, schema=dict(CALIBRATION.columns))


def consistency(contender: str, choices: pl.DataFrame) -> pl.DataFrame:
    """How often one contender's choice stays when the options are exchanged: a Wilson interval.

    A question counts as kept only if both orders gave a choice, and the same.

    Args:
        contender: whose choices these are.
        choices: the table `CHOICES`.

    Returns:
        The table `CONSISTENCY`; no row if only one order was asked.
    """
    orders = {
        order: choices.filter(pl.col("order") == order).select("question_id", "choice")
        for order in (PUBLISHED, EXCHANGED)
    }
    both = orders[PUBLISHED].join(orders[EXCHANGED], on="question_id", suffix="_exchanged")
    if both.is_empty():
        return pl.DataFrame(schema=dict(CONSISTENCY.columns))
    same = int((both["choice"] == both["choice_exchanged"]).sum())
    share = wilson(same, len(both))
    row = {"contender": contender, "questions": len(both), "same": same, "share": share.value}
    row |= {"low": share.low, "high": share.high}
    return pl.DataFrame([row], schema=dict(CONSISTENCY.columns))


def costs(contender: str, replies: pl.DataFrame) -> pl.DataFrame:
    """What one contender's answers cost, as far as its back-end said.

    Args:
        contender: whose replies these are.
        replies: the table `REPLIES`.

    Returns:
        The table `COSTS`, one row.
    """
    counted = replies.filter(pl.col("tokens_out").is_not_null())
    priced = replies["cost_usd"].drop_nulls()
    row = {
        "contender": contender,
        "asks": len(replies),
        "faults": int((replies["fault"] != "").sum()),
        "counted": len(counted),
        "tokens_in": counted["tokens_in"].sum() if len(counted) else None,
        "tokens_out": counted["tokens_out"].sum() if len(counted) else None,
        "priced": len(priced),
        "cost_usd": priced.sum() if len(priced) else None,
    }
    return pl.DataFrame([row], schema=dict(COSTS.columns))


def _readings(
    contender: str,
    of_id: Mapping[str, dict[str, Any]],
    replies: pl.DataFrame,
    judged: pl.DataFrame | None,
    people: pl.DataFrame | None,
) -> dict[str, Readings]:
    """What each reader made of each answer: an option, a verdict, or nothing."""
    readings: dict[str, Readings] = {reader: {} for reader in READERS}
    for row in replies.filter(pl.col("fault") == "").iter_rows(named=True):
        question = of_id[row["question_id"]]
        readings["parser"][place(row)] = parse(question, row["order"], row["answer"]).choice
    for row in () if judged is None else judged.iter_rows(named=True):
        if row["judge"] == CHOICE:
            readings["judge"][place(row)] = row["choice"]
        elif row["judge"] == OFFICIAL_JUDGE:
            readings["official"][place(row)] = _decided(row["verdict"])
    if people is not None:
        for row in people.filter(pl.col("contender") == contender).iter_rows(named=True):
            if row["question_id"] in of_id:
                readings["people"][place(row)] = row["choice"] or _decided(row["verdict"])
    return {reader: read for reader, read in readings.items() if read}


def _decided(verdict: str | None) -> str | None:
    return None if verdict == UNSCORED else verdict


def _common(
    first: Readings, second: Readings, of_id: Mapping[str, dict[str, Any]]
) -> tuple[list[str | None], list[str | None]]:
    """What both say of the answers that both read, in words that can be compared."""
    places = sorted(first.keys() & second.keys())
    sides = [[read[at] for at in places] for read in (first, second)]
    if any(reading in (CORRECT, INCORRECT) for side in sides for reading in side):
        labels = [of_id[question_id]["answer"] for question_id, _ in places]
        sides = [list(map(_as_verdict, side, labels)) for side in sides]
    return sides[0], sides[1]


def _as_verdict(reading: str | None, label: str) -> str | None:
    if reading in (None, CORRECT, INCORRECT):
        return reading
    return CORRECT if reading == label else INCORRECT


def _compared(first: list[str | None], second: list[str | None]) -> dict[str, float | int]:
    both = list(_pairs(first, second))
    kappa = cohen_kappa([a for a, _ in both], [b for _, b in both])
    everything = cohen_kappa(first, second)
    return {
        "answers": len(first),
        "both_decided": len(both),
        "agree": sum(a == b for a, b in both),
        "kappa": kappa.value,
        "low": kappa.low,
        "high": kappa.high,
        "first_decided": sum(reading is not None for reading in first),
        "second_decided": sum(reading is not None for reading in second),
        "kappa_open": everything.value,
        "low_open": everything.low,
        "high_open": everything.high,
    }


def _pairs(first: list[str | None], second: list[str | None]) -> Iterator[tuple[str, str]]:
    for a, b in zip(first, second, strict=True):
        if a is not None and b is not None:
            yield a, b
