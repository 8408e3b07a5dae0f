"""The printed tables in long form: shares instead of percent, the project's names of patterns."""

from typing import Final

import polars as pl

from clipblind.ground.patterns import AVERAGE, PATTERN_OF_COLUMN
from clipblind.printed.tables import table

NAMES: Final = {**PATTERN_OF_COLUMN, AVERAGE: AVERAGE}


def table1() -> pl.DataFrame:
    """CLIP variants on MMVP-VLM (the paper's Table 1), one row a model and pattern.

    Returns:
        row: str, model and image size, such as "OpenAI ViT-L-14 224"; model: str;
        image_size: int64, pixels; params_m: float64, millions, both towers; imagenet: float64,
        zero-shot accuracy in percent; pattern: str, one of nine or "average"; accuracy: float64,
        share of 15 pairs (average: of 135) as printed, hence to a thousandth.
    """
    size = pl.col("image_size").cast(pl.String)
    printed = table("mmvp_vlm_table1").select(
        pl.concat_str("model", size, separator=" ").alias("row"),
        "model",
        "image_size",
        pl.col("params_M").alias("params_m"),
        pl.col("in1k_zeroshot").alias("imagenet"),
        *NAMES,
    )
    return _by_pattern(printed)


def later_rows() -> pl.DataFrame:
    """Tuned CLIP variants on MMVP-VLM, one row a model and pattern.

    Returns:
        source: str; backbone: str; method: str; pattern and accuracy as in `table1`.
    """
    return _by_pattern(table("mmvp_vlm_later_rows"))


def figure4() -> pl.DataFrame:
    """Multimodal LLMs on MMVP (the paper's Figure 4).

    Returns:
        model: str; accuracy: float64, share of 150 pairs; of people: mean share of questions.
    """
    return table("mllm_fig4").select("model", accuracy=pl.col("pair_accuracy") / 100)


def figure6() -> pl.DataFrame:
    """CLIP and multimodal LLMs by pattern (read off the paper's Figure 6).

    Returns:
        pattern: str; system: str, "CLIP" or an MLLM; accuracy: float64, share of pairs.
    """
    long = table("pattern_scores_fig6").unpivot(
        index="pattern", variable_name="system", value_name="accuracy"
    )
    return long.with_columns(
        pl.col("pattern").replace_strict(PATTERN_OF_COLUMN), pl.col("accuracy") / 100
    )


def table2() -> pl.DataFrame:
    """Additive mixture of features (the paper's Table 2).

    Returns:
        ssl_ratio: float64, DINOv2's share; accuracy: float64, share of MMVP's pairs;
        llava_bench: float64, score.
    """
    return _shares("mof_table2_additive")


def table3() -> pl.DataFrame:
    """Interleaved mixture of features (the paper's Table 3).

    Returns:
        method: str; resolution: int64, pixels; visual_tokens: int64; accuracy: float64, share of
        MMVP's pairs; llava_bench, pope: float64, scores.
    """
    return _shares("mof_table3_interleaved")


def _shares(name: str) -> pl.DataFrame:
    return table(name).with_columns(pl.col("mmvp") / 100).rename({"mmvp": "accuracy"})


def _by_pattern(printed: pl.DataFrame) -> pl.DataFrame:
    """Model after model, in the printed order."""
    place = "place"
    kept = [place, *(column for column in printed.columns if column not in NAMES)]
    long = printed.with_row_index(place).unpivot(
        list(NAMES), index=kept, variable_name="pattern", value_name="accuracy"
    )
    named = long.with_columns(pl.col("pattern").replace_strict(NAMES), pl.col("accuracy") / 100)
    return named.sort(place, maintain_order=True).drop(place)
