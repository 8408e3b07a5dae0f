"""Encoders: training the rendered world's own, and all the work of any."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import Field

from clipblind.commands.options import (
    Cfg,
    Folder,
    Shards,
    Weights,
    Workers,
    file_to_write,
    folder_to_write,
)
from clipblind.ground.files import scratch, write_text
from clipblind.study.provenance import code_of, loader_modules
from clipblind.study.settings.base import Model, Share
from clipblind.study.settings.benchmark import MmvpVlm, Statements
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.training import ClipRecipe, SimclrRecipe
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from clipblind.embedding.job import Ready
    from clipblind.matching.work import Rendered

app = typer.Typer(help=__doc__, no_args_is_help=True)

Paths = list[Path] | None
Name = Annotated[str, typer.Option(help="The encoder, as the study calls it.")]
Files = Annotated[Path | None, typer.Option("--folder", help="The encoder's files.")]
Devices = Annotated[
    Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
]
Threads = Annotated[int, typer.Option(min=1, help="Cores to use.")]
Trained = Annotated[
    Paths,
    typer.Option(
        "--model", help="Files of a trained encoder: saved work holds while they don't change."
    ),
]
Root = Annotated[Path, typer.Option(help="What paths of benchmarks start from.")]
Listed = Annotated[Paths, typer.Option(help="Images of a part, as listed; repeatable.")]
Checked = Annotated[Paths, typer.Option(help="Those that can be decoded, likewise.")]
Embeddings = Annotated[Path, folder_to_write(help="The folder for the parts' embeddings.")]
SomeScenes = Annotated[Paths, typer.Option("--scenes", help="Tables of scenes; repeatable.")]
SomeShards = Annotated[
    Paths, typer.Option("--shard", help="Tars of twins and held-out pictures; repeatable.")
]
Matches = Annotated[Path | None, file_to_write(help="File for matches; they want --scores.")]
Scores = Annotated[Path | None, file_to_write(help="File for the scores of matches.")]
Named = Annotated[Path | None, file_to_write(help="File for zero-shot verdicts; with --factors.")]
Factors = Annotated[Path | None, file_to_write(help="File for zero-shot accuracies.")]
Probes = Annotated[Path | None, file_to_write(help="File for accuracies of linear probes.")]


class ClipSlice(Model):
    seed: int
    train: ClipRecipe


class SimclrSlice(Model):
    seed: int
    train: SimclrRecipe


class WorkSlice(Model):
    """What an encoder is and has to do.

    Attributes:
        seed: of statements' wording.
        encoder: its entry.
        embedding: how images are embedded.
        prefix: what stands before each text.
        benchmark: what it is matched with, by name.
        policy: how often its training captions named each factor; empty: nobody knows.
        twin_pairs: of each pattern, in a rendered world.
    """

    seed: int = 0
    encoder: Encoder
    embedding: Embedding = Embedding()
    prefix: str = ""
    benchmark: dict[str, MmvpVlm | Statements] = Field(default_factory=dict)
    policy: dict[str, Share] = Field(default_factory=dict)
    twin_pairs: int = 0


@app.command()
def train_clip(
    cfg: Cfg,
    shard: Shards,
    captions: Annotated[Path, typer.Option(help="Captions of the pictures.")],
    out: Folder,
) -> None:
    """Train a CLIP on captioned pictures."""
    from clipblind.ground.tables.world import CAPTIONS
    from clipblind.models.training import train_into
    from clipblind.world.captions import vocabulary
    from clipblind.world.clip_training import train_clip as train
    from clipblind.world.pictures import Pictures

    slice_ = read_slice(ClipSlice, cfg)
    recipe = slice_.train
    table = CAPTIONS.read(captions).sort("image_id")[: recipe.images]
    images = Pictures(shard).stack(table["image_id"].to_list(), recipe.vision.image_size)
    said = table["caption"].to_list()
    train_this = partial(train, recipe, images, said, vocabulary(), seed=slice_.seed)
    code = code_of("encoder.train_clip")
    train_into(out, code, (cfg, captions, *shard), train_this)


@app.command()
def train_simclr(cfg: Cfg, shard: Shards, out: Folder) -> None:
    """Train a self-supervised reference encoder on pictures alone."""
    from clipblind.models.training import train_into
    from clipblind.world.pictures import Pictures
    from clipblind.world.simclr_training import train_simclr as train

    slice_ = read_slice(SimclrSlice, cfg)
    recipe = slice_.train
    pictures = Pictures(shard)
    ids = sorted(pictures)[: recipe.images]
    images = pictures.stack(ids, recipe.vision.image_size)
    train_into(
        out,
        code_of("encoder.train_simclr"),
        (cfg, *shard),
        partial(train, recipe, images, seed=slice_.seed),
    )


@app.command()
def work(
    cfg: Cfg,
    name: Name,
    folder: Files = None,
    devices: Devices = None,
    threads: Threads = 1,
    workers: Workers = 0,
    weights: Weights = "",
    model: Trained = None,
    root: Root = Path(),
    listed: Listed = None,
    checked: Checked = None,
    embeddings: Embeddings = Path(),
    scenes: SomeScenes = None,
    shard: SomeShards = None,
    matches: Matches = None,
    scores: Scores = None,
    named: Named = None,
    factors: Factors = None,
    probes: Probes = None,
) -> None:
    """Do all the work of one encoder: embed parts, match texts, name factors, fit probes.

    What a killed run had embedded is not embedded again.
    """
    from clipblind.embedding.job import make_ready

    slice_ = read_slice(WorkSlice, cfg)
    how = slice_.embedding.model_copy(update={"workers": workers or slice_.embedding.workers})
    ready = make_ready(name, slice_.encoder, how, folder, devices, threads)
    with ExitStack() as unfinished:
        embed = partial(_embed, unfinished, ready, slice_, (weights, *(model or [])))
        parts = [(embeddings, *part) for part in zip(listed or [], checked or [], strict=True)]
        searched = [_embed_part(embed, ready, slice_, *part) for part in parts]
        rendered = _rendered(embed, slice_, searched, scenes or [], shard or [])
        if matches and scores:
            _match(ready, slice_, root, rendered, matches, scores)
        if rendered and named and factors:
            _name(ready, slice_, rendered, named, factors)
        if rendered and probes:
            _probe(ready, rendered, probes)


Embed = Callable[..., tuple[list[str], "np.ndarray"]]


def _embed(
    unfinished: ExitStack,
    ready: "Ready",
    slice_: WorkSlice,
    stamps: Sequence[str | Path],
    part: str,
    files: Sequence[Path],
    listed: "pl.DataFrame",
    checked: "pl.DataFrame",
) -> tuple[list[str], "np.ndarray"]:
    """Embed some images; what is done is kept until all of the encoder's work is."""
    from clipblind.embedding.job import embed_listed

    name = ready.encoder.name
    code = code_of("encoder.work", *loader_modules(slice_.encoder))
    made_by = (slice_.encoder.model_dump_json(), slice_.embedding.model_dump_json(), *stamps)
    made = scratch(f"embed-{name}-{part}", code, *made_by, ready.precision, *files)
    work = unfinished.enter_context(made)
    return embed_listed(ready, listed, checked, work, f"embed {name} {part}")


def _embed_part(
    embed: Embed, ready: "Ready", slice_: WorkSlice, folder: Path, listed: Path, checked: Path
) -> tuple[list[str], "np.ndarray"]:
    """Embed a part of the pool, and write down how."""
    from clipblind.embedding.files import write_embeddings
    from clipblind.ground.tables.pool import CHECKED, LISTED

    part = listed.stem
    made = embed(part, (listed, checked), LISTED.read(listed), CHECKED.read(checked))
    write_embeddings(*made, folder / f"{part}.arrow")
    facts = {
        "encoder": ready.encoder.name,
        "source": slice_.encoder.source,
        "feature": ready.encoder.feature,
        "precision": ready.precision,
        "image_size": ready.encoder.image_size,
        "params_m": round(ready.encoder.params_m, 3),
    }
    write_text(folder / f"{part}.json", json.dumps(facts, indent=2) + "\n")
    return made


def _rendered(
    embed: Embed,
    slice_: WorkSlice,
    searched: "Sequence[tuple[list[str], np.ndarray]]",
    scenes: list[Path],
    shards: list[Path],
) -> "Rendered | None":
    """Scenes and what the encoder makes of them; none without a rendered world."""
    from clipblind.ground.tables.world import SCENES
    from clipblind.matching.work import Rendered
    from clipblind.pools.tars import list_shards

    if not scenes:
        return None
    embedded = list(searched)
    if shards:
        listed = list_shards(shards)
        embedded.append(embed("shown", shards, listed, listed))
    # copies: what is read from a file may not be written to, which torch warns of
    vectors = {i: row.copy() for made in embedded for i, row in zip(*made, strict=True)}
    return Rendered(SCENES.read_all(scenes), vectors, slice_.twin_pairs)


def _match(
    ready: "Ready",
    slice_: WorkSlice,
    root: Path,
    rendered: "Rendered | None",
    matches: Path,
    scores: Path,
) -> None:
    from clipblind.ground.tables.matching import MATCH_SCORES, MATCHES
    from clipblind.matching.work import match_benchmarks

    matched, scored = match_benchmarks(
        ready.encoder,
        slice_.benchmark,
        prefix=slice_.prefix,
        seed=slice_.seed,
        root=root,
        rendered=rendered,
    )
    MATCHES.write(matched, matches)
    MATCH_SCORES.write(scored, scores)


def _name(
    ready: "Ready", slice_: WorkSlice, rendered: "Rendered", named: Path, factors: Path
) -> None:
    from clipblind.ground.tables.matching import NAMED, ZERO_SHOT
    from clipblind.matching.work import name_heldout

    verdicts, accuracies = name_heldout(
        ready.encoder, rendered, slice_.policy, prefix=slice_.prefix, seed=slice_.seed
    )
    NAMED.write(verdicts, named)
    ZERO_SHOT.write(accuracies, factors)


def _probe(ready: "Ready", rendered: "Rendered", probes: Path) -> None:
    """Fitted on the searched pictures, tested on the held-out ones."""
    from clipblind.controls.probes import probe_factors
    from clipblind.ground.tables.controls import PROBES

    table = probe_factors(ready.encoder.name, rendered.scenes, rendered.vectors)
    PROBES.write(table, probes)
