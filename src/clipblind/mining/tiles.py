"""Cutting a search into independent tiles, so that many machines can do it.

A plan writes the search down once: its index (clusters must not be made anew on another machine,
whose rounding may differ) and a manifest of tiles, each a range of the plan's units (clusters, or
blocks of rows), joined with themselves and with all later ones. So every pair belongs to exactly
one tile, whatever the tiling. Each tile reports what it decided, and the gathering checks all
reports against the manifest.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from clipblind.ground.errors import UserError
from clipblind.ground.files import atomic_path, write_text
from clipblind.ground.tables.table import read_frame
from clipblind.mining.candidates import frame_of_kinds
from clipblind.mining.cascade import Cascade, decided_by
from clipblind.mining.dense import block_count, blocks_of, pairs_of_block
from clipblind.mining.floods import Groups
from clipblind.mining.index import restored
from clipblind.mining.join import FOUND, Search
from clipblind.mining.kernel import kernel_named
from clipblind.mining.manifest import Manifest, Report, Tile, fingerprint, read_json
from clipblind.mining.question import Question, ask
from clipblind.mining.sketch import Sketch


def write_plan(
    search: Search, count: int, kinds: dict[str, tuple[float, float]], index: Path, manifest: Path
) -> Manifest:
    """Write a search's index and cut it into tiles of about equal cost.

    Args:
        search: what is cut.
        count: of tiles; those that nothing is left for are empty.
        kinds: thresholds of each kind of pair that tiles keep.
        index: the `.safetensors` file to write; empty if the search has no index.
        manifest: the `.json` file to write.
    """
    question = search.question
    plan = Manifest(
        method=search.method,
        rows=len(question.probe),
        above=question.above,
        below=question.below,
        embeddings=fingerprint(question),
        kinds=kinds,
        tiles=_cut(search, count),
    )
    with atomic_path(index) as partial:
        arrays = _arrays(search.cascade) if search.cascade else {}
        save_file(arrays, partial, {"plan": plan.digest})
    write_text(manifest, plan.model_dump_json(indent=1) + "\n")
    return plan


def read_search(question: Question, manifest: Manifest, index: Path) -> Search:
    """The search that a plan wrote down, for one of its tiles.

    Raises:
        UserError: if the embeddings are not those of the plan, or the index can't be read.
    """
    if fingerprint(question) != manifest.embeddings:
        raise UserError(f"{index} was planned for other embeddings; plan again.")
    try:
        with safe_open(index, "numpy") as opened:
            if opened.metadata().get("plan") != manifest.digest:
                raise UserError(f"{index} is not that of its manifest; plan again.")
            arrays = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"{index} can't be read ({error}); plan again.") from error
    return Search(question, None, _restored(question, arrays) if arrays else None)


def run_tile(
    rows: tuple[np.ndarray, np.ndarray],
    manifest: Path,
    index: Path,
    number: int,
    out: Path,
    report: Path,
    threads: int = 1,
) -> None:
    """Do one tile: write its pairs, columns of `FOUND`, and what it decided.

    Args:
        rows: the probe's and the reference's embeddings.
        manifest: of the plan.
        index: of the plan.
        number: which tile.
        out: the Parquet file to write.
        report: the JSON file to write.
        threads: to use.

    Raises:
        UserError: if there is no such tile, or the plan is of other embeddings.
    """
    plan = read_json(Manifest, manifest)
    if number >= len(plan.tiles):
        raise UserError(f"{manifest} has {len(plan.tiles)} tiles, no tile {number}.")
    tile = plan.tiles[number]
    question = ask(*rows, plan.above, plan.below, kernel_named(), threads)
    search = read_search(question, plan, index)
    found, decided = [pl.DataFrame(schema=FOUND)], 0
    for hits in search.run(threads, (tile.first, tile.stop)):
        found.append(frame_of_kinds(hits, plan.kinds))
        decided += hits.decided
    frame = pl.concat(found)
    with atomic_path(out) as partial:
        frame.write_parquet(partial, compression="zstd")
    said = Report(tile=number, plan=plan.digest, decided=decided, found=frame.height)
    write_text(report, said.model_dump_json() + "\n")


def gather(manifest: Manifest, tiles: Sequence[Path], reports: Sequence[Path]) -> pl.DataFrame:
    """Join the tiles' tables, after checking that together they decided every pair once.

    Args:
        manifest: of the plan.
        tiles: the tables, columns of `FOUND`, in the manifest's order.
        reports: in the same order.

    Raises:
        UserError: if a tile is missing, cut short, or did not do what the manifest says.
    """
    found = [pl.DataFrame(schema=FOUND)]
    if len(tiles) != len(manifest.tiles):
        raise UserError(f"The manifest has {len(manifest.tiles)} tiles, not {len(tiles)}.")
    for tile, table, said in zip(manifest.tiles, tiles, reports, strict=True):
        report, frame = read_json(Report, said), read_frame(table)
        if report.plan != manifest.digest:
            raise UserError(f"{said} is of another plan: delete it and run that tile again.")
        if (report.tile, report.decided) != (tile.tile, tile.pairs):
            raise UserError(
                f"{said} tells of tile {report.tile} and {report.decided} pairs; the manifest has"
                f" {tile.pairs} pairs in tile {tile.tile}: delete it and run that tile again."
            )
        if frame.height != report.found or dict(frame.schema) != FOUND:
            raise UserError(
                f"{table} holds {frame.height} pairs, but its tile found {report.found}:"
                " delete it and run that tile again."
            )
        found.append(frame)
    rows = manifest.rows
    decided = sum(tile.pairs for tile in manifest.tiles)
    if decided != rows * (rows - 1) // 2:
        raise UserError(f"The manifest's tiles decide {decided} pairs of {rows} rows; plan again.")
    return pl.concat(found).sort("i", "j")


def _cut(search: Search, count: int) -> list[Tile]:
    costs, pairs = _units(search)
    before = np.concatenate([[0], np.cumsum(costs)])
    whole = before[-1] or 1
    edges = np.searchsorted(before, whole * np.arange(count + 1) / count)
    edges = np.minimum(edges, len(costs))  # of nothing, every share is beyond the end
    edges[0], edges[-1] = 0, len(costs)
    return [
        Tile(
            tile=number,
            first=int(edges[number]),
            stop=int(edges[number + 1]),
            pairs=int(pairs[edges[number] : edges[number + 1]].sum()),
            cost=round(float(before[edges[number + 1]] - before[edges[number]]) / whole, 6),
        )
        for number in range(count)
    ]


def _units(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """What each unit is expected to cost, and how many pairs it decides."""
    if search.cascade is None:
        rows = len(search.question.probe)
        pairs = np.array(
            [sum(pairs_of_block(*p) for p in blocks_of(rows, b)) for b in range(block_count(rows))],
            np.int64,
        )
        return pairs.astype(np.float64), pairs
    index, weights = search.cascade.index, search.cascade.weights()
    span = range(index.clusters)
    pairs = np.array([decided_by(weights, unit, unit + 1) for unit in span], np.int64)
    return np.array([index.rows_met(unit) for unit in span], np.float64), pairs


def _arrays(cascade: Cascade) -> dict[str, np.ndarray]:
    index, groups = cascade.index, cascade.groups
    arrays = {
        "origin": index.origin,
        "start": index.start,
        "centres": index.centres,
        "maxima": index.maxima,
        "tau": np.array([index.tau]),
        "groups.of": groups.of,
        "groups.start": groups.start,
        "groups.members": groups.members,
        "groups.probe_radius": groups.probe_radius,
        "groups.reference_radius": groups.reference_radius,
    }
    sketches = {"prefix": index.prefix, "middle": index.middle, "whole": index.whole}
    for name, sketch in sketches.items():
        if sketch:
            arrays |= {
                f"{name}.q": sketch.q,
                f"{name}.norm": sketch.norm,
                f"{name}.error": sketch.error,
                f"{name}.scale": np.array([sketch.scale]),
            }
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _restored(question: Question, arrays: dict[str, np.ndarray]) -> Cascade:
    def sketch(name: str) -> Sketch:
        q, norm, error, scale = (arrays[f"{name}.{of}"] for of in ("q", "norm", "error", "scale"))
        return Sketch(q, norm, error, float(scale[0]))

    fields = ("of", "start", "members", "probe_radius", "reference_radius")
    groups = Groups(*(arrays[f"groups.{field}"] for field in fields))
    index = restored(
        prefix=sketch("prefix"),
        middle=sketch("middle") if "middle.q" in arrays else None,
        whole=sketch("whole"),
        centres=arrays["centres"],
        start=arrays["start"],
        origin=arrays["origin"],
        maxima=arrays["maxima"],
        tau=float(arrays["tau"][0]),
    )
    return Cascade(question, index, groups)
