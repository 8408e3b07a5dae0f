"""The report's sentences on where CLIP fails and where contenders do, pattern by pattern."""

from clipblind.ground.stats import LEVEL
from clipblind.report.numbers import decimals, listing, p_value
from clipblind.report.results import Results, Row

Sentences = list[str]


def correlation(results: Results) -> Sentences:
    """How encoders' accuracy by pattern goes with each contender's, beside the paper's."""
    rows = results.table("correlation").to_dicts()
    place = {name: i for i, name in enumerate(results.study.contender)}
    rows = [row for row in rows if row["contender"] in place]
    if not rows:
        return []
    return [
        "Pearson’s r over the visual patterns, between the share of a benchmark’s pairs that a"
        " contender answers and the share that an encoder matches with texts, with bootstrap"
        " intervals.",
        *(_sentence(results, row) for row in sorted(rows, key=lambda r: place[r["contender"]])),
    ]


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


def _sentence(results: Results, row: Row) -> str:
    encoders = [results.label(name) for name in row["encoder"].split("+")]
    mean = "the mean of " if len(encoders) > 1 else ""
    both = (
        f"{results.quoted(row['contender'])} on {row['beside']} and {mean}{listing(encoders)} on"
        f" {row['benchmark']}"
    )
    printed = "" if row["paper"] is None else f"; the paper has {decimals(row['paper'])}"
    if not defined(row):
        return (
            f"{both}: no correlation is defined, as over {row['patterns']} patterns there is too"
            f" little that varies{printed}."
        )
    words = {1: "they rise together", -1: "they go apart", 0: "no relation can be told"}
    return f"{both}: {r_with_interval(row)}: {words[side(row)]}{printed}."
