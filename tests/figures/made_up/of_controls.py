"""Tables of controls, and of numbers over seeds."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from clipblind.controls.seeds import spread
from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.controls import DIFFER_RATES, NUMBERS, PROBES, SHUFFLED, SPREAD, SURVEY
from tests.figures.made_up.tables import Inputs, Rows, write


def of_controls(folder: Path, clips: Sequence[str], contenders: Sequence[str]) -> Inputs:
    """Surveys, differ-rates, probes and permuted answers."""
    rates: Rows = []
    survey: Rows = []
    for clip in clips:
        counts = {"all_pairs": 8_000_000, "similar_pairs": 7_998}
        survey += [
            {"encoder": clip, "thresholds": kind, "probe_above": above, "reference_below": 0.6}
            | {**counts, "blind_pairs": blind}
            for kind, above, blind in (("cosine", 0.95, 0), ("quantile", 0.92, 1_355))
        ]
        for (i, factor), among in product(enumerate(FACTORS), ("similar", "blind")):
            rate = 0.05 * i if among == "similar" else 0.9
            bounds = {"rate": rate, "low": max(0.0, rate - 0.02), "high": rate + 0.02}
            pairs = {"pairs": 7_998 if among == "similar" else 1_355, "differ": 9}
            rates.append(
                {"encoder": clip, "factor": factor, "among": among, **pairs, **bounds}
                | {"at_large": 0.6}
            )
    probed = [*clips, *(["reference"] if clips else [])]
    probes = [
        {"encoder": name, "factor": factor, "fitted_on": 4_000, "images": 1_000}
        | {"accuracy": right, "low": right - 0.03, "high": right + 0.03, "chance": 0.5}
        for name, factor in product(probed, FACTORS)
        for right in (0.9 if name == "reference" else 0.8,)
    ]
    shuffled = [
        {"effect": effect, "benchmark": benchmark, "of": name, "against": ""}
        | {"observed": (0.7, 0.25, 0.1)[i % 3], "permutations": 1_000}
        | {"mean": 0.25, "low": 0.2, "high": 0.3}
        for effect in ("pair accuracy", "unevenness over patterns", "difference")
        for benchmark in ("twins", "random", "mined")
        for i, name in enumerate(contenders)
    ]
    return {
        "rates": write(DIFFER_RATES, rates, folder / "rates.csv"),
        "survey": write(SURVEY, survey, folder / "survey.csv"),
        "probes": write(PROBES, probes, folder / "probes.csv"),
        "shuffled": write(SHUFFLED, shuffled, folder / "shuffled.csv"),
    }


def over_seeds(
    folder: Path, clips: Sequence[str], contenders: Sequence[str], seeds: int = 3
) -> Inputs:
    """Numbers of every seed, and their means."""
    found: list[tuple[str, str, str, float]] = [
        ("scores/benchmarks", f"{name}/{benchmark}", "pair_accuracy", 0.3)
        for name, benchmark in product(contenders, ("mined", "random", "twins"))
    ]
    for clip, (i, factor) in product(clips, enumerate(FACTORS)):
        rate = 0.5 if clip == "clip_told" else 0.08 * i
        found.append(("matching/zero_shot", f"{clip}/{factor}", "accuracy", 0.6))
        found.append(("matching/zero_shot", f"{clip}/{factor}", "mention_rate", rate))
    for clip, (kind, pairs) in product(clips, (("cosine", 0), ("quantile", 1355))):
        found.append(("controls/survey", f"{clip}/{kind}", "blind_pairs", pairs))
    rows: Rows = [
        {"table": of, "what": what, "number": number, "seed": seed}
        | {"value": value if number == "mention_rate" else value * (1 + 0.1 * seed)}
        for seed, (of, what, number, value) in product(range(seeds), found)
    ]
    numbers = write(NUMBERS, rows, folder / "numbers.csv")
    over = spread(NUMBERS.read(numbers[0])).to_dicts()
    return {"numbers": numbers, "spread": write(SPREAD, over, folder / "spread.csv")}
