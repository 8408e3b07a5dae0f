"""The tables as they were printed, with where each was printed.

Only figures, letters and names are kept here, in CSV files beside this module; no question of MMVP
and no picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

import polars as pl

from clipblind.ground.patterns import AVERAGE, PATTERNS

PAPER: Final = "Tong et al. 2024, arXiv 2401.06209"
GENHANCER: Final = "the GenHancer paper"

Columns = Mapping[str, type[pl.DataType]]


@dataclass(frozen=True)
class Printed:
    """One table as printed.

    Attributes:
        name: of its CSV file, and what `clipblind printed` calls it.
        title: what it is about.
        source: where it was printed.
        units: of its numbers.
        columns: column name to data type, in the file's order.
        note: what to know before its numbers are used; may be empty.
    """

    name: str
    title: str
    source: str
    units: str
    columns: Columns
    note: str = ""

    def frame(self) -> pl.DataFrame:
        """All rows, in the printed order.

        Raises:
            ValueError: if the packaged file has other columns, or a hole (a fault of the package).
        """
        file = resources.files("clipblind.printed") / f"{self.name}.csv"
        frame = pl.read_csv(file.read_bytes(), schema_overrides=dict(self.columns))
        return self.checked(frame)

    def checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame itself, if it has this table's columns and no hole.

        Raises:
            ValueError: if not.
        """
        wanted = pl.Schema(self.columns)
        if frame.schema != wanted:
            raise ValueError(f"{self.name} has the columns {frame.schema}, not {wanted}")
        if frame.is_empty() or sum(frame.null_count().row(0)):
            raise ValueError(f"{self.name} is empty or has a hole")
        return frame


_BY_PATTERN: Final[Columns] = dict.fromkeys(
    [*(pattern.column for pattern in PATTERNS), AVERAGE], pl.Float64
)
_PAIRS: Final = "percent of MMVP's 150 pairs"

PRINTED: Final = {
    table.name: table
    for table in (
        Printed(
            "mmvp_vlm_table1",
            "CLIP variants by visual pattern on MMVP-VLM",
            f"{PAPER}, Table 1",
            "params_M: millions, both towers; in1k_zeroshot: percent of ImageNet-1k; patterns:"
            " percent of 15 pairs; average: percent of 135 pairs; image_size: pixels",
            {
                "model": pl.String,
                "image_size": pl.Int64,
                "params_M": pl.Float64,
                "in1k_zeroshot": pl.Float64,
                **_BY_PATTERN,
            },
            "The official code does not reproduce row 1 exactly: two other groups got 27 of 135"
            " with other splits by pattern.",
        ),
        Printed(
            "mmvp_vlm_later_rows",
            "CLIP variants that were tuned to see more, on MMVP-VLM",
            f"{GENHANCER}, Table 1 (its DIVA rows included)",
            "patterns: percent of 15 pairs; average: percent of 135 pairs",
            {"source": pl.String, "backbone": pl.String, "method": pl.String, **_BY_PATTERN},
        ),
        Printed(
            "mllm_fig4",
            "Multimodal LLMs on MMVP",
            f"{PAPER}, Figure 4",
            f"{_PAIRS}; Human: percent of questions, mean of four volunteers",
            {"model": pl.String, "pair_accuracy": pl.Float64},
            "Random is what guessing expects: a quarter.",
        ),
        Printed(
            "gpt4v_ablations",
            "GPT-4V on MMVP, asked in other words",
            f"{PAPER}, its ablations of GPT-4V",
            _PAIRS,
            {"prompt": pl.String, "pair_accuracy": pl.Float64},
        ),
        Printed(
            "paper_fig3_answers",
            "What four models answered to the questions that are shown",
            f"{PAPER}, Figure 3",
            "Index: MMVP's number of the question; answer: the option's letter",
            {"Index": pl.Int64, "model": pl.String, "answer": pl.String},
        ),
        Printed(
            "pattern_scores_fig6",
            "CLIP and multimodal LLMs by visual pattern",
            f"{PAPER}, read off Figure 6",
            "percent of pairs: of MMVP-VLM's for CLIP, of MMVP's for the others",
            {
                "pattern": pl.String,
                **dict.fromkeys(
                    ["CLIP", "InstructBLIP", "LLaVA-1.5", "Gemini", "GPT-4V"], pl.Float64
                ),
            },
            "Which question of MMVP shows which pattern was never published.",
        ),
        Printed(
            "pattern_correlations",
            "Correlation of CLIP's and multimodal LLMs' accuracy over the nine patterns",
            f"{PAPER}, where Figure 6 is discussed",
            "Pearson's r",
            {"system": pl.String, "pearson": pl.Float64},
        ),
        Printed(
            "mof_table2_additive",
            "Additive mixture of features in LLaVA",
            f"{PAPER}, Table 2",
            f"ssl_ratio: DINOv2's share; mmvp: {_PAIRS}; llava_bench: score",
            {"ssl_ratio": pl.Float64, "mmvp": pl.Float64, "llava_bench": pl.Float64},
        ),
        Printed(
            "mof_table3_interleaved",
            "Interleaved mixture of features in LLaVA and LLaVA-1.5",
            f"{PAPER}, Table 3",
            f"resolution: pixels; mmvp: {_PAIRS}; llava_bench, pope: scores",
            {
                "method": pl.String,
                "resolution": pl.Int64,
                "visual_tokens": pl.Int64,
                "mmvp": pl.Float64,
                "llava_bench": pl.Float64,
                "pope": pl.Float64,
            },
            "Users report that the mixtures do not reproduce (tsb0601/MMVP, issue 27).",
        ),
        Printed(
            "mof_ssl_encoders",
            "Interleaved mixture in LLaVA-1.5 with other self-supervised encoders",
            f"{PAPER}, its comparison of self-supervised encoders",
            f"resolution: pixels; mmvp: {_PAIRS}; pope: score",
            {
                "ssl_encoder": pl.String,
                "resolution": pl.Int64,
                "mmvp": pl.Float64,
                "pope": pl.Float64,
            },
        ),
        Printed(
            "mmvp_label_corrections",
            "Labels of MMVP that look swapped",
            "tsb0601/MMVP, issues 14 and 30 (row by row in the column source)",
            "Index: MMVP's number of the question",
            {"Index": pl.Int64, "original": pl.String, "corrected": pl.String, "source": pl.String},
            "Report scores with both, the original and the corrected labels.",
        ),
    )
}
"""Every table by its name."""


def table(name: str) -> pl.DataFrame:
    """A table as printed, by its name.

    Raises:
        KeyError: if there is none.
        ValueError: if the packaged file is damaged.
    """
    return PRINTED[name].frame()
