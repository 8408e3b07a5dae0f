"""MMVP's own layout: `Questions.csv` beside a folder `MMVP Images`."""

import io
from pathlib import Path

import polars as pl

from clipblind.files import atomic_path
from clipblind.pools.images import Pictures

SIDE = 224  # pixels, as in MMVP
QUALITY = 95


def export_mmvp(questions: pl.DataFrame, pictures: Pictures, table: Path, folder: Path) -> None:
    """Write questions and pictures as MMVP is published.

    Rows 2p - 1 and 2p are pair p, and picture n.jpg belongs to row n. Which of the two rows has the
    answer (a) is random, unlike in MMVP, where the odd rows have it.

    Args:
        questions: rows of `QUESTIONS` of one benchmark.
        pictures: holds their images.
        table: the `Questions.csv` to write.
        folder: gets the pictures as 1.jpg, 2.jpg, ...
    """
    ordered = questions.sort("pair_id", "question_id").with_row_index("Index", offset=1)
    folder.mkdir(parents=True, exist_ok=True)
    for index, image_id in ordered.select("Index", "image_id").iter_rows():
        _save_picture(pictures, image_id, folder / f"{index}.jpg")
    published = ordered.select(
        "Index",
        pl.col("question").alias("Question"),
        pl.format("(a) {} (b) {}", "option_a", "option_b").alias("Options"),
        pl.format("({})", "answer").alias("Correct Answer"),
    )
    with atomic_path(table) as partial:
        published.write_csv(partial)


def _save_picture(pictures: Pictures, image_id: str, path: Path) -> None:
    encoded = io.BytesIO()
    pictures.open(image_id).resize((SIDE, SIDE)).save(encoded, "JPEG", quality=QUALITY)
    with atomic_path(path) as partial:
        partial.write_bytes(encoded.getvalue())
