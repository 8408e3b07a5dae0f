"""The label shuffle: with its answers permuted, a contender knows nothing; what is left of it?

An effect that outlives the shuffle would be one of the benchmark or of the scoring, not of what
contenders see.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from clipblind.benchmark.labels import label_sets
from clipblind.grading.scores import put_to
from clipblind.ground.stats import LEVEL
from clipblind.ground.tables.controls import SHUFFLED

PERMUTATIONS: Final = 1000
ACCURACY: Final = "pair accuracy"
DIFFERENCE: Final = "difference"
UNEVENNESS: Final = "unevenness over patterns"


def shuffle_answers(
    questions: pl.DataFrame, verdicts: Mapping[str, pl.DataFrame], seeing: Sequence[str], seed: int
) -> pl.DataFrame:
    """Each effect as observed, and its mean and middle 95 % over permutations of the answers.

    Within a benchmark, the options that a contender chose are dealt anew over all questions, and
    graded again. Effects: each contender's pair accuracy; the difference of each two; and the
    standard deviation of each one's accuracy over patterns, where there are several.

    Args:
        questions: the table `QUESTIONS`; a pair may have any number of them.
        verdicts: the table `VERDICTS` of each contender; those under a benchmark's own name count.
            Recorded answers to a part of a benchmark are left out there.
        seeing: contenders whose effects are reported: those that were shown the images.
        seed: of the permutations.

    Returns:
        The table `SHUFFLED`.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for (benchmark,), every in questions.sort("pair_id", "question_id").group_by(
        "benchmark", maintain_order=True
    ):
        asked = label_sets(every)[str(benchmark)]
        starts = np.flatnonzero(asked["pair_id"].is_first_distinct().to_numpy())
        own = {
            name: asked.select("question_id", "answer").join(
                verdicts[name].filter(pl.col("benchmark") == benchmark),
                on="question_id",
                how="left",
                maintain_order="left",
            )
            for name in seeing
            if _was_put_whole(verdicts[name], str(benchmark))
        }
        observed, permuted = {}, {}
        for name, joined in own.items():
            chosen, key = _codes(joined["choice"]), _codes(joined["answer"])
            observed[name] = _pairs(chosen, key, starts)
            permuted[name] = np.array(
                [_pairs(rng.permutation(chosen), key, starts) for _ in range(PERMUTATIONS)]
            )
        of_pattern = _membership(next(iter(own.values()), asked)["pattern"].gather(starts))
        for effect, of, against, value, null in _effects(observed, permuted, of_pattern):
            low, high = np.quantile(null, [LEVEL / 2, 1 - LEVEL / 2])
            rows.append(
                {
                    "effect": effect,
                    "benchmark": benchmark,
                    "of": of,
                    "against": against,
                    "observed": float(value),
                    "permutations": PERMUTATIONS,
                    "mean": float(null.mean()),
                    "low": float(low),
                    "high": float(high),
                }
            )
    return pl.DataFrame(rows, schema=dict(SHUFFLED.columns))


def _was_put_whole(verdicts: pl.DataFrame, benchmark: str) -> bool:
    """Whether a contender was asked everything: a part can't be dealt anew over all questions."""
    own = verdicts.filter(pl.col("benchmark") == benchmark)
    return len(put_to(own)) == len(own)


def _codes(options: pl.Series) -> np.ndarray:
    codes: np.ndarray = options.replace_strict({"a": 0, "b": 1}, default=-1).to_numpy()
    return codes


def _pairs(chosen: np.ndarray, key: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Right pairs, bool `[pairs]`; `starts` says at which question each begins."""
    right: np.ndarray = np.logical_and.reduceat(chosen == key, starts)
    return right


def _membership(patterns: pl.Series) -> np.ndarray:
    """For each pattern which pairs it has, as shares that add up to 1: `[patterns, pairs]`.

    Pairs whose pattern nobody told are in none.
    """
    names = [name for name in patterns.unique(maintain_order=True) if name]
    belongs = np.array([(patterns == name).to_numpy() for name in names], float)
    shares: np.ndarray = belongs / belongs.sum(1, keepdims=True) if names else belongs
    return shares


def _effects(
    observed: Mapping[str, np.ndarray], permuted: Mapping[str, np.ndarray], of_pattern: np.ndarray
) -> list[tuple[str, str, str, float, np.ndarray]]:
    found = []
    for name, right in observed.items():
        null = permuted[name]
        found.append((ACCURACY, name, "", right.mean(), null.mean(1)))
        if len(of_pattern) > 1:
            spread = (of_pattern @ right).std()
            found.append((UNEVENNESS, name, "", spread, (null @ of_pattern.T).std(1)))
    for one, other in combinations(observed, 2):
        gap = observed[one].mean() - observed[other].mean()
        null = permuted[one].mean(1) - permuted[other].mean(1)
        found.append((DIFFERENCE, one, other, gap, null))
    return found
