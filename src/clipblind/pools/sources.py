"""Which images a source holds: listed, not copied, and not decoded yet."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from clipblind.ground.errors import UserError
from clipblind.ground.progress import track
from clipblind.ground.tables.pool import LISTED
from clipblind.pools.corpus import saved_dataset
from clipblind.pools.tars import is_text, list_shards, members
from clipblind.study.settings.pool import Files, Source, World

Row = tuple[str, str, str, str, int, int, str]

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


def list_sources(
    sources: Mapping[str, Source], root: Path, shards: Sequence[Path] = ()
) -> pl.DataFrame:
    """All images of all sources.

    Args:
        sources: by name.
        root: what their relative paths are relative to, such as `../..`: so listed paths of what
            lies in the project's folder hold for any checkout.
        shards: the tars of a rendered world that are to be searched.

    Returns:
        The table `LISTED`, sorted by id.

    Raises:
        UserError: if a source isn't there, is of another kind or holds no image.
    """
    frames = [list_shards(shards)] if shards else []
    for name, source in sources.items():
        if isinstance(source, World):  # it is listed by its shards
            continue
        place = root / source.path
        if not place.exists():
            raise UserError(f"The source {name} isn't at {place}; {_advice(source)}")
        if not (place.is_dir() or place.is_file()):
            raise UserError(f"The source {name} at {place} is neither a folder nor a file.")
        frame = _frame(LISTERS[source.kind](name, source, place))
        if frame.is_empty():
            raise UserError(f"The source {name} ({source.kind}) at {place} holds no image.")
        frames.append(frame.head(source.limit) if source.limit else frame)
    if not frames:
        raise UserError("Nothing is to be listed: name a source, or shards of a rendered world.")
    return pl.concat(frames).sort("image_id")


def parts_of(listed: pl.DataFrame, parts: int) -> list[pl.DataFrame]:
    """The listing cut into parts of nearly one size, in the order of ids."""
    edges = [len(listed) * part // parts for part in range(parts + 1)]
    return [listed.slice(start, stop - start) for start, stop in pairwise(edges)]


def _frame(rows: Iterable[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(LISTED.columns), orient="row").sort("image_id")


def _folder(name: str, source: Files, place: Path) -> Iterator[Row]:
    """All files under a folder, but for those whose suffix says that they are something else."""
    for path, size in _files(place):
        if path.suffix.lower() not in BESIDE:
            yield _row(name, path.relative_to(place).as_posix(), path, size)


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
    for path, size in _files(folder):
        if path.suffix.lower() in BESIDE:
            continue
        inner = path.relative_to(folder)
        label = inner.parts[0] if len(inner.parts) > 1 else labels.get(path.stem, "")
        yield _row(name, f"{split}/{inner.as_posix()}", path, size, label=label)


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
    packed = [path for path, _ in _files(place)] if place.is_dir() else [place]
    if zipped := [path for path in packed if path.name.endswith((".tar.gz", ".tgz", ".tar.zst"))]:
        raise UserError(
            f"{zipped[0]} is compressed, so its images can't be read in place; unpack it to .tar."
        )
    tars = sorted(path for path in packed if path.suffix == ".tar")
    with track(f"list {name}", len(tars)) as advance:
        for path in tars:
            inner = path.relative_to(place).as_posix() if place.is_dir() else path.name
            for member in members(path):
                yield _row(
                    *(name, f"{inner}/{member.name}", path, member.size),
                    member=member.name,
                    offset=member.offset_data,
                )
            advance("")


def _huggingface(name: str, source: Files, place: Path) -> Iterator[Row]:
    """The rows of a dataset that `save_to_disk` wrote, or of one of its splits."""
    if not place.is_dir():
        raise UserError(
            f"The source {name} at {place} is a file; name the folder that `save_to_disk` wrote."
        )
    splits = sorted(p.name for p in place.iterdir() if (p / "state.json").is_file())
    folder = place
    if splits:
        chosen = source.split or splits[0]
        if chosen not in splits:
            raise UserError(f"{place} has no split {chosen!r}; it has {', '.join(splits)}.")
        folder = place / chosen
    try:
        dataset, _ = saved_dataset(str(folder))
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:120].rstrip(".")
        raise UserError(f"{folder} can't be read as a dataset on disk: {said}.") from error
    width = len(str(len(dataset)))
    for row in range(len(dataset)):
        inner = f"{folder.name}/{row:0{width}}" if splits else f"{row:0{width}}"
        yield _row(name, inner, folder, -1, member=str(row))


def _row(
    source: str,
    inner: str,
    path: Path,
    size: int,
    *,
    member: str = "",
    offset: int = -1,
    label: str = "",
) -> Row:
    return (f"{source}/{inner}", source, str(path), member, offset, size, label)


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Files under a folder with their sizes; links are followed, but not in circles.

    Hidden files, as systems leave them, are passed over, and so are names that aren't UTF-8, pipes
    and devices, which may never end.
    """
    seen = set[tuple[int, int]]()
    for here, folders, files in os.walk(folder, followlinks=True):
        known = Path(here).stat()
        if (known.st_dev, known.st_ino) in seen:
            folders.clear()
            continue
        seen.add((known.st_dev, known.st_ino))
        folders[:] = sorted(inner for inner in folders if not inner.startswith("."))
        for file in sorted(files):
            path = Path(here) / file
            if file.startswith(".") or not is_text(str(path)):
                continue
            try:
                known = path.stat()
                if stat.S_ISREG(known.st_mode):
                    yield path, known.st_size
            except OSError:
                yield path, -1  # a dead link: checking lists it among the rejected


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
