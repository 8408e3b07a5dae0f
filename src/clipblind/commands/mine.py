"""`clipblind mine`: pairs that two encoders disagree on, from embeddings of people's own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clipblind.errors import UserError

if TYPE_CHECKING:
    import polars as pl

    from clipblind.mining.join import Search
    from clipblind.mining.plan import Method

METHODS: Final[dict[str, "Method | None"]] = {"auto": None, "cascade": "cascade", "dense": "dense"}
File = Annotated[Path, typer.Argument(help=".npy, .parquet or .arrow.", show_default=False)]


def mine(
    probe: File,
    reference: File,
    above: Annotated[float, typer.Option(help="Least cosine to the probe, exclusive.")] = 0.95,
    below: Annotated[float, typer.Option(help="Greatest to the reference, exclusive.")] = 0.6,
    out: Annotated[Path, typer.Option("--out", "-o", help=".parquet, .arrow or .csv.")] = Path(
        "pairs.parquet"
    ),
    normalise: Annotated[bool, typer.Option(help="Divide rows by their norms.")] = False,
    threads: Annotated[int, typer.Option(min=0, help="Cores to use; 0: all.")] = 0,
    device: Annotated[
        str, typer.Option(help="auto (a GPU if there is one), cpu or cuda.")
    ] = "auto",
    method: Annotated[
        str, typer.Option(help="auto (what a sample says is cheaper), cascade or dense.")
    ] = "auto",
    most_per_image: Annotated[
        int,
        typer.Option(
            min=0,
            help="Keep at most so many pairs of an image, those least alike to the reference:"
            " ENDS EXACTNESS. 0: keep all.",
        ),
    ] = 0,
    summary: Annotated[Path | None, typer.Option(help="Counts and stages, as JSON.")] = None,
) -> None:
    """Find all pairs that PROBE sees as one and REFERENCE as two, exactly.

    Both files hold one row an image, in the same order or with ids in a column `image_id`. The
    pairs come out as image_a, image_b, cos_probe and cos_reference; without ids, images are row
    numbers.
    """
    from clipblind.mining.join import search
    from clipblind.mining.kernel import kernel_named
    from clipblind.mining.question import ask
    from clipblind.mining.reading import matched, read_file

    if out.suffix not in (".parquet", ".arrow", ".csv"):
        raise UserError(f"{out} can't be written: .parquet, .arrow or .csv is wanted.")
    if not -1 <= above <= 1 or not -1 <= below <= 2:
        raise UserError(
            f"--above {above:g} and --below {below:g} must be cosines, within -1 and 1."
        )
    probes = read_file(probe, normalise=normalise)
    ids, rows = matched(probes, read_file(reference, normalise=normalise))
    question = ask(probes.rows, rows, above, below, kernel_named())
    cores = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    ready = search(question, cores, _chosen(method), device=_device(device))
    counts = _write(ready, ids, cores, out, most_per_image)
    if summary:
        from clipblind.files import write_text

        write_text(summary, json.dumps(counts, indent=2) + "\n")
    typer.echo(
        f"{counts['found']:,} of {counts['pairs']:,} pairs are blind"
        f" ({counts['alike']:,} alike to the probe): {out}"
    )


def _chosen(method: str) -> "Method | None":
    if method not in METHODS:
        raise UserError(f"--method {method} is none of {', '.join(METHODS)}.")
    return METHODS[method]


def _device(name: str) -> str | None:
    """The device for a search; none: the processor, without importing torch."""
    if name == "cpu" or (name == "auto" and not Path("/dev/nvidiactl").exists()):
        return None
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else None
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise UserError(f"--device {name} is not here ({said}); use --device cpu.") from None
    return name


def _write(
    ready: "Search", ids: "pl.Series | None", threads: int, out: Path, most: int
) -> dict[str, Any]:
    """Stream the pairs to a file as they are found."""
    import polars as pl
    from polars.io.plugins import register_io_source

    from clipblind.files import atomic_path
    from clipblind.mining.batch import NOTHING
    from clipblind.mining.capped import Capped
    from clipblind.mining.join import frame_of
    from clipblind.progress import track_amount

    image = pl.UInt32 if ids is None else ids.dtype
    schema = {"image_a": image, "image_b": image, "cos_probe": pl.Float64,
              "cos_reference": pl.Float64}  # fmt: skip
    counts: dict[str, Any] = {"pairs": ready.pairs, "alike": 0, "found": 0, "method": ready.method}
    stages = NOTHING
    capped = Capped(most) if most else None

    def named(found: "pl.DataFrame") -> "pl.DataFrame":
        a, b = (found[side] if ids is None else ids.gather(found[side]) for side in ("i", "j"))
        columns = [a.alias("image_a"), b.alias("image_b"), found["cos_probe"]]
        return pl.DataFrame([*columns, found["cos_reference"]])

    def frames(*_: object) -> Iterator["pl.DataFrame"]:
        nonlocal stages
        with track_amount("pairs decided", ready.pairs) as advance:
            for hits in ready.run(threads):
                counts["alike"] += hits.alike
                counts["found"] += len(hits)
                stages += hits.counts
                advance(hits.decided, f"{counts['found']:,} hits")
                if len(hits) and capped:
                    capped.add(frame_of(hits))
                elif len(hits):
                    yield named(frame_of(hits))
        if capped:
            kept = capped.kept()
            counts["found_before_cap"], counts["found"] = counts["found"], kept.height
            yield named(kept)

    with atomic_path(out) as partial:
        lazy = register_io_source(frames, schema=schema)
        if out.suffix == ".parquet":
            lazy.sink_parquet(partial, compression="zstd")
        elif out.suffix == ".arrow":
            lazy.sink_ipc(partial)
        else:
            lazy.sink_csv(partial)
    return counts | {"stages": vars(stages)}
