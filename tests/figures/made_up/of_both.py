"""Tables of a study that mixes: trained models beside released ones, rendered pairs beside MMVP."""

from pathlib import Path

from clipblind.ground.tables.answers import MADE
from clipblind.ground.tables.benchmark import BENCHMARKS
from clipblind.ground.tables.matching import CORRELATION, MATCH_PAIRED, MATCH_SCORES, VARIANTS
from clipblind.ground.tables.scores import BENCHMARK_SCORES, PATTERN_SCORES
from tests.figures.made_up.of_paper import ANSWERERS, paper_tables
from tests.figures.made_up.of_world import world_tables
from tests.figures.made_up.tables import Inputs, benchmark_row, scored, write


def mixed_tables(folder: Path) -> Inputs:
    """A study of both: a small LLaVA beside an MLLM, trained CLIPs beside released ones."""
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    one, two = world_tables(folder / "a", "small"), paper_tables(folder / "b", "one")
    three = [benchmark_row("own", "mmvp", 12, chance=0.125)]
    tables = {
        "scores": BENCHMARK_SCORES, "benchmarks": BENCHMARKS, "patterns": PATTERN_SCORES,
        "correlation": CORRELATION, "made": MADE, "matching": MATCH_SCORES, "variants": VARIANTS,
        "encoders_paired": MATCH_PAIRED,
    }  # fmt: skip
    both = {
        key: write(
            table,
            [
                *table.read_all([*one[key], *two[key]]).to_dicts(),
                *(three if key == "benchmarks" else []),
                *(
                    [scored(n, "own", a[4], 12) for n, a in ANSWERERS.items()]
                    if key == "scores"
                    else []
                ),
            ],
            folder / f"{key}.csv",
        )
        for key, table in tables.items()
    }
    return one | two | both
