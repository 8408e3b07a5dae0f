"""The first screen: one blind pair, what was asked of it, and who sees the difference."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from clipblind.grading.verdicts import CORRECT
from clipblind.report import gallery
from clipblind.report.results import Results, Row
from clipblind.study.settings.contenders import BLIND

Card = dict[str, Any]
MOST: Final = 6


def headline(results: Results) -> Card | None:
    """A pair of the headline benchmark with its question; else a mined pair; else `None`.

    Returns:
        A card of `gallery.question` or `gallery.blind_pairs` with both cosines, where they are
        known, and `rows`: of each contender its answers to the pair and its score on all pairs, of
        which there are `pairs`; `chance` is what fair guesses score, `differ` whether some
        contenders answer the pair otherwise than others.
    """
    said = gallery.verdicts(results)
    rows = _telling(results, said)
    if rows is None:
        pairs = gallery.blind_pairs(results, 1)
        return (
            {**pairs[0], "question": "", "rows": [], "chance": float("nan"), "differ": False}
            if pairs
            else None
        )
    card = gallery.question(results, rows, said)
    mined = results.table("pairs").filter(pl.col("pair_id") == rows[0]["pair_id"])
    cosines = mined.select("cos_probe", "cos_reference").to_dicts() or [
        {"cos_probe": None, "cos_reference": None}
    ]
    scores = {name: results.score(name) for name in said}
    shown = [
        {**given, "score": score}
        for given in card["contenders"]
        if (score := scores[given["name"]]) and _is_shown(results, given["name"])
    ]
    shown = shown[:MOST]
    return {
        **card,
        **cosines[0],
        "rows": shown,
        "chance": results.chance(results.study.headline),
        "pairs": shown[0]["score"]["pairs"] if shown else 0,
        "differ": len({str([answer["word"] for answer in row["answers"]]) for row in shown}) > 1,
    }


def _telling(results: Results, said: Mapping[str, Mapping[str, Row]]) -> list[Row] | None:
    """The questions of the pair that tells most, of those whose images are there."""
    frame = results.table("questions")
    frame = frame.filter(pl.col("benchmark") == results.study.headline).sort("question_id")
    shown = [name for name in said if _is_shown(results, name)][:MOST]
    pairs = [rows.to_dicts() for rows in frame.partition_by("pair_id", maintain_order=True)]
    pairs = [rows for rows in pairs if len(rows) == 2]
    for rows in sorted(pairs, key=lambda rows: -_worth(results, rows, shown, said)):
        if all(gallery.image(results, row["image_id"]) for row in rows):
            return rows
    return None


def _worth(
    results: Results, rows: list[Row], shown: list[str], said: Mapping[str, Mapping[str, Row]]
) -> int:
    """A pair tells the most that the probe's heir gets wrong and most others get right."""
    right = [name for name in shown if all(_is_right(said[name], row) for row in rows)]
    return 0 if results.heir(results.probe) in right else len(right) % max(1, len(shown))


def _is_right(given: Mapping[str, Row], row: Row) -> bool:
    return given.get(row["question_id"], {}).get("verdict") == CORRECT


def _is_shown(results: Results, name: str) -> bool:
    return results.study.contender[name].kind not in BLIND
