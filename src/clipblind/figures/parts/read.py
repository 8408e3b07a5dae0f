"""What figures read: tables that a study has or may lack, labels, shares by row and column."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.patterns import AVERAGE
from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.table import Table

Inputs = Mapping[str, list[Path]]
Share = tuple[float, float, float]
"""A value and the bounds of its interval."""

Shares = dict[tuple[str, str], Share]


def one(inputs: Inputs, key: str) -> Path:
    """The only file of an input.

    Raises:
        UserError: if there is none or there are several.
    """
    if len(given := inputs.get(key, [])) != 1:
        raise UserError(f"--input {key}=... is wanted once, not {len(given)} times.")
    return given[0]


def table(inputs: Inputs, key: str, of: Table) -> pl.DataFrame:
    """The only table of an input."""
    return of.read(one(inputs, key))


def table_if_any(inputs: Inputs, key: str, of: Table) -> pl.DataFrame:
    """All tables of an input as one; an empty one where there is no such input."""
    empty = pl.DataFrame(schema=dict(of.columns))
    return of.read_all(inputs[key]) if inputs.get(key) else empty


def read_json(path: Path) -> dict[str, object]:
    """A JSON object.

    Raises:
        UserError: if the file is missing or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run the rule that makes it.") from None
    except ValueError as error:
        raise UserError(f"{path} is no JSON ({error}); delete it and run again.") from error
    if not isinstance(found, dict):
        raise UserError(f"{path} holds no JSON object; delete it and run again.")
    return found


def labels(inputs: Inputs, present: Iterable[str]) -> dict[str, str]:
    """The label of each contender that is present, in the study's order."""
    given = dict(table(inputs, "made", MADE).select("contender", "label").iter_rows())
    names = list(dict.fromkeys(present))
    order = [name for name in given if name in names]
    order += [name for name in names if name not in given]
    return {name: given.get(name) or name for name in order}


def patterns_in(frame: pl.DataFrame) -> list[str]:
    """The patterns of a frame, the paper's nine first and in its order."""
    found = frame["pattern"].drop_nulls().unique(maintain_order=True).to_list()
    known = [pattern for pattern in FACTOR_OF_PATTERN if pattern in found]
    return known + [p for p in found if p and p not in known and p != AVERAGE]


def largest(frame: pl.DataFrame, column: str) -> int:
    """The largest whole number of a column; 0 for an empty one."""
    return max(frame[column].to_list(), default=0)


def over_pairs(trained: bool) -> str:
    """What an interval over pairs is over; of models trained here it says nothing of other seeds.

    Args:
        trained: whether any of the models was trained by this study.
    """
    return "over the pairs of one training each" if trained else "over pairs"


def any_trained(inputs: Inputs) -> bool:
    """Whether any contender was trained by this study."""
    return not table(inputs, "made", MADE)["steps"].drop_nulls().is_empty()


def pairs_in_words(frame: pl.DataFrame) -> str:
    """How many pairs the rows of a frame count, from the fewest to the most."""
    counts = sorted(frame["pairs"].to_list())
    if not counts:
        return "no pairs"
    fewest = "" if counts[0] == counts[-1] else f"{counts[0]:,} to "
    return f"{fewest}{counts[-1]:,} pair{'' if counts[-1] == 1 else 's'}"


def shares(frame: pl.DataFrame, row: str, column: str, value: str) -> Shares:
    """(value, low, high) by the entries of two columns."""
    return {
        (r[row], r[column]): (number(r[value]), number(r["low"]), number(r["high"]))
        for r in frame.iter_rows(named=True)
    }


def number(value: float | None) -> float:
    """A number; not one where there is none."""
    return float("nan") if value is None else float(value)
