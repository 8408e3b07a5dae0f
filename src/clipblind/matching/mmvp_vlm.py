"""Couples of MMVP-VLM, or of any folder in its layout: images by type, each with a statement."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clipblind.benchmark.published_files import (
    FILE,
    ROWS,
    find_folder,
    number_images,
    read_rows,
    require_numbers,
    spell,
)
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest as digest_of
from clipblind.ground.patterns import PATTERNS, Pattern
from clipblind.matching.match import Couple

IMAGES: Final = ("MLLM_VLM Images", "MMVP_VLM Images", "Images")
COLUMNS: Final = {"Question ID": ("ID",), "Type": (), "Statement": ()}
PATTERN_OF_TYPE: Final = {pattern.type.lower(): pattern for pattern in PATTERNS}
DIGITS: Final = 3

Patterns = Mapping[int, Pattern]


def read_mmvp_vlm(
    folder: Path, name: str, *, count: int | None = None, digest: str = ""
) -> list[Couple]:
    """Read a folder in MMVP-VLM's layout: its ids begin at 1, odd n and n + 1 are a pair.

    Args:
        folder: holds `Questions.csv` and `MLLM_VLM Images/<Type>/<id>.jpg`.
        name: of the benchmark in the study; pairs' ids begin with it.
        count: pairs of each of the nine patterns that it must have; none: any number of any.
        digest: what the rows' digest must be; empty: not checked.

    Returns:
        Its pairs by id, first the image of odd id; images are files, which are not opened here.

    Raises:
        UserError: if the copy is partial (what is missing), wrong, or another one than `digest`
            says.
    """
    path = folder / FILE
    rows = read_rows(folder, COLUMNS, "Question ID")
    if not rows:
        raise UserError(f"{path} has no rows; get a whole copy.")
    wanted = 2 * count * len(PATTERNS) if count else len(rows) + len(rows) % 2
    require_numbers(path, rows, wanted, ROWS)
    patterns = {n: _pattern(path, n, kind) for n, (kind, _) in rows.items()}
    if silent := [n for n, (_, statement) in rows.items() if not statement]:
        raise UserError(f"{path}: row {silent[0]} has no statement; get a whole copy.")
    _check_pairs(path, patterns, count)
    own = digest_of(*(cell for n, row in rows.items() for cell in (str(n), *row)))
    if digest and digest != own:
        raise UserError(
            f"{path} is another copy of MMVP-VLM than the one expected (its digest is {own}, not"
            f" {digest}); get that one, or set benchmark.{name}.digest={own} to use yours."
        )
    images = _find_images(folder, patterns)
    return [
        Couple(
            f"{name}/{n:0{DIGITS}}-{n + 1:0{DIGITS}}",
            patterns[n].name,
            (images[n], images[n + 1]),
            (rows[n][1], rows[n + 1][1]),
        )
        for n in list(rows)[::2]
    ]


def _pattern(path: Path, number: int, kind: str) -> Pattern:
    pattern = PATTERN_OF_TYPE.get(kind.lower())
    if pattern is None:
        known = ", ".join(pattern.type for pattern in PATTERNS)
        raise UserError(f"{path}: row {number} is of the type {kind!r}; there are {known}.")
    return pattern


def _check_pairs(path: Path, patterns: Patterns, count: int | None) -> None:
    for number in range(1, len(patterns), 2):
        first, second = patterns[number].type, patterns[number + 1].type
        if first != second:
            raise UserError(
                f"{path}: rows {number} and {number + 1} are a pair, but of the types {first} and"
                f" {second}; get another copy."
            )
    counts = Counter(pattern.type for pattern in patterns.values())
    wrong = [p.type for p in PATTERNS if count and counts[p.type] != 2 * count]
    if count and wrong:
        raise UserError(
            f"{path} has {counts[wrong[0]]} rows of the type {wrong[0]}, not {2 * count}; get"
            " another copy."
        )


def _find_images(folder: Path, patterns: Patterns) -> dict[int, Path]:
    """The image of every id, in the folder of its type."""
    place = find_folder(folder, *IMAGES)
    images: dict[int, Path] = {}
    for pattern in dict.fromkeys(patterns.values()):
        numbered = number_images(find_folder(place, pattern.type))
        wanted = [n for n, own in patterns.items() if own == pattern]
        images |= {n: numbered[n] for n in wanted if n in numbered}
    if missing := patterns.keys() - images:
        lacking = dict.fromkeys(patterns[n].type for n in sorted(missing))
        raise UserError(
            f"{place} has {len(images)} of {len(patterns)} images: {spell(missing)} of"
            f" {', '.join(lacking)} {'is' if len(missing) == 1 else 'are'} missing; get a whole"
            " copy."
        )
    return images
