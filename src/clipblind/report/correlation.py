"""The report's sentences on where CLIP fails and where its heirs do."""

from clipblind.ground.stats import LEVEL
from clipblind.report.numbers import decimals, p_value
from clipblind.report.results import Results, Row

Sentences = list[str]


def correlation(results: Results) -> Sentences:
    """How CLIP's accuracy by pattern goes with each contender's."""
    said = []
    order = list(results.study.contender)
    rows = [r for r in results.correlation.to_dicts() if r["contender"] in order]
    for row in sorted(rows, key=lambda r: order.index(r["contender"])):
        label = results.quoted(row["contender"])
        if not defined(row):
            said.append(
                f"For {label} no correlation with {row['encoder']} is defined: over"
                f" {row['patterns']} patterns there is too little that varies."
            )
            continue
        verdict = "they rise together" if side(row) > 0 else "they go apart"
        said.append(
            f"{label} and {row['encoder']}: {r_with_interval(row)}:"
            f" {verdict if side(row) else 'no relation can be told'}."
        )
    return said


def r_with_interval(row: Row) -> str:
    """A correlation with its interval and corrected p value."""
    return (
        f"r = {decimals(row['pearson'])} over {row['patterns']} patterns (95 % bootstrap interval"
        f" {decimals(row['low'])} to {decimals(row['high'])}, {p_value(row['p_holm'])})"
    )


def defined(row: Row) -> bool:
    """Whether there is a correlation at all."""
    return row["pearson"] is not None and row["pearson"] == row["pearson"]


def side(row: Row) -> int:
    """1 for together, -1 for apart, 0 if it can't be told from none after correction."""
    if row["p_holm"] >= LEVEL:
        return 0
    return 1 if row["pearson"] > 0 else -1
