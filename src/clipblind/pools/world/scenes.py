"""Which scenes the world consists of: disjoint splits, near-twins, and twins by pattern."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import polars as pl

from clipblind.pools.world.factors import FACTOR_OF_PATTERN, FACTORS, Scene, change, sample_scene
from clipblind.settings import Pool

Row = dict[str, str | int | None]


def sample_world(pool: Pool, seed: int) -> pl.DataFrame:
    """Every scene of the world, as the table `SCENES`.

    Splits are drawn from streams of their own, so that the size of one doesn't change another.
    They are disjoint: a scene is told by its factors and its nuisance seed of 32 bits.

    Args:
        pool: sizes of the splits.
        seed: of the world.
    """
    rows: list[Row] = []
    for split, count in (
        ("encoder", pool.encoder_images),
        ("contender", pool.contender_images),
        ("heldout", pool.heldout_images),
    ):
        rng = random.Random(f"{seed}/{split}")
        rows += [_row(split, i, sample_scene(rng)) for i in range(count)]
    rows += _search(pool, random.Random(f"{seed}/search"))
    rows += _twins(pool.twin_pairs, random.Random(f"{seed}/twins"))
    return pl.DataFrame(rows, schema_overrides={"nuisance": pl.UInt32, "twin_of": pl.String})


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


def _search(pool: Pool, rng: random.Random) -> Iterator[Row]:
    twins = round(pool.search_images * pool.near_twin_share / 2)
    independent = pool.search_images - twins
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
