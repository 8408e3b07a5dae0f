"""The schema of every table on disk; reading and writing check it.

A table is a polars frame in Parquet (`.parquet`), Arrow (`.arrow`) or, for small results that
people and git read, CSV. Every row is keyed by ids; nothing is joined by position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTORS
from clipblind.ground.files import atomic_path

CSV_DIGITS = 6


@dataclass(frozen=True)
class Table:
    """A named set of typed columns.

    Attributes:
        name: used in messages.
        columns: column name to data type, in the order on disk.
    """

    name: str
    columns: Mapping[str, pl.DataType | type[pl.DataType]]

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write a frame atomically, its columns in the table's order.

        Raises:
            ValueError: if columns or types differ from the table's (a fault of the program).
        """
        ordered = frame.select(list(self.columns))
        self._check(ordered, path, ValueError)
        with atomic_path(path) as partial:
            if path.suffix == ".parquet":
                ordered.write_parquet(partial, compression="zstd")
            elif path.suffix == ".arrow":
                ordered.write_ipc(partial)
            else:
                ordered.write_csv(partial, float_precision=CSV_DIGITS)

    def read(self, path: Path) -> pl.DataFrame:
        """Read a frame.

        Raises:
            UserError: if the file is missing, cut short or of another table.
        """
        frame = read_frame(path, self.columns)
        self._check(frame, path, UserError)
        return frame.select(list(self.columns))

    def read_all(self, paths: Sequence[Path]) -> pl.DataFrame:
        """Read several files as one frame, in their order.

        Raises:
            UserError: as `read` does.
        """
        return pl.concat([self.read(path) for path in paths])

    def _check(self, frame: pl.DataFrame, path: Path, error: type[Exception]) -> None:
        for column, wanted in self.columns.items():
            found = frame.schema.get(column)
            if found != wanted:
                raise error(
                    f"{path} is no table of {self.name}: {column} is {found}, not {wanted}."
                )


def read_frame(
    path: Path, columns: Mapping[str, pl.DataType | type[pl.DataType]] | None = None
) -> pl.DataFrame:
    """Read Parquet, Arrow or CSV by its suffix.

    Raises:
        UserError: if the file is missing or can't be read.
    """
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        if path.suffix == ".arrow":
            return pl.read_ipc(path)
        return pl.read_csv(path, schema_overrides=dict(columns or {}))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run the rule that makes it.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        said = " ".join(str(error).split())
        raise UserError(
            f"{path} can't be read ({said[:120]}); it is damaged or cut short:"
            " delete it and run again."
        ) from error


SHARD: Final = Table("pictures", {"image_id": pl.String, "png": pl.Binary})

IMAGES: Final = Table(
    "images",
    {
        "image_id": pl.String,
        "split": pl.String,
        "shard": pl.String,
        "width": pl.Int32,
        "height": pl.Int32,
        "sha256": pl.String,
    },
)

SCENES: Final = Table(
    "scenes",
    {
        "image_id": pl.String,
        "split": pl.String,
        "twin_of": pl.String,
        **dict.fromkeys(FACTORS, pl.String),
        "nuisance": pl.UInt32,
    },
)

CAPTIONS: Final = Table("captions", {"image_id": pl.String, "caption": pl.String})

CURVE: Final = Table(
    "a training curve", {"step": pl.Int64, "loss": pl.Float64, "learning_rate": pl.Float64}
)

PAIRS: Final = Table(
    "pairs",
    {
        "pair_id": pl.String,
        "image_a": pl.String,
        "image_b": pl.String,
        "cos_probe": pl.Float64,
        "cos_reference": pl.Float64,
    },
)

QUESTIONS: Final = Table(
    "questions",
    {
        "question_id": pl.String,
        "pair_id": pl.String,
        "benchmark": pl.String,
        "pattern": pl.String,
        "image_id": pl.String,
        "question": pl.String,
        "option_a": pl.String,
        "option_b": pl.String,
        "answer": pl.String,
    },
)

ANSWERS: Final = Table("answers", {"question_id": pl.String, "answer": pl.String})

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
    },
)

MADE: Final = Table(
    "contenders: what each sees and how it was trained",
    {
        "contender": pl.String,
        "label": pl.String,
        "kind": pl.String,
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

CONTENDER_SCORES: Final = Table(
    "contenders' scores",
    {
        "contender": pl.String,
        "questions": pl.Int64,
        "question_accuracy": pl.Float64,
        "pairs": pl.Int64,
        "pair_accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "unscored": pl.Int64,
    },
)

BENCHMARK_SCORES: Final = Table(
    "contenders' scores by benchmark", {"benchmark": pl.String, **CONTENDER_SCORES.columns}
)

PATTERN_SCORES: Final = Table(
    "contenders' scores by pattern",
    {"benchmark": pl.String, "pattern": pl.String, **CONTENDER_SCORES.columns},
)

NAMED_SCORES: Final = Table(
    "contenders' scores by how often captions name what is asked about",
    {"benchmark": pl.String, "named": pl.String, **CONTENDER_SCORES.columns},
)

COMPARED: Final = {
    "cases": pl.Int64,
    "only_first": pl.Int64,
    "only_second": pl.Int64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "p_holm": pl.Float64,
}
"""Columns of every paired comparison over the same cases: counts, difference, exact p values."""

PAIRED: Final = Table(
    "paired comparisons of contenders",
    {"benchmark": pl.String, "first": pl.String, "second": pl.String, **COMPARED},
)

VLM_PAIRED: Final = Table(
    "paired comparisons of encoders",
    {
        "measure": pl.String,
        "first": pl.String,
        "second": pl.String,
        "item": pl.String,
        **COMPARED,
    },
)

BASELINES: Final = Table(
    "baselines beside what theory expects of them",
    {
        "benchmark": pl.String,
        "contender": pl.String,
        "pairs": pl.Int64,
        "right": pl.Int64,
        "expected": pl.Float64,
        "lowest": pl.Int64,
        "highest": pl.Int64,
        "inside": pl.Boolean,
    },
)

SHUFFLED: Final = Table(
    "effects beside what is left of them when answers are permuted",
    {
        "effect": pl.String,
        "benchmark": pl.String,
        "of": pl.String,
        "against": pl.String,
        "observed": pl.Float64,
        "permutations": pl.Int64,
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

CORRELATION: Final = Table(
    "correlation of CLIP's and contenders' accuracy by pattern",
    {
        "contender": pl.String,
        "encoder": pl.String,
        "patterns": pl.Int64,
        "pearson": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "p_holm": pl.Float64,
    },
)

VLM_PAIRS: Final = Table(
    "matches of a VLM on twin pairs",
    {
        "pair_id": pl.String,
        "pattern": pl.String,
        "text_to_image": pl.Boolean,
        "image_to_text": pl.Boolean,
    },
)

VLM_SCORES: Final = Table(
    "VLM scores",
    {
        "encoder": pl.String,
        "image_size": pl.Int64,
        "params_m": pl.Float64,
        "direction": pl.String,
        "pattern": pl.String,
        "pairs": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

ZERO_SHOT: Final = Table(
    "zero-shot accuracy by factor",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "mention_rate": pl.Float64,
        "images": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "chance": pl.Float64,
    },
)

NAMED: Final = Table(
    "zero-shot verdicts by picture and factor",
    {"image_id": pl.String, "factor": pl.String, "right": pl.Boolean},
)

VARIANTS: Final = Table(
    "CLIP variants: how each was made, and how well it names what the probe's captions name often",
    {
        "encoder": pl.String,
        "axis": pl.String,
        "captions": pl.String,
        "images": pl.Int64,
        "samples": pl.Int64,
        "image_size": pl.Int64,
        "patches": pl.Int64,
        "params_m": pl.Float64,
        "zero_shot": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

PROBES: Final = Table(
    "linear probes beside zero-shot accuracy, by encoder and factor",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "fitted_on": pl.Int64,
        "images": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "chance": pl.Float64,
    },
)

SURVEY: Final = Table(
    "pairs that an encoder takes for one picture, and the blind ones among them",
    {
        "encoder": pl.String,
        "thresholds": pl.String,
        "probe_above": pl.Float64,
        "reference_below": pl.Float64,
        "all_pairs": pl.Int64,
        "similar_pairs": pl.Int64,
        "blind_pairs": pl.Int64,
    },
)

DIFFER_RATES: Final = Table(
    "how often factors differ between the two pictures of a pair",
    {
        "encoder": pl.String,
        "factor": pl.String,
        "among": pl.String,
        "pairs": pl.Int64,
        "differ": pl.Int64,
        "rate": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "at_large": pl.Float64,
    },
)

NUMBERS: Final = Table(
    "numbers of every seed",
    {
        "table": pl.String,
        "what": pl.String,
        "number": pl.String,
        "seed": pl.Int64,
        "value": pl.Float64,
    },
)

SPREAD: Final = Table(
    "a number over seeds",
    {
        "table": pl.String,
        "what": pl.String,
        "number": pl.String,
        "seeds": pl.Int64,
        "mean": pl.Float64,
        "sd": pl.Float64,
        "lowest": pl.Float64,
        "highest": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

LISTED: Final = Table(
    "images listed in their sources",
    {
        "image_id": pl.String,
        "source": pl.String,
        "path": pl.String,
        "member": pl.String,
        "offset": pl.Int64,
        "size": pl.Int64,
        "label": pl.String,
    },
)
"""`path` is an image's file, or the tar or Arrow file that holds it as `member` (its name in the
tar, its row number in the Arrow file). `offset` and `size` are bytes, -1 where they don't apply.
`label` is ImageNet's synset, or empty."""

CHECKED: Final = Table(
    "images that can be decoded",
    {
        "image_id": pl.String,
        "source": pl.String,
        "part": pl.Int32,
        "width": pl.Int32,
        "height": pl.Int32,
        "sha256": pl.String,
        "hash": pl.UInt64,
    },
)
"""Sizes are those of the upright image, in pixels; `hash` is its perceptual hash."""

REJECTED: Final = Table(
    "images that can't be used",
    {
        "image_id": pl.String,
        "source": pl.String,
        "path": pl.String,
        "member": pl.String,
        "reason": pl.String,
    },
)

DUPLICATES: Final = Table(
    "images that repeat another",
    {"image_id": pl.String, "first": pl.String, "kind": pl.String, "bits": pl.Int32},
)
"""`kind` is `exact` (the same bytes) or `near` (perceptual hashes that differ in `bits`)."""

AGAINST_PAPER: Final = Table(
    "accuracy on MMVP-VLM beside the paper's Table 1",
    {
        "encoder": pl.String,
        "row": pl.String,
        "pattern": pl.String,
        "pairs": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "paper": pl.Float64,
        "difference": pl.Float64,
        "inside": pl.Boolean,
    },
)
"""Shares, not percentages. `inside`: the paper's figure lies within our interval."""

IMAGENET: Final = Table(
    "zero-shot accuracy on ImageNet",
    {
        "encoder": pl.String,
        "images": pl.Int64,
        "unread": pl.Int64,
        "right": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)
"""`accuracy` is the share of `images`; the `unread` could not be decoded and are not among them."""

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
    },
)
"""`choice` is in the published order of options, whatever `order` was asked; `by` is `parser`,
`judge`, or empty where nobody could tell."""

CALIBRATION: Final = Table(
    "agreement of those who read answers",
    {
        "contender": pl.String,
        "first": pl.String,
        "second": pl.String,
        "answers": pl.Int64,
        "both_decided": pl.Int64,
        "agree": pl.Int64,
        "kappa": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

CONSISTENCY: Final = Table(
    "how often a choice stays when the options are exchanged",
    {
        "contender": pl.String,
        "questions": pl.Int64,
        "same": pl.Int64,
        "share": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
)

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

PAIR_PATTERNS: Final = Table(
    "visual patterns of pairs",
    {
        "pair_id": pl.String,
        "pattern": pl.String,
        "votes": pl.Int64,
        "agreement": pl.Float64,
        "by": pl.String,
    },
)
"""`votes` counts those that named a pattern, `agreement` is the share of all votes for `pattern`,
which is empty where too few agree; `by` is `person`, `judge` or `truth`."""

THUMBNAILS: Final = Table(
    "small copies of a benchmark's images", {"image_id": pl.String, "jpeg": pl.Binary}
)

AGAINST_FIGURE4: Final = Table(
    "contenders beside the paper's Figure 4",
    {
        "contender": pl.String,
        "row": pl.String,
        "of": pl.String,
        "cases": pl.Int64,
        "accuracy": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "paper": pl.Float64,
        "difference": pl.Float64,
        "inside": pl.Boolean,
    },
)
"""Shares, not percentages, by the published labels. `of` is what the paper's figure counts:
`pairs`, or `questions` for people. `inside`: the paper's figure lies within our interval."""

INHERITED: Final = Table(
    "correlation of CLIPs' accuracy on MMVP-VLM with contenders' on MMVP, by pattern",
    {**CORRELATION.columns, "paper": pl.Float64},
)
"""`encoder` names the CLIPs whose mean it is, joined by plus signs; `paper` is the printed r."""
