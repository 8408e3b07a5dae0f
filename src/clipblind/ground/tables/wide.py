"""Tables of several makers side by side, as CSV that git keeps and anybody can recompute from."""

from collections.abc import Mapping, Sequence

import polars as pl


def side_by_side(
    frames: Mapping[str, pl.DataFrame], keys: Sequence[str], columns: Mapping[str, str]
) -> pl.DataFrame:
    """One row for each case, one column for each maker and thing it said of the case.

    Args:
        frames: by maker (a contender, an encoder); all of one table.
        keys: columns that name a case.
        columns: of each frame, to what stands after the maker's name; empty: the name alone.
            Booleans become 0 and 1.

    Returns:
        Rows in the order of the first frame; null where a maker lacks a case.
    """
    wide: pl.DataFrame | None = None
    for maker, frame in frames.items():
        booleans = pl.selectors.boolean().cast(pl.Int8)
        named = {column: f"{maker}{suffix}" for column, suffix in columns.items()}
        own = frame.select(*keys, *columns).with_columns(booleans).rename(named)
        wide = own if wide is None else wide.join(own, on=list(keys), how="left")
    return pl.DataFrame() if wide is None else wide
