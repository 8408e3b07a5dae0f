"""Which packed files a pool consists of: known from its configuration alone."""

from math import ceil
from typing import Final

from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.study.settings.pool import World

# for each split the settings that decide its scenes
SETTINGS_OF_SPLIT: Final = {
    "encoder": ("encoder_images",),
    "contender": ("contender_images",),
    "heldout": ("heldout_images",),
    "search": ("search_images", "near_twin_share"),
    "twins": ("twin_pairs",),
}


def split_sizes(pool: World) -> dict[str, int]:
    """Pictures in each split."""
    return {
        "encoder": pool.encoder_images,
        "contender": pool.contender_images,
        "heldout": pool.heldout_images,
        "search": pool.search_images,
        "twins": 2 * len(FACTOR_OF_PATTERN) * pool.twin_pairs,
    }


def shard_names(pool: World, *splits: str) -> list[str]:
    """Names of the packed files of some splits (of all, if none is named)."""
    sizes = split_sizes(pool)
    return [
        f"{split}-{number}"
        for split in splits or SETTINGS_OF_SPLIT
        for number in range(ceil(sizes[split] / pool.shard_images))
    ]
