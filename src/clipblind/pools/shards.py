"""Which packed files a pool consists of: known from its configuration alone."""

from math import ceil

from clipblind.pools.world.factors import FACTOR_OF_PATTERN
from clipblind.settings import Pool

SPLITS = ("encoder", "contender", "heldout", "search", "twins")


def split_sizes(pool: Pool) -> dict[str, int]:
    """Pictures in each split."""
    return {
        "encoder": pool.encoder_images,
        "contender": pool.contender_images,
        "heldout": pool.heldout_images,
        "search": pool.search_images,
        "twins": 2 * len(FACTOR_OF_PATTERN) * pool.twin_pairs,
    }


def shard_names(pool: Pool, *splits: str) -> list[str]:
    """Names of the packed files of some splits (of all, if none is named)."""
    sizes = split_sizes(pool)
    return [
        f"{split}-{number}"
        for split in splits or SPLITS
        for number in range(ceil(sizes[split] / pool.shard_images))
    ]
