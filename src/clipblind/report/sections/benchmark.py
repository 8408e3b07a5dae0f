"""The benchmarks of questions: how many pairs, about what, and what guessing gives."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.report import gallery, story
from clipblind.report.explore import pairs
from clipblind.report.results import Results, Row
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Counts, examples, and every mined pair to look at."""
    return {
        "benchmark": story.benchmark(results),
        "kinds": _kinds(results),
        "counts": _counts(results),
        "questions": gallery.questions(results),
        "explore": pairs(results),
    }


def _kinds(results: Results) -> list[Row]:
    """The benchmarks, and those other labels and ways of reading by which somebody was scored."""
    scored = set(results.table("scores")["benchmark"])
    rows = results.table("benchmarks").to_dicts()
    return [row for row in rows if row["benchmark"] == row["of"] or row["benchmark"] in scored]


def _counts(results: Results) -> dict[str, Any]:
    frame = results.table("questions").unique("pair_id", keep="first", maintain_order=True)
    benchmarks = frame["benchmark"].unique(maintain_order=True).to_list()
    asked = set(frame["pattern"].fill_null("").unique()) - {""}
    known = [*FACTOR_OF_PATTERN, *(name for name, f in FACTORS.items() if not f.pattern)]
    patterns = [p for p in known if p in asked] + sorted(asked - set(known))
    rows = {(b, p): n for b, p, n in frame.group_by("benchmark", "pattern").len().iter_rows()}
    return {"benchmarks": benchmarks, "patterns": patterns, "rows": rows}


BENCHMARK: Final = Section(
    "benchmark", "What was asked", ("benchmark/questions.parquet",), says, ("explore.css",)
)
