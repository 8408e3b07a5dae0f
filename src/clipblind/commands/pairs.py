"""Blind pairs: mining candidates, and choosing the benchmark's pairs among them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, Scenes
from clipblind.config import read_slice
from clipblind.errors import UserError
from clipblind.recipes import Model
from clipblind.settings import Selection, Thresholds

app = typer.Typer(help=__doc__, no_args_is_help=True)


class MineSlice(Model):
    mining: Thresholds


class SelectSlice(Model):
    seed: int
    selection: Selection


@app.command()
def mine(
    cfg: Cfg,
    probe: Annotated[list[Path], typer.Option(help="The probe's embeddings; repeatable.")],
    reference: Annotated[list[Path], typer.Option(help="The reference's; repeatable.")],
    out: Out,
    summary: Annotated[Path, typer.Option(help="Thresholds and counts, as JSON.")],
) -> None:
    """Find every pair that the probe sees as one image and the reference as two."""
    from clipblind.embeddings import read_embeddings
    from clipblind.files import write_text
    from clipblind.mining.candidates import mine_candidates
    from clipblind.tables import PAIRS

    mining = read_slice(MineSlice, cfg).mining
    ids, probe_rows = read_embeddings(probe)
    reference_ids, reference_rows = read_embeddings(reference)
    if ids != reference_ids:
        raise UserError(
            f"{mining.probe} and {mining.reference} embed different images; embed the pool anew."
        )
    pairs, counts = mine_candidates(ids, probe_rows, reference_rows, mining)
    PAIRS.write(pairs, out)
    write_text(summary, json.dumps(counts, indent=2) + "\n")


@app.command()
def select(
    cfg: Cfg,
    pairs: Annotated[Path, typer.Option(help="Candidates.")],
    scenes: Scenes,
    out: Out,
    summary: Annotated[Path, typer.Option(help="How many candidates met which fate, as JSON.")],
) -> None:
    """Choose the benchmark's pairs among the candidates."""
    from clipblind.files import write_text
    from clipblind.mining.selection import select_pairs
    from clipblind.tables import PAIRS, SCENES

    slice_ = read_slice(SelectSlice, cfg)
    backgrounds = dict(SCENES.read_all(scenes).select("image_id", "background").iter_rows())
    chosen, fates = select_pairs(PAIRS.read(pairs), backgrounds, slice_.selection, slice_.seed)
    PAIRS.write(chosen, out)
    write_text(summary, json.dumps(fates, indent=2) + "\n")
