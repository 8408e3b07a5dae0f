"""`clipblind mine`: pairs that two encoders disagree on, from embeddings of people's own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from clipblind.commands.options import file_to_write
from clipblind.ground.errors import UserError

if TYPE_CHECKING:
    import polars as pl

    from clipblind.mining.capped import Capped
    from clipblind.mining.join import Search
    from clipblind.mining.plan import Method

METHODS: Final[dict[str, "Method | None"]] = {"auto": None, "cascade": "cascade", "dense": "dense"}
File = Annotated[
    Path,
    typer.Argument(
        help=".npy, .parquet, .arrow, .feather, or a folder of parts.", show_default=False
    ),
]


def mine(
    probe: File,
    reference: File,
    above: Annotated[float, typer.Option(help="A pair's cosine to the probe is greater.")] = 0.95,
    below: Annotated[float, typer.Option(help="Its cosine to the reference is smaller.")] = 0.6,
    out: Annotated[Path, file_to_write("--out", "-o", help=".parquet, .arrow or .csv.")] = Path(
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
    summary: Annotated[Path | None, file_to_write(help="Counts and stages, as JSON.")] = None,
) -> None:
    """Find all pairs that PROBE sees as one and REFERENCE as two, exactly.

    Both hold one row an image. Rows of tables go together by the column of texts or integers that
    both share, such as `image_id`, `filename` or `url`; rows of plain arrays by their place. The
    pairs come out as image_a, image_b, cos_probe and cos_reference; without ids, images are row
    numbers.
    """
    import polars as pl

    from clipblind.ground.files import write_text
    from clipblind.mining.capped import Capped
    from clipblind.mining.writing import WRITERS, check_apart, write_frames

    if out.suffix not in WRITERS:
        raise UserError(f"{out} can't be written: .parquet, .arrow or .csv is wanted.")
    if not -1 <= above <= 1 or not -1 <= below <= 2:
        raise UserError(
            f"--above {above:g} and --below {below:g} must be cosines, within -1 and 1;"
            " --below 2 lets every pair through."
        )
    for target in (out, *([summary] if summary else [])):
        check_apart(target, (probe, reference))
    if summary and summary.resolve() == out.resolve():
        raise UserError(f"--summary and --out are both {out}; name another file.")
    ready, ids, cores = _ready(probe, reference, above, below, normalise, threads, device, method)
    counts: dict[str, Any] = {"pairs": ready.pairs, "method": ready.method, "found": 0}
    if ids is not None:
        counts["matched_by"] = ids.name
        typer.echo(f"Rows are matched by {ids.name}.", err=True)
    capped = Capped(most_per_image) if most_per_image else None
    image = pl.UInt32 if ids is None else ids.dtype
    cosines = {"cos_probe": pl.Float64, "cos_reference": pl.Float64}
    schema = {"image_a": image, "image_b": image, **cosines}
    write_frames(_frames(ready, ids, cores, capped, counts), schema, out)
    if summary:
        write_text(summary, json.dumps(counts, indent=2) + "\n")
    kept = f"; {counts['kept']:,} are kept" if capped else ""
    typer.echo(f"{counts['found']:,} of {counts['pairs']:,} pairs are blind{kept}: {out}")


def _ready(
    probe: Path,
    reference: Path,
    above: float,
    below: float,
    normalise: bool,
    threads: int,
    device: str,
    method: str,
) -> "tuple[Search, pl.Series | None, int]":
    """The search, the images' ids and the cores to use."""
    from clipblind.mining.join import search
    from clipblind.mining.kernel import kernel_named
    from clipblind.mining.question import ask
    from clipblind.mining.reading import read_file
    from clipblind.mining.same_images import matched

    chosen, place = _chosen(method), _device(device)
    probes = read_file(probe, normalise=normalise)
    ids, rows = matched(probes, read_file(reference, normalise=normalise))
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = threads or here or 1
    question = ask(probes.rows, rows, above, below, kernel_named(), cores)
    return search(question, cores, chosen, device=place), ids, cores


def _frames(
    ready: "Search",
    ids: "pl.Series | None",
    threads: int,
    capped: "Capped | None",
    counts: dict[str, Any],
) -> "Iterator[pl.DataFrame]":
    """Pairs under the images' ids as they are found; counts are filled on the way."""
    from clipblind.ground.progress import track_amount
    from clipblind.mining.batch import NOTHING
    from clipblind.mining.join import frame_of

    stages = NOTHING
    with track_amount("pairs decided", ready.pairs) as advance:
        for hits in ready.run(threads):
            counts["found"] += len(hits)
            stages += hits.counts
            advance(hits.decided, f"{counts['found']:,} hits")
            if len(hits) and capped:
                capped.add(frame_of(hits))
            elif len(hits):
                yield _named(frame_of(hits), ids)
    counts["stages"] = vars(stages)
    if capped:
        kept = capped.kept()
        counts["kept"] = kept.height
        yield _named(kept, ids)


def _named(found: "pl.DataFrame", ids: "pl.Series | None") -> "pl.DataFrame":
    a, b = (found[side] if ids is None else ids.gather(found[side]) for side in ("i", "j"))
    return found.select(image_a=a, image_b=b, cos_probe="cos_probe", cos_reference="cos_reference")


def _chosen(method: str) -> "Method | None":
    if method not in METHODS:
        raise UserError(f"--method {method} is none of {', '.join(METHODS)}.")
    return METHODS[method]


def _device(name: str) -> str | None:
    """The device for a search; none: the processor, without importing torch."""
    if name == "cpu" or (name == "auto" and not Path("/dev/nvidiactl").exists()):
        return None
    if name not in ("auto", "cuda") and not name.startswith("cuda:"):
        raise UserError(f"--device {name} is none of auto, cpu, cuda.")
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else None
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise UserError(f"--device {name} is not here ({said}); use --device cpu.") from None
    return name
