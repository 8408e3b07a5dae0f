"""Writing pairs while they are found, so that memory doesn't grow with their number."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Full, Queue
from typing import Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from clipblind.ground.errors import UserError, cannot_write
from clipblind.ground.files import atomic_path

WRITERS: Final = {
    ".parquet": lambda lazy, path: lazy.sink_parquet(path, compression="zstd"),
    ".arrow": lambda lazy, path: lazy.sink_ipc(path),
    ".csv": lambda lazy, path: lazy.sink_csv(path),
}
WAITING: Final = 4  # frames between the search and the disk


def check_apart(target: Path, inputs: Iterable[Path]) -> None:
    """Refuse, before the work, to write over what is read.

    Raises:
        UserError: if the target is one of the inputs.
    """
    for path in map(Path.resolve, inputs):
        if path == target.resolve():
            raise UserError(f"{target} can't be written: it is read; name another --out.")


def write_frames(frames: Iterable[pl.DataFrame], schema: Mapping[str, Any], out: Path) -> None:
    """Write frames to one file as they come, atomically.

    Polars writes in a thread of its own, so that an interrupt reaches the search, not polars.

    Args:
        frames: of one schema.
        schema: of the file, also if no frame comes.
        out: `.parquet`, `.arrow` or `.csv`.

    Raises:
        UserError: if the system refuses to write.
    """
    waiting: Queue[pl.DataFrame | None] = Queue(WAITING)
    whole = False

    def handed(*_: object) -> Iterator[pl.DataFrame]:
        while (frame := waiting.get()) is not None:
            yield frame
        if not whole:
            raise InterruptedError

    def sink(partial: Path) -> None:
        WRITERS[out.suffix](register_io_source(handed, schema=dict(schema)), partial)

    with atomic_path(out) as partial, ThreadPoolExecutor(1) as pool:
        written = pool.submit(sink, partial)
        try:
            for frame in frames:
                if not _hand(frame, waiting, written):
                    break
            whole = True
        finally:
            _hand(None, waiting, written)
        try:
            written.result()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UserError(cannot_write(out, error)) from None


def _hand(
    frame: pl.DataFrame | None, waiting: Queue[pl.DataFrame | None], written: Future[None]
) -> bool:
    """Pass a frame on; false if the writer has given up."""
    while not written.done():
        try:
            waiting.put(frame, timeout=0.1)
            return True
        except Full:
            pass
    return False
