"""Questions written from what the scenes really show."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from clipblind.benchmark.labels import OTHER
from clipblind.benchmark.wording import ask
from clipblind.ground.factors import FACTORS, Scene
from clipblind.ground.tables.benchmark import QUESTIONS

Row = dict[str, str]
Pair = tuple[str, str, str]  # pair id, first image, second image


def pattern_of(factor: str) -> str:
    """The visual pattern a factor stands for; the factor's own name where it stands for none."""
    return FACTORS[factor].pattern or factor


def write_questions(
    benchmark: str, pairs: Iterable[Pair], scenes: Mapping[str, Scene], seed: int
) -> pl.DataFrame:
    """One question for each pair, asked of both images, with opposite answers.

    Where a pair differs in several factors, the one asked about so far the least is chosen, so that
    the patterns are as even as the pairs allow. Wording, order of options and order of images are
    random: neither position nor id tells the answer.

    Args:
        benchmark: the name it goes by in results.
        pairs: the pairs, in the order of their ids; a pair of equal scenes is left out.
        scenes: image id to scene.
        seed: of the wording.

    Returns:
        The table `QUESTIONS`, two rows for each pair.
    """
    rng = random.Random(f"{seed}/{benchmark}")
    asked: Counter[str] = Counter()
    rows: list[Row] = []
    for pair_id, first, second in pairs:
        factors = scenes[first].differs_from(scenes[second])
        if not factors:
            continue
        factor = min(factors, key=lambda name: (asked[name], rng.random()))
        asked[factor] += 1
        images = [first, second]
        rng.shuffle(images)
        rows += _both(benchmark, pair_id, factor, images, scenes, rng)
    return pl.DataFrame(rows, schema=dict(QUESTIONS.columns))


def random_pairs(name: str, ids: Sequence[str], count: int, seed: int) -> list[Pair]:
    """Pairs of distinct images, drawn at random without repeating an image.

    Args:
        name: of the benchmark; their ids begin with it, and each draws from a stream of its own.
        ids: of the images to draw from.
        count: pairs.
        seed: of the study.
    """
    drawn = random.Random(f"{seed}/{name} pairs").sample(sorted(ids), 2 * count)
    return [(f"{name}-{n:04d}", drawn[2 * n], drawn[2 * n + 1]) for n in range(count)]


def _both(
    benchmark: str,
    pair_id: str,
    factor: str,
    images: Sequence[str],
    scenes: Mapping[str, Scene],
    rng: random.Random,
) -> Iterator[Row]:
    first, second = (getattr(scenes[image], factor) for image in images)
    asked = ask(factor, first, second, rng)
    for number, image in enumerate(images, 1):
        yield {
            "question_id": f"{pair_id}/{number}",
            "pair_id": pair_id,
            "benchmark": benchmark,
            "pattern": pattern_of(factor),
            "image_id": image,
            "question": asked.question,
            "option_a": asked.option_a,
            "option_b": asked.option_b,
            "answer": asked.true if number == 1 else OTHER[asked.true],
        }
