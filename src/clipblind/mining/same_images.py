"""Which rows of two sets of embeddings are of one image."""

from typing import Final

import numpy as np
import polars as pl

from clipblind.ground.errors import UserError
from clipblind.mining.reading import IDS, Embeddings

TEXTS: Final = "texts"


def matched(probe: Embeddings, reference: Embeddings) -> tuple[pl.Series | None, np.ndarray]:
    """The probe's ids, and the reference's rows in the probe's order.

    Rows go together by the column that both hold, whatever it is called. Only where neither holds
    anything but vectors do they go together by place.

    Returns:
        The ids, under the name of the probe's column; none if there are none.

    Raises:
        UserError: if the two don't hold the same images, or it can't be told which go together.
    """
    if bool(probe.columns) != bool(reference.columns):
        named, bare = (probe, reference) if probe.columns else (reference, probe)
        raise UserError(
            f"{named.path} names its rows and {bare.path} doesn't, so they can't be matched;"
            " give both ids or neither."
        )
    if len(probe.rows) != len(reference.rows):
        raise UserError(
            f"{probe.path} has {len(probe.rows)} rows and {reference.path}"
            f" {len(reference.rows)}; both must embed the same images."
        )
    if not probe.columns:
        return None, reference.rows
    ids, order = _agreed(probe, reference, _shared(probe, reference))
    in_order = np.array_equal(order, np.arange(len(order)))
    return ids, reference.rows if in_order else reference.rows[order]


Shared = list[tuple[pl.Series, pl.Series]]


def _shared(probe: Embeddings, reference: Embeddings) -> Shared:
    """Columns that hold the same values: those of one name, or else of any name.

    Raises:
        UserError: if there are none.
    """
    named = {column.name: column for column in reference.columns}
    alike = [(one, named[one.name]) for one in probe.columns if one.name in named]
    every = [(one, other) for one in probe.columns for other in reference.columns]
    for pairs in (alike, every):
        if found := [(one, other) for one, other in pairs if _same_values(one, other)]:
            return found
    raise UserError(_apart(probe, reference, *(alike or every)[0]))


def _agreed(
    probe: Embeddings, reference: Embeddings, shared: Shared
) -> tuple[pl.Series, np.ndarray]:
    """The first of the shared columns with the order that it says, if no other contradicts it."""
    # numbers that only count the rows of both say nothing, if anything else does
    telling = [pair for pair in shared if not all(map(_counts_rows, pair))]
    texts = [
        next((c for c in one.columns if _kind(c) == TEXTS), None) for one in (probe, reference)
    ]
    counted = shared[0][0].name
    if not telling and counted not in IDS and texts[0] is not None and texts[1] is not None:
        raise UserError(
            f"{probe.path} and {reference.path} share {counted} alone, which counts their rows,"
            f" while {texts[0].name} and {texts[1].name} differ; name the images alike in both."
        )
    chosen, *others = telling or shared
    order = _order(*chosen)
    for one, other in others:
        if not np.array_equal(_order(one, other), order):
            raise UserError(
                f"{chosen[0].name} and {one.name} match the rows of {probe.path} and"
                f" {reference.path} in different ways; leave out the one that names no image."
            )
    return chosen[0], order


def _order(ids: pl.Series, others: pl.Series) -> np.ndarray:
    """Where among `others`, which hold the same values, each of `ids` is."""
    order = np.empty(len(ids), np.int64)
    order[ids.arg_sort().to_numpy()] = others.arg_sort().to_numpy()
    return order


def _same_values(one: pl.Series, other: pl.Series) -> bool:
    return _kind(one) == _kind(other) and _sorted(one).equals(_sorted(other), check_names=False)


def _sorted(column: pl.Series) -> pl.Series:
    # integers of any width are compared
    return (column if _kind(column) == TEXTS else column.cast(pl.Int128)).sort()


def _kind(column: pl.Series) -> str:
    return TEXTS if column.dtype == pl.String else "integers"


def _counts_rows(column: pl.Series) -> bool:
    """Whether it holds the numbers of the rows, from 0 or 1."""
    if _kind(column) == TEXTS or not len(column) or column[0] not in (0, 1):
        return False
    return np.array_equal(column.to_numpy(), np.arange(len(column)) + int(column[0]))


def _apart(probe: Embeddings, reference: Embeddings, ids: pl.Series, others: pl.Series) -> str:
    """Why two columns that were most likely meant to don't go together."""
    if _kind(ids) != _kind(others):
        return (
            f"The ids of {probe.path} are {ids.dtype} and those of {reference.path}"
            f" {others.dtype}; make them alike."
        )
    known = others if _kind(ids) == TEXTS else others.cast(pl.Int128)
    wanted = ids if _kind(ids) == TEXTS else ids.cast(pl.Int128)
    lacking = wanted.filter(~wanted.is_in(known.implode()))
    return (
        f"{len(lacking)} ids of {probe.path} are not in {reference.path} (columns {ids.name} and"
        f" {others.name}), such as {lacking[0]!r}; both must embed the same images."
    )
