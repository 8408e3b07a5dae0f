"""Which scenes the world consists of: disjoint splits, near-twins, and twins by pattern."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene, change, sample_scene
from clipblind.ground.tables.world import SCENES

Row = dict[str, str | int | None]


def sample_split(split: str, sizes: Mapping[str, float], seed: int) -> pl.DataFrame:
    """Every scene of one split, as the table `SCENES`.

    Splits are drawn from streams of their own, so that the size of one doesn't change another.
    They are disjoint: a scene is told by its factors and its nuisance seed of 32 bits.

    Args:
        split: `encoder`, `contender`, `heldout`, `search` or `twins`.
        sizes: the settings of the pool that decide this split, by name.
        seed: of the world.
    """
    rng = random.Random(f"{seed}/{split}")
    if split == "twins":
        rows = _twins(int(sizes["twin_pairs"]), rng)
    elif split == "search":
        rows = _search(int(sizes["search_images"]), sizes["near_twin_share"], rng)
    else:
        count = int(sizes[f"{split}_images"])
        rows = (_row(split, i, sample_scene(rng)) for i in range(count))
    return pl.DataFrame(list(rows), schema=dict(SCENES.columns))


def twin_pairs(scenes: pl.DataFrame, per_pattern: int) -> pl.DataFrame:
    """The first twin pairs of each pattern: `pair_id`, `pattern`, `image_a`, `image_b`.

    Args:
        scenes: the table `SCENES`.
        per_pattern: how many pairs of each of the nine patterns, at most.
    """
    rows = scenes.filter(pl.col("split") == "twins", pl.col("twin_of").is_not_null())
    known = {row["image_id"]: row for row in scenes.iter_rows(named=True)}
    count: Counter[str] = Counter()
    found = []
    for row in rows.sort("image_id").iter_rows(named=True):
        (factor,) = scene_of(known[row["twin_of"]]).differs_from(scene_of(row))
        pattern = FACTORS[factor].pattern
        assert pattern is not None
        if count[pattern] < per_pattern:
            name = f"twins-{pattern}-{count[pattern]:03d}"
            found.append((name, pattern, row["twin_of"], row["image_id"]))
        count[pattern] += 1
    columns = ("pair_id", "pattern", "image_a", "image_b")
    return pl.DataFrame(found, schema=dict.fromkeys(columns, pl.String), orient="row")


def scene_of(row: dict[str, str | int]) -> Scene:
    """The scene in a row of `SCENES`."""
    return Scene(**{name: row[name] for name in (*FACTORS, "nuisance")})  # type: ignore[arg-type]


def image_id(split: str, index: int) -> str:
    """The id of the picture number `index` (from 0) of a split."""
    return f"{split}-{index:06d}"


def _row(split: str, index: int, scene: Scene, twin_of: str | None = None) -> Row:
    named = {"image_id": image_id(split, index), "split": split, "twin_of": twin_of}
    return {**named, **asdict(scene)}


def _search(count: int, near_twin_share: float, rng: random.Random) -> Iterator[Row]:
    twins = int(count * near_twin_share / 2)
    independent = count - twins
    scenes = [sample_scene(rng) for _ in range(independent)]
    for i, scene in enumerate(scenes):
        yield _row("search", i, scene)
    for i, of in enumerate(rng.sample(range(independent), twins)):
        factors = rng.sample(sorted(FACTORS), rng.choice((1, 2)))
        scene = change(scenes[of], factors, rng)
        yield _row("search", independent + i, scene, image_id("search", of))


def _twins(pairs: int, rng: random.Random) -> Iterator[Row]:
    index = 0
    for factor in FACTOR_OF_PATTERN.values():
        for _ in range(pairs):
            scene = sample_scene(rng)
            yield _row("twins", index, scene)
            twin = change(scene, [factor], rng)
            yield _row("twins", index + 1, twin, image_id("twins", index))
            index += 2
