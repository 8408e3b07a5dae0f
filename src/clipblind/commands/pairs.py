"""Blind pairs: mining candidates, and choosing the benchmark's pairs among them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.mining import Selection, Thresholds
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

app = typer.Typer(help=__doc__, no_args_is_help=True)


class MineSlice(Model):
    mining: Thresholds


class SelectSlice(Model):
    seed: int
    selection: Selection


Probe = Annotated[list[Path], typer.Option(help="The probe's embeddings; repeatable.")]
Reference = Annotated[list[Path], typer.Option(help="The reference's; repeatable.")]
Threads = Annotated[int, typer.Option(min=1, help="Cores to use; they don't change the result.")]
Index = Annotated[Path, typer.Option(help="The search as the plan wrote it down.")]
ManifestPath = Annotated[Path, typer.Option("--manifest", help="How the search is cut.")]
SummaryPath = Annotated[Path, typer.Option("--summary", help="Thresholds and counts, as JSON.")]


@app.command()
def mine(
    cfg: Cfg,
    probe: Probe,
    reference: Reference,
    out: Out,
    summary: SummaryPath,
    threads: Threads = 1,
) -> None:
    """Find every pair that the probe sees as one image and the reference as two."""
    from clipblind.mining.candidates import mine_candidates

    mining = read_slice(MineSlice, cfg).mining
    found = mine_candidates(*_embeddings(probe, reference, mining), mining, threads)
    _write_candidates(*found, out, summary)


@app.command("plan")
def plan_tiles(
    cfg: Cfg,
    probe: Probe,
    reference: Reference,
    tiles: Annotated[int, typer.Option(min=1, help="How many.")],
    index: Index,
    manifest: ManifestPath,
    threads: Threads = 1,
) -> None:
    """Cut the search into tiles that any machine can do."""
    from clipblind.mining.candidates import kinds_of, question_of
    from clipblind.mining.join import search
    from clipblind.mining.tiles import write_plan

    mining = read_slice(MineSlice, cfg).mining
    _, probe_rows, reference_rows = _embeddings(probe, reference, mining)
    kinds = kinds_of(probe_rows, reference_rows, mining)
    ready = search(question_of(probe_rows, reference_rows, kinds, threads), threads)
    write_plan(ready, tiles, dict(kinds), index, manifest)


@app.command()
def tile(
    probe: Probe,
    reference: Reference,
    index: Index,
    manifest: ManifestPath,
    number: Annotated[int, typer.Option("--tile", min=0, help="Which tile.")],
    out: Out,
    report: Annotated[Path, typer.Option(help="What it decided, as JSON.")],
    threads: Threads = 1,
) -> None:
    """Do one tile of a search."""
    from clipblind.mining.tiles import run_tile

    run_tile(_rows(probe, reference), manifest, index, number, out, report, threads)


@app.command("gather")
def gather_tiles(
    cfg: Cfg,
    probe: Probe,
    manifest: ManifestPath,
    tiles: Annotated[list[Path], typer.Option("--table", help="Tables; repeatable, in order.")],
    reports: Annotated[list[Path], typer.Option("--report", help="Reports; likewise.")],
    out: Out,
    summary: SummaryPath,
) -> None:
    """Join the tiles, after checking that together they decided every pair once."""
    from clipblind.embedding.files import read_embeddings
    from clipblind.mining.candidates import name_candidates
    from clipblind.mining.manifest import Manifest, read_json
    from clipblind.mining.tiles import gather

    plan = read_json(Manifest, manifest)
    found = gather(plan, tiles, reports)
    ids, _ = read_embeddings(probe)
    named = name_candidates(found, ids, read_slice(MineSlice, cfg).mining, plan.kinds)
    _write_candidates(*named, out, summary)


def _embeddings(
    probe: list[Path], reference: list[Path], mining: Thresholds
) -> tuple[list[str], "np.ndarray", "np.ndarray"]:
    from clipblind.embedding.files import read_embeddings

    ids, probe_rows = read_embeddings(probe)
    reference_ids, reference_rows = read_embeddings(reference)
    if ids != reference_ids:
        raise UserError(
            f"{mining.probe} and {mining.reference} embed different images; embed the pool anew."
        )
    return ids, probe_rows, reference_rows


def _rows(probe: list[Path], reference: list[Path]) -> tuple["np.ndarray", "np.ndarray"]:
    from clipblind.embedding.files import read_embeddings

    return read_embeddings(probe)[1], read_embeddings(reference)[1]


def _write_candidates(
    pairs: "pl.DataFrame", counts: dict[str, Any], out: Path, summary: Path
) -> None:
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.pairs import PAIRS

    PAIRS.write(pairs, out)
    write_text(summary, json.dumps(counts, indent=2) + "\n")


@app.command()
def select(
    cfg: Cfg,
    pairs: Annotated[Path, typer.Option(help="Candidates.")],
    out: Out,
    summary: Annotated[Path, typer.Option(help="How many candidates met which fate, as JSON.")],
    scenes: Annotated[
        list[Path] | None, typer.Option(help="Scenes, whose backgrounds are capped; repeatable.")
    ] = None,
    duplicates: Annotated[
        Path | None, typer.Option(help="Images that repeat another, which are passed over.")
    ] = None,
) -> None:
    """Choose the benchmark's pairs among the candidates."""
    from clipblind.ground.files import write_text
    from clipblind.ground.tables.pairs import PAIRS
    from clipblind.ground.tables.pool import DUPLICATES
    from clipblind.ground.tables.world import SCENES
    from clipblind.mining.selection import select_pairs

    slice_ = read_slice(SelectSlice, cfg)
    backgrounds: dict[str, str] = {}
    if scenes:
        table = SCENES.read_all(scenes)
        backgrounds = dict(table.select("image_id", "background").iter_rows())
    repeating = set(DUPLICATES.read(duplicates)["image_id"]) if duplicates else set()
    chosen, fates = select_pairs(
        PAIRS.read(pairs), backgrounds, slice_.selection, slice_.seed, repeating
    )
    PAIRS.write(chosen, out)
    write_text(summary, json.dumps(fates, indent=2) + "\n")


@app.command()
def pictures(
    listed: Annotated[list[Path], typer.Option(help="Listed images; repeatable.")],
    pairs: Annotated[Path, typer.Option(help="The chosen pairs.")],
    out: Out,
) -> None:
    """Pack small copies of the chosen pairs' pictures, so that figures need no corpus."""
    from clipblind.ground.tables.pairs import PAIRS
    from clipblind.ground.tables.pool import LISTED
    from clipblind.ground.tables.world import SHARD
    from clipblind.pools.thumbnails import thumbnails

    SHARD.write(thumbnails(LISTED.read_all(listed), PAIRS.read(pairs)), out)
