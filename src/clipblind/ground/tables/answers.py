"""Answers: what was said, chosen and judged, and what it cost."""

from typing import Final

import polars as pl

from clipblind.ground.tables.table import Table

VERDICTS: Final = Table(
    "verdicts",
    {
        "question_id": pl.String,
        "pair_id": pl.String,
        "benchmark": pl.String,
        "pattern": pl.String,
        "choice": pl.String,
        "verdict": pl.String,
        "reason": pl.String,
        "tier": pl.String,
    },
    later=("tier",),
)
"""`tier` says how the choice was read: `certain` (the form alone decides), `read` (from its
sentences), `judged` (by a judge, where the parser couldn't), or empty where it wasn't."""


MADE: Final = Table(
    "contenders: what each sees and how it was trained",
    {
        "contender": pl.String,
        "label": pl.String,
        "kind": pl.String,
        "row": pl.String,
        "towers": pl.String,
        "mixture": pl.String,
        "share": pl.Float64,
        "layer": pl.Int64,
        "standardised": pl.Boolean,
        "steps": pl.Int64,
        "tokens": pl.Int64,
    },
)
"""`towers` are joined by plus signs. `share` is the reference's weight in what is fed: 0 for the
probe alone, 1 for the reference alone, null where features are not added."""


REPLIES: Final = Table(
    "replies of one contender",
    {
        "question_id": pl.String,
        "order": pl.String,
        "answer": pl.String,
        "fault": pl.String,
        "tokens_in": pl.Int64,
        "tokens_out": pl.Int64,
        "cost_usd": pl.Float64,
    },
)
"""`order` is `ab`, or `ba` where the options changed places; `fault`: why there is no answer."""


JUDGED: Final = Table(
    "what judges said of one contender's answers",
    {
        "question_id": pl.String,
        "order": pl.String,
        "judge": pl.String,
        "said": pl.String,
        "choice": pl.String,
        "verdict": pl.String,
        "reason": pl.String,
    },
)
"""`judge` is `choice` (ours; `choice` is set, in the published order of options) or `official`
(the paper's; `verdict` is set, on the labels of the questions). `reason` says why nothing is set,
or what else is odd about what was said."""


CHOICES: Final = Table(
    "which options one contender chose",
    {
        "question_id": pl.String,
        "pair_id": pl.String,
        "order": pl.String,
        "choice": pl.String,
        "by": pl.String,
        "reason": pl.String,
        "tier": pl.String,
        "parsed": pl.String,
        "judged": pl.String,
    },
    later=("tier", "parsed", "judged"),
)
"""`choice` is in the published order of options, whatever `order` was asked; `by` is `parser`,
`judge`, or empty where nobody could tell; `tier` is as in `VERDICTS`. `parsed` and `judged` are
what the parser and the judge read, also where they disagree and there is no choice."""


COSTS: Final = Table(
    "what answers cost",
    {
        "contender": pl.String,
        "asks": pl.Int64,
        "faults": pl.Int64,
        "counted": pl.Int64,
        "tokens_in": pl.Int64,
        "tokens_out": pl.Int64,
        "priced": pl.Int64,
        "cost_usd": pl.Float64,
    },
)
"""Sums over the asks whose tokens (`counted`) and price (`priced`) are known; null if none is."""
