"""MMVP-VLM as published, read and scored: 9 patterns of 15 pairs of images and statements."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import torch

from clipblind.benchmark.published_files import (
    FILE,
    ROWS,
    find_folder,
    number_images,
    read_image,
    read_rows,
    require_numbers,
    spell,
)
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest as digest_of
from clipblind.ground.patterns import PATTERNS
from clipblind.ground.progress import track_amount
from clipblind.ground.tables.matching import MATCHES
from clipblind.matching.twins import image_to_text
from clipblind.pools.decoding import decode_image

PAIRS: Final = 15
"""Of each pattern."""

IDS: Final = 2 * PAIRS * len(PATTERNS)
IMAGES: Final = ("MLLM_VLM Images", "MMVP_VLM Images", "Images")
COLUMNS: Final = {"Question ID": ("ID",), "Type": (), "Statement": ()}
PATTERN_OF_TYPE: Final = {pattern.type.lower(): pattern for pattern in PATTERNS}


@dataclass(frozen=True)
class Item:
    """An image and the statement that is true of it, by MMVP-VLM's `Question ID`."""

    number: int
    pattern: str
    statement: str
    image: Path


def read_mmvp_vlm(folder: Path, *, digest: str = "") -> list[Item]:
    """Read MMVP-VLM: the ids 1 to 270, of which odd n and n + 1 are a pair.

    Args:
        folder: holds `Questions.csv` and `MLLM_VLM Images/<Type>/<id>.jpg`.
        digest: what the rows' digest must be; empty: not checked.

    Returns:
        270 items, by id.

    Raises:
        UserError: if the copy is partial (what is missing), wrong, or another one than `digest`
            says.
    """
    path = folder / FILE
    rows = read_rows(folder, COLUMNS, "Question ID")
    require_numbers(path, rows, IDS, ROWS)
    for number, (kind, statement) in rows.items():
        if kind.lower() not in PATTERN_OF_TYPE:
            known = ", ".join(pattern.type for pattern in PATTERNS)
            raise UserError(f"{path}: row {number} is of the type {kind!r}; there are {known}.")
        if not statement:
            raise UserError(f"{path}: row {number} has no statement; get a whole copy.")
    patterns = {n: PATTERN_OF_TYPE[kind.lower()] for n, (kind, _) in rows.items()}
    _check_pairs(path, {n: pattern.type for n, pattern in patterns.items()})
    found = digest_of(*(cell for n, row in rows.items() for cell in (str(n), *row)))
    if digest and digest != found:
        raise UserError(
            f"{path} is another copy of MMVP-VLM than the one expected (its digest is {found}, not"
            f" {digest}); get that one, or set vlm.digest={found} to use yours."
        )
    images = _find_images(folder, {n: pattern.type for n, pattern in patterns.items()})
    return [Item(n, patterns[n].name, said, images[n]) for n, (_, said) in rows.items()]


def match_pairs(
    encoder: LoadedEncoder, items: Sequence[Item], *, prefix: str, batch: int = 1
) -> pl.DataFrame:
    """Match images and statements of every pair, in both directions.

    Args:
        encoder: embeds both; images go through its own preprocessing.
        items: from `read_mmvp_vlm`, in any order.
        prefix: what stands before each statement.
        batch: images and texts at once. One by one, as is the default, nothing that stands beside
            an image can change a digit of its embedding.

    Returns:
        The table `MATCHES`.

    Raises:
        UserError: if an image can't be decoded, or if the encoder has no text tower.
    """
    ordered = sorted(items, key=lambda item: item.number)
    similarity = _similarities(encoder, ordered, prefix, batch)
    firsts = ordered[::2]
    columns = {
        "pair_id": [f"mmvp_vlm/{item.number:03}-{item.number + 1:03}" for item in firsts],
        "pattern": [item.pattern for item in firsts],
        "text_to_image": official_matches(similarity).tolist(),
        "image_to_text": image_to_text(similarity).tolist(),
    }
    return pl.DataFrame(columns, schema=dict(MATCHES.columns))


def official_matches(similarity: torch.Tensor) -> torch.Tensor:
    """The official score to the letter: for each text, image 1 iff it gets more than half.

    A tie hence goes to image 2, which is right for the second text: unlike in
    `matching.text_to_image`, where a tie is never right. Softmax over two images gives the first
    more than half iff its similarity is larger, whatever the scale.

    Args:
        similarity: `[P, 2, 2]`, image by text, of P pairs; first the image of odd id.

    Returns:
        bool `[P]`.
    """
    first_image = similarity[:, 0] > similarity[:, 1]  # [P, text]
    return first_image[:, 0] & ~first_image[:, 1]


def _similarities(
    encoder: LoadedEncoder, items: Sequence[Item], prefix: str, batch: int
) -> torch.Tensor:
    if encoder.embed_texts is None:
        raise UserError(f"The encoder {encoder.name} has no text tower to match statements with.")
    # what is the same twice gets one embedding, so that a tie is a tie in any batch
    encoded = [read_image(item.image) for item in items]
    images, texts = list(dict.fromkeys(encoded)), [prefix + item.statement for item in items]
    said = list(dict.fromkeys(texts))
    rows, words = [], []
    with track_amount(f"match {encoder.name}", len(images) + len(said)) as advance:
        for start in range(0, len(images), batch):
            some = images[start : start + batch]
            pixels = torch.stack([encoder.preprocess(decode_image(data)) for data in some])
            rows.append(encoder.embed_images(pixels))
            advance(len(some), "")
        for start in range(0, len(said), batch):
            words.append(encoder.embed_texts(said[start : start + batch]))
            advance(len(words[-1]), "")
    place = {data: n for n, data in enumerate(images)}
    spoken = {text: n for n, text in enumerate(said)}
    seen = torch.cat(rows)[[place[data] for data in encoded]]
    heard = torch.cat(words)[[spoken[text] for text in texts]]
    return seen.view(len(items) // 2, 2, -1) @ heard.view(len(items) // 2, 2, -1).transpose(1, 2)


def _check_pairs(path: Path, types: dict[int, str]) -> None:
    for number in range(1, IDS, 2):
        if types[number] != types[number + 1]:
            raise UserError(
                f"{path}: rows {number} and {number + 1} are a pair, but of the types"
                f" {types[number]} and {types[number + 1]}; get another copy."
            )
    counts = Counter(types.values())
    if wrong := [p.type for p in PATTERNS if counts[p.type] != 2 * PAIRS]:
        raise UserError(
            f"{path} has {counts[wrong[0]]} rows of the type {wrong[0]}, not {2 * PAIRS}; get"
            " another copy."
        )


def _find_images(folder: Path, types: dict[int, str]) -> dict[int, Path]:
    """The image of every id, in the folder of its type."""
    place = find_folder(folder, *IMAGES)
    found: dict[int, Path] = {}
    for pattern in PATTERNS:
        numbered = number_images(find_folder(place, pattern.type))
        wanted = [n for n, kind in types.items() if kind == pattern.type]
        found |= {n: numbered[n] for n in wanted if n in numbered}
    if missing := types.keys() - found:
        lacking = dict.fromkeys(types[n] for n in sorted(missing))
        raise UserError(
            f"{place} has {len(found)} of {IDS} images: {spell(missing)} of {', '.join(lacking)}"
            f" {'is' if len(missing) == 1 else 'are'} missing; get a whole copy."
        )
    return found
