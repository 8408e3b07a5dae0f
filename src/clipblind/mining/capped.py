"""At most so many pairs of an image: an end to exactness that somebody has to ask for.

A pair is kept if it is among the `most` pairs with the smallest cosine to the reference of both its
images, ties by row number. Which pairs those are does not depend on the order in which pairs are
found. While a search runs, a pair that is among them for one image only has to stay, since it keeps
others out; so at most 2 x `most` x N pairs are held.
"""

from typing import Final

import polars as pl

from clipblind.mining.join import FOUND

PILE: Final = 4_000_000  # pairs that are held before they are thinned out


class Capped:
    """Pairs as they are found, thinned out as they pile up."""

    def __init__(self, most: int) -> None:
        self.most, self.held, self.size, self.thinned = most, list[pl.DataFrame](), 0, 0

    def add(self, found: pl.DataFrame) -> None:
        """Take pairs: columns `i`, `j` and `cos_reference` at least."""
        self.held.append(found)
        self.size += found.height
        # what thinning left is not thinned again before as much has come
        if self.size > max(PILE, 2 * self.thinned):
            within = (pl.col("a") <= self.most) | (pl.col("b") <= self.most)
            left = self._ranked().filter(within).drop("a", "b")
            self.held, self.size, self.thinned = [left], left.height, left.height

    def kept(self) -> pl.DataFrame:
        """The pairs within the cap, sorted by i, then j."""
        within = (pl.col("a") <= self.most) & (pl.col("b") <= self.most)
        return self._ranked().filter(within).drop("a", "b").sort("i", "j")

    def _ranked(self) -> pl.DataFrame:
        """All held pairs with their ranks among those of their two images; ties by row number."""
        pairs = pl.concat([pl.DataFrame(schema=FOUND), *self.held]).with_row_index("pair")
        ends = [
            pairs.select("pair", "cos_reference", image="i", other="j", first=pl.lit(True)),
            pairs.select("pair", "cos_reference", image="j", other="i", first=pl.lit(False)),
        ]
        ranks = (
            pl.concat(ends)
            .sort("image", "cos_reference", "other")
            .with_columns(rank=pl.int_range(1, pl.len() + 1).over("image"))
            .sort("pair")
        )
        a, b = (ranks.filter(pl.col("first") == first)["rank"] for first in (True, False))
        return pairs.drop("pair").with_columns(a=a, b=b)
