"""A benchmark as a table of one's own: a pair a row, two image files and the answer each shows."""

from pathlib import Path
from typing import Final

import polars as pl

from clipblind.benchmark.published_files import read_image
from clipblind.ground.errors import UserError
from clipblind.ground.sheets import Row, read_sheet
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.pool import LISTED

FILE: Final = "pairs.csv"
COLUMNS: Final = ("image_a", "image_b", "question", "option_a", "option_b")
OPTIONAL: Final = ("pair_id",)


def read_pair_sheet(folder: Path, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read `pairs.csv`: `image_a` shows what `option_a` says, `image_b` what `option_b` says.

    Args:
        folder: holds the table, and the images that it names by their paths in the folder.
        name: what the benchmark goes by in results; ids begin with it, unless `pair_id` is given.

    Returns:
        The tables `QUESTIONS`, whose patterns are empty, and `LISTED`.

    Raises:
        UserError: which row can't be asked, and why.
    """
    path = folder / FILE
    questions, images, holds = [], dict[str, tuple[object, ...]](), dict[str, int]()
    rows = read_sheet(path, dict.fromkeys(COLUMNS + OPTIONAL, ()), OPTIONAL)
    for number, row in enumerate(rows, 1):
        where = f"{path}, row {number}"
        pair = row["pair_id"].strip() or f"{name}/{number:04}"
        if holds.setdefault(pair, number) != number:
            raise UserError(
                f"{where}: the pair {pair} stands in row {holds[pair]} already; keep one."
            )
        options = [_filled(where, row, column) for column in ("option_a", "option_b")]
        pictured = [_filled(where, row, column) for column in ("image_a", "image_b")]
        for what, both in (("options", options), ("images", pictured)):
            if both[0].casefold() == both[1].casefold():
                raise UserError(f"{where}: both {what} are {both[0]!r}; a pair needs two.")
        for answer, file in zip("ab", pictured, strict=True):
            image = f"{name}/{Path(file).as_posix()}"
            if image not in images:
                images[image] = _listed(where, folder, file, image, name)
            questions.append(
                {
                    "question_id": f"{pair}/{'ab'.index(answer) + 1}",
                    "pair_id": pair,
                    "benchmark": name,
                    "pattern": "",
                    "image_id": image,
                    "question": _filled(where, row, "question"),
                    "option_a": options[0],
                    "option_b": options[1],
                    "answer": answer,
                }
            )
    return (
        pl.DataFrame(questions, schema=dict(QUESTIONS.columns)),
        pl.DataFrame([*images.values()], schema=dict(LISTED.columns), orient="row"),
    )


def _filled(where: str, row: Row, column: str) -> str:
    if text := " ".join(row[column].split()):
        return text
    raise UserError(f"{where}: {column} is empty; fill it.")


def _listed(where: str, folder: Path, file: str, image: str, name: str) -> tuple[object, ...]:
    path = folder / file
    # what lies elsewhere could change without the study noticing
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{where}: {file} lies outside of {folder}; put it there.")
    if not path.is_file():
        raise UserError(f"{where}: there is no image {path}; put it there, or mend the row.")
    return image, name, str(path), "", -1, len(read_image(path)), ""
