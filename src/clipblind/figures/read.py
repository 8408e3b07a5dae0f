"""What several figures read: labels of contenders, and frames that may be empty."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from clipblind.figures import Inputs
from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.ground.tables.table import Table

Shares = dict[tuple[str, str], tuple[float, float, float]]


def one(inputs: Inputs, key: str) -> Path:
    """The only file of an input.

    Raises:
        UserError: if there are several.
    """
    if len(inputs[key]) != 1:
        raise UserError(f"--input {key}=... is wanted once, not {len(inputs[key])} times.")
    return inputs[key][0]


def table(inputs: Inputs, key: str, of: Table) -> pl.DataFrame:
    """The only table of an input."""
    return of.read(one(inputs, key))


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
    """The label of each contender that is present, in the order of the file of labels."""
    given = read_json(one(inputs, "labels"))
    names = list(dict.fromkeys(present))
    order = [name for name in given if name in names]
    order += [name for name in names if name not in given]
    return {name: str(given.get(name, name)) for name in order}


def patterns_in(frame: pl.DataFrame) -> list[str]:
    """The patterns of a frame, the paper's nine first and in its order."""
    found = frame["pattern"].drop_nulls().unique(maintain_order=True).to_list()
    known = [pattern for pattern in FACTOR_OF_PATTERN if pattern in found]
    return known + [p for p in found if p not in known and p != "average"]


def benchmarks_in(frame: pl.DataFrame) -> list[str]:
    """The benchmarks of a frame: mined, random and twin pairs first, and in this order."""
    found = frame["benchmark"].unique(maintain_order=True).to_list()
    known = [benchmark for benchmark in ("mined", "random", "twins") if benchmark in found]
    return known + [benchmark for benchmark in found if benchmark not in known]


def largest(frame: pl.DataFrame, column: str) -> int:
    """The largest whole number of a column; 0 for an empty one."""
    return max(frame[column].to_list(), default=0)


def shares(frame: pl.DataFrame, row: str, column: str, value: str) -> Shares:
    """(value, low, high) by the entries of two columns."""
    return {
        (r[row], r[column]): (_number(r[value]), _number(r["low"]), _number(r["high"]))
        for r in frame.iter_rows(named=True)
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
