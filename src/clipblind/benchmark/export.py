"""MMVP's own layout: `Questions.csv` beside a folder `MMVP Images`."""

import shutil
from pathlib import Path

import polars as pl

from clipblind.ground.files import PARTIAL, atomic_path
from clipblind.world.pictures import Pictures

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
    _save_pictures(pictures, ordered["image_id"].to_list(), folder)
    published = ordered.select(
        "Index",
        pl.col("question").alias("Question"),
        pl.format("(a) {} (b) {}", "option_a", "option_b").alias("Options"),
        pl.format("({})", "answer").alias("Correct Answer"),
    )
    with atomic_path(table) as partial:
        published.write_csv(partial)


def _save_pictures(pictures: Pictures, ids: list[str], folder: Path) -> None:
    fresh = folder.with_name(f"{PARTIAL}{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for index, image_id in enumerate(ids, 1):
        picture = pictures.open(image_id).resize((SIDE, SIDE))
        picture.save(fresh / f"{index}.jpg", "JPEG", quality=QUALITY)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
