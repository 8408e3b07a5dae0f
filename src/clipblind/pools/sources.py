"""Which images a source holds: listed, not copied, and not decoded yet."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.files import leaves_files
from clipblind.ground.progress import track
from clipblind.ground.tables.pool import LISTED, REJECTED
from clipblind.pools.rows import STATE, TABLES, count_rows, member_of
from clipblind.pools.tars import is_text, list_shards, packed_images
from clipblind.study.settings.pool import Files, Source, World


@dataclass(frozen=True)
class Row:
    """What a source holds: an image, or something that can't be one.

    Attributes:
        inner: its name in the source, which its id ends with.
        path: of its file.
        member: its name, or its place, within the file.
        offset, size: of its bytes; -1: not known.
        label: ImageNet's synset.
        fault: why it can't be used; empty: it may be.
    """

    inner: str
    path: Path
    size: int = -1
    member: str = ""
    offset: int = -1
    label: str = ""
    fault: str = ""


# what lies beside images in the folders of this world; anything else is tried as an image
BESIDE: Final = frozenset({
    ".txt", ".json", ".jsonl", ".csv", ".tsv", ".xml", ".md", ".html", ".pdf", ".parquet", ".db",
    ".ini", ".log", ".py", ".sh", ".yaml", ".yml", ".npy", ".zip", ".gz", ".tar", ".mat", ".mp4",
    ".mov", ".avi", ".webm", ".mp3", ".wav",
})  # fmt: skip
PLACES: Final = (
    ("{split}",),
    ("ILSVRC", "Data", "CLS-LOC", "{split}"),
    ("Data", "CLS-LOC", "{split}"),
)
SOLUTION: Final = "LOC_val_solution.csv"
# names of splits as the Hub and its users write them
PIECE: Final = re.compile(r"(.+)-\d{4,}-of-\d{4,}(?:-[0-9a-f]+)?")
SPLITS: Final = ("train", "test", "validation", "valid", "val", "dev")


def list_sources(
    sources: Mapping[str, Source], root: Path, shards: Sequence[Path] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All images of all sources.

    Args:
        sources: by name.
        root: what their relative paths are relative to, such as `../..`: so listed paths of what
            lies in the project's folder hold for any checkout.
        shards: the tars of a rendered world that are to be searched.

    Returns:
        The tables `LISTED` and `REJECTED` (what shows without reading it that it can't be used:
        unreadable folders, names that are no text, damaged tars, names that stand twice), both
        sorted by id.

    Raises:
        UserError: if a source isn't there, is of another kind or holds no image.
    """
    listed = [list_shards(shards)] if shards else []
    rejected = [pl.DataFrame(schema=dict(REJECTED.columns))]
    for name, source in sources.items():
        if isinstance(source, World):  # it is listed by its shards
            continue
        place = root / source.path
        if not os.path.exists(place):  # noqa: PTH110 (which raises where a folder can't be read)
            raise UserError(f"The source {name} isn't at {place}; {_advice(source)}")
        if not (place.is_dir() or place.is_file()):
            raise UserError(f"The source {name} at {place} is neither a folder nor a file.")
        good, bad = _frames(name, LISTERS[source.kind](name, source, place))
        if good.is_empty():
            raise UserError(
                f"The source {name} ({source.kind}) at {place} holds no image{_why(place, bad)}."
            )
        listed.append(good.head(source.limit) if source.limit else good)
        rejected.append(bad)
    if not listed:
        raise UserError("Nothing is to be listed: name a source, or shards of a rendered world.")
    return pl.concat(listed).sort("image_id"), pl.concat(rejected).sort("image_id")


def parts_of(listed: pl.DataFrame, parts: int) -> list[pl.DataFrame]:
    """The listing cut into parts of nearly one size, in the order of ids."""
    edges = [len(listed) * part // parts for part in range(parts + 1)]
    return [listed.slice(start, stop - start) for start, stop in pairwise(edges)]


def _frames(name: str, rows: Iterable[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The images of a source, and what of it can't be used; no two have the same id."""
    good: list[tuple[str, str, str, str, int, int, str]] = []
    bad: list[tuple[str, str, str, str, str]] = []
    seen: dict[str, Row] = {}
    times = Counter[str]()
    for row in rows:
        image_id, fault = f"{name}/{_text(row.inner)}", row.fault
        path, member = _text(str(row.path)), _text(row.member)
        if not fault and not is_text(f"{row.path}{row.member}"):
            fault = "its name isn't UTF-8, as the names of images must be; rename it"
        if first := seen.get(image_id):
            fault = fault or (
                f"the name {member or image_id} stands twice in {path} (from bytes {first.offset:,}"
                f" and {row.offset:,} on); the first is taken"
            )
            times[image_id] += 1
            image_id += f"#{times[image_id] + 1}"
        seen.setdefault(image_id, row)
        if fault:
            bad.append((image_id, name, path, member, fault))
        else:
            good.append((image_id, name, path, member, row.offset, row.size, row.label))
    return (
        pl.DataFrame(good, schema=dict(LISTED.columns), orient="row").sort("image_id"),
        pl.DataFrame(bad, schema=dict(REJECTED.columns), orient="row").sort("image_id"),
    )


def _text(name: str) -> str:
    """A name as text; bytes that aren't UTF-8 as escapes."""
    return name.encode(errors="backslashreplace").decode().replace("\\udc", "\\x")


def _why(place: Path, rejected: pl.DataFrame) -> str:
    """Why a source holds no image, as far as that is known."""
    if len(rejected):
        row = rejected.row(0, named=True)
        more = f", and {len(rejected) - 1:,} more" if len(rejected) > 1 else ""
        return f" that can be used ({row['image_id']}: {row['reason']}{more})"
    if place.is_dir() and any(path.suffix in TABLES for path in place.rglob("*")):
        return "; it holds tables: is it of kind huggingface?"
    return ""


def _folder(name: str, source: Files, place: Path) -> Iterator[Row]:
    """All files under a folder, but for those whose suffix says that they are something else."""
    for found in _files(place):
        if found.path.suffix.lower() not in BESIDE or found.fault:
            yield found


def _imagenet(name: str, source: Files, place: Path) -> Iterator[Row]:
    """`train/<synset>/*`, `val/<synset>/*` or a flat `val`, also within Kaggle's tree."""
    split = source.split or "train"
    tries = [place.joinpath(*(part.format(split=split) for part in parts)) for parts in PLACES]
    folder = next((tried for tried in tries if tried.is_dir()), None)
    if folder is None:
        raise UserError(
            f"The source {name} at {place} is no ImageNet: it has no folder {split}, nor"
            f" ILSVRC/Data/CLS-LOC/{split}."
        )
    labels = _solution(place)
    for found in _files(folder):
        if found.path.suffix.lower() in BESIDE and not found.fault:
            continue
        inner = found.path.relative_to(folder)
        label = inner.parts[0] if len(inner.parts) > 1 else labels.get(found.path.stem, "")
        yield replace(found, inner=f"{split}/{found.inner}", label=label)


def _solution(place: Path) -> dict[str, str]:
    """Synsets of a flat validation folder, from Kaggle's table, if it lies there."""
    found = next(iter(sorted(place.rglob(SOLUTION))), None) if place.is_dir() else None
    if found is None:
        return {}
    columns = ["ImageId", "PredictionString"]
    try:
        rows = pl.read_csv(found, columns=columns, infer_schema=False, glob=False).iter_rows()
        return {image: said.split()[0] for image, said in rows if said and said.strip()}
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UserError(
            f"{found} has no columns {' and '.join(columns)} that can be read; put Kaggle's own"
            " table there, or take it away."
        ) from error


def _webdataset(name: str, source: Files, place: Path) -> Iterator[Row]:
    """The images in tars, by where their bytes lie; nothing is unpacked."""
    packed = list(_files(place)) if place.is_dir() else [Row(place.name, place)]
    if zipped := [row for row in packed if row.inner.endswith((".tar.gz", ".tgz", ".tar.zst"))]:
        raise UserError(
            f"{zipped[0].path} is compressed, so its images can't be read in place; unpack it to"
            " .tar."
        )
    yield from (row for row in packed if row.fault)
    tars = sorted(
        (row for row in packed if row.path.suffix.lower() == ".tar" and not row.fault),
        key=lambda row: row.path,
    )
    with track(f"list {name}", len(tars)) as advance:
        for tar in tars:
            for found in packed_images(tar.path):
                at = f"@{found.offset}" if found.offset > 0 else ""
                yield Row(
                    f"{tar.inner}/{found.name}" if found.name else f"{tar.inner}{at}",
                    tar.path,
                    found.size,
                    member=found.name,
                    offset=found.offset,
                    fault=found.fault,
                )
            advance("")


def _huggingface(name: str, source: Files, place: Path) -> Iterator[Row]:
    """The rows of datasets as they lie on disk.

    They are what `save_to_disk` wrote, with splits or without; a table in Parquet, Arrow or
    Feather; or a folder of these, as the Hub has it.
    """
    if place.is_file() and place.suffix.lower() not in TABLES:
        raise UserError(
            f"The source {name} at {place} is a file; name the folder that `save_to_disk` wrote, or"
            f" a table ({', '.join(TABLES)})."
        )
    tables = {"": [Row(place.name if place.is_file() else "", place)]}
    if place.is_dir() and not (place / STATE).is_file():
        tables = _saved_splits(place) or _tables_by_split(place)
    for table in _one_split(place, tables, source.split):
        rows, column = count_rows(table.path, source.column)
        width = len(str(rows))
        for row in range(rows):
            inner = f"{table.inner}/{row:0{width}}".lstrip("/")
            yield Row(inner, table.path, member=member_of(column, row))


def _saved_splits(place: Path) -> dict[str, list[Row]]:
    splits = sorted(p.name for p in place.iterdir() if (p / STATE).is_file())
    return {split: [Row(split, place / split)] for split in splits}


def _tables_by_split(place: Path) -> dict[str, list[Row]]:
    """The tables of a folder by the split that their names tell; empty, if they tell none."""
    splits: dict[str, list[Row]] = {}
    for found in _files(place):
        if found.path.suffix.lower() in TABLES:
            splits.setdefault(_split_of(found.path.relative_to(place)), []).append(found)
    if not splits:
        raise UserError(
            f"{place} can't be read as a dataset on disk: it holds neither what `save_to_disk`"
            f" writes nor tables ({', '.join(TABLES)})."
        )
    return splits


def _split_of(path: Path) -> str:
    """`train` of `data/train-00000-of-00002.parquet`, of `train/0000.parquet` or `train.parquet`.

    Before it stand the folders that name a part of the dataset, as in `birds/train`.
    """
    folders = [part for part in path.parts[:-1] if part != "data"]
    if numbered := PIECE.fullmatch(path.stem):
        folders.append(numbered[1])
    elif path.stem in SPLITS:
        folders.append(path.stem)
    return "/".join(folders)


def _one_split(place: Path, tables: Mapping[str, list[Row]], wanted: str) -> list[Row]:
    """The tables of the split that is asked for, or of the only one there is."""
    names = ", ".join(name or "one without a name" for name in sorted(tables))
    if wanted in tables:
        return tables[wanted]
    if wanted:
        raise UserError(f"{place} has no split {wanted!r}; it has {names}.")
    if len(tables) > 1:
        raise UserError(
            f"{place} has several splits ({names}); name one by `split` of the pool's source."
        )
    return next(iter(tables.values()))


def _files(folder: Path) -> Iterator[Row]:
    """Files under a folder with their sizes; links are followed, but not in circles.

    Hidden files, as systems leave them, are passed over. Pipes and devices, which may never end,
    and folders that can't be read are faults, and so are links into the system's own folders, where
    files are made up when they are looked for.
    """
    seen = set[tuple[int, int]]()
    unreadable: list[OSError] = []

    def of(path: Path, size: int = -1, fault: str = "") -> Row:
        return Row(path.relative_to(folder).as_posix(), path, size, fault=fault)

    for top, folders, files in os.walk(folder, onerror=unreadable.append, followlinks=True):
        here = Path(top)
        known = here.stat()
        if (known.st_dev, known.st_ino) in seen:
            folders.clear()
            continue
        seen.add((known.st_dev, known.st_ino))
        folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
        for inner in [inner for inner in folders if leaves_files(here / inner)]:
            folders.remove(inner)
            yield of(here / inner, fault="a link into a folder of the system; it isn't followed")
        for file in sorted(files):
            path = here / file
            if file.startswith("."):
                continue
            try:
                known = path.stat()
            except OSError as error:
                yield of(path, fault=f"can't be read: {error.strerror}")
                continue
            if stat.S_ISREG(known.st_mode):
                yield of(path, known.st_size)
            else:
                yield of(path, fault="no regular file but a pipe, a socket or a device")
    for lost in unreadable:
        yield of(Path(lost.filename), fault=f"the folder can't be read: {lost.strerror}")


def _advice(source: Files) -> str:
    if source.kind == "laion":
        return "`clipblind pool download` makes it from its metadata."
    if source.kind == "imagenet":
        return "get it from image-net.org, which wants an account, and put or link it there."
    return "put or link it there, or name another folder."


LISTERS: Final[dict[str, Any]] = {
    "folder": _folder,
    "imagenet": _imagenet,
    "webdataset": _webdataset,
    "huggingface": _huggingface,
    "laion": _webdataset,
}
