"""Images that repeat another: the same bytes, or nearly the same picture."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from clipblind.ground.tables.pool import DUPLICATES
from clipblind.pools.checking import NO_HASH

BITS: Final = 64
PIECE: Final = 1 << 22  # pairs that are compared at a time


def find_duplicates(images: pl.DataFrame, near: int | None) -> pl.DataFrame:
    """Images with the same bytes as an earlier one, or a perceptual hash within some bits of it.

    Every pair of hashes within `near` bits is found: cut into near + 1 bands, two such hashes agree
    in one band at least, so only hashes that share a band are compared. Equal hashes are one before
    that, so a flood of one picture costs nothing. Chains count: images of which each is near the
    next are one group. Flat pictures, whose hash is 0, are near to nothing.

    Args:
        images: the table `CHECKED`.
        near: bits; none: only the same bytes repeat an image.

    Returns:
        The table `DUPLICATES`: for every image of a group but the first by id, the first, and in
        how many bits they differ (in a chain, they may be more than `near`).
    """
    ordered = images.select("image_id", "sha256", "hash").sort("image_id")
    first = ordered.select(pl.col("image_id").first().over("sha256")).to_series()
    exact = ordered.with_columns(first=first).filter(pl.col("image_id") != pl.col("first"))
    same = exact.select("image_id", "first", kind=pl.lit("exact"), bits=pl.lit(0, dtype=pl.Int32))
    if near is None:
        return same.select(list(DUPLICATES.columns)).sort("image_id")
    rest = ordered.filter(first == ordered["image_id"]).filter(pl.col("hash") != NO_HASH)
    hashes, group_of_row = np.unique(rest["hash"].to_numpy(), return_inverse=True)
    group = _groups(hashes, near)[group_of_row]
    # rows are sorted by id: the first of each group is the first row that has it
    _, leader = np.unique(group, return_index=True)
    leaders = leader[np.unique(group, return_inverse=True)[1]]
    ids, all_hashes = rest["image_id"].to_numpy(), rest["hash"].to_numpy()
    repeats = np.flatnonzero(leaders != np.arange(len(rest)))
    bits = np.bitwise_count(all_hashes[repeats] ^ all_hashes[leaders[repeats]])
    nearly = pl.DataFrame(
        {
            "image_id": pl.Series(ids[repeats], dtype=pl.String),
            "first": pl.Series(ids[leaders[repeats]], dtype=pl.String),
            "kind": pl.Series(["near"] * len(repeats), dtype=pl.String),
            "bits": pl.Series(bits, dtype=pl.Int32),
        }
    )
    return pl.concat([same, nearly]).select(list(DUPLICATES.columns)).sort("image_id")


def _groups(hashes: np.ndarray, near: int) -> np.ndarray:
    """The smallest index that each hash is connected with: int64 `[N]`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = [pair for pair in _pairs(hashes, near) if len(pair[0])]
    if not edges:
        return np.arange(len(hashes))
    a, b = (np.concatenate(ends) for ends in zip(*edges, strict=True))
    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(len(hashes), len(hashes)))
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


def _pairs(hashes: np.ndarray, near: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of different hashes within some bits, some of them repeatedly."""
    edges = [BITS * band // (near + 1) for band in range(near + 2)]
    for low, high in pairwise(edges):
        mask = np.uint64(((1 << (high - low)) - 1) << low)
        keys = hashes & mask
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))
        sizes = np.diff(np.append(starts, len(order)))
        # a row is compared with the later ones of its band, distance by distance
        rank = np.arange(len(order)) - np.repeat(starts, sizes)
        left = np.repeat(sizes, sizes) - rank - 1
        live = np.flatnonzero(left > 0)
        step = 1
        while len(live):
            for at in range(0, len(live), PIECE):
                a, b = order[live[at : at + PIECE]], order[live[at : at + PIECE] + step]
                close = np.bitwise_count(hashes[a] ^ hashes[b]) <= near
                yield a[close], b[close]
            step += 1
            live = live[left[live] >= step]
