"""The VLM study: images matched with statements, zero-shot accuracy, the paper's figures."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, Scenes, Weights, Workers
from clipblind.study.settings.base import Model, Share
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.training import ClipRecipe
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The encoder, as the study calls it.")]
Files = Annotated[Path | None, typer.Option("--folder", help="The encoder's files.")]
Devices = Annotated[
    Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
]
Threads = Annotated[int, typer.Option(min=1, help="Cores to use.")]
Named = Annotated[list[Path], typer.Option(help="Zero-shot verdicts of an encoder; repeatable.")]


class StudySlice(Model):
    seed: int
    encoder: Encoder
    policy: dict[str, Share]
    prefix: str
    twin_pairs: int


class VariantsSlice(Model):
    seed: int
    encoders: tuple[str, ...]
    recipes: dict[str, ClipRecipe | None]
    probe: str
    encoder_images: int
    often_named: tuple[str, ...]


class CompareSlice(Model):
    probe: str


class OfficialSlice(Model):
    prefix: str
    digest: str
    encoder: Encoder


class AgainstSlice(Model):
    rows: dict[str, str]


class ImagenetSlice(Model):
    templates: str
    encoder: Encoder
    embedding: Embedding


@app.command()
def study(
    cfg: Cfg,
    name: Name,
    scenes: Scenes,
    embeddings: Annotated[list[Path], typer.Option(help="Its embeddings; repeatable.")],
    pairs: Annotated[Path, typer.Option(help="File for the matches of the twins.")],
    scores: Annotated[Path, typer.Option(help="File for their scores.")],
    named: Annotated[Path, typer.Option(help="File for zero-shot verdicts by picture.")],
    factors: Annotated[Path, typer.Option(help="File for the zero-shot accuracies.")],
) -> None:
    """Test one encoder: match the twins' images and statements, name single factors."""
    import polars as pl

    from clipblind.embedding.files import read_embeddings
    from clipblind.encoders import load_encoder
    from clipblind.ground.errors import UserError
    from clipblind.ground.tables.matching import NAMED, MATCHES, MATCH_SCORES, ZERO_SHOT
    from clipblind.ground.tables.world import SCENES
    from clipblind.matching.scores import score_matches
    from clipblind.matching.twins import match_twins
    from clipblind.matching.zero_shot import name_factors, zero_shot
    from clipblind.world.scenes import scene_of, twin_pairs

    slice_ = read_slice(StudySlice, cfg)
    table = SCENES.read_all(scenes)
    known = {row["image_id"]: scene_of(row) for row in table.iter_rows(named=True)}
    vectors = dict(zip(*read_embeddings(embeddings), strict=True))
    encoder = load_encoder(name, slice_.encoder)
    if encoder.embed_texts is None:
        raise UserError(f"The encoder {name} has no text tower to match statements with.")
    twins = twin_pairs(table, slice_.twin_pairs)
    prefix, seed = slice_.prefix, slice_.seed
    matches = match_twins(encoder, twins, known, vectors, prefix=prefix, seed=seed)
    MATCHES.write(matches, pairs)
    MATCH_SCORES.write(score_matches(name, encoder.image_size, encoder.params_m, matches), scores)
    heldout = table.filter(pl.col("split") == "heldout")["image_id"]
    shown = {i: known[i] for i in heldout}
    verdicts = name_factors(encoder, shown, vectors, prefix=prefix, seed=seed)
    NAMED.write(verdicts, named)
    ZERO_SHOT.write(zero_shot(name, verdicts, slice_.policy), factors)


@app.command()
def variants(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores of all encoders.")],
    named: Named,
    out: Out,
) -> None:
    """List the CLIP variants: what each changes, and how well it names what is named often."""
    from clipblind.ground.tables.matching import NAMED, VARIANTS, MATCH_SCORES
    from clipblind.matching.variants import describe_variants

    slice_ = read_slice(VariantsSlice, cfg)
    table = describe_variants(
        {name: slice_.recipes[name] for name in slice_.encoders},
        slice_.probe,
        slice_.encoder_images,
        MATCH_SCORES.read(scores),
        {path.parent.name: NAMED.read(path) for path in named},
        slice_.often_named,
        slice_.seed,
    )
    VARIANTS.write(table, out)


@app.command()
def compare(
    cfg: Cfg,
    pairs: Annotated[list[Path], typer.Option(help="Matches of one encoder; repeatable.")],
    named: Named,
    out: Out,
) -> None:
    """Compare every encoder with the probe over the same twins and held-out pictures."""
    from clipblind.ground.tables.matching import NAMED, MATCH_PAIRED, MATCHES
    from clipblind.matching.paired import compare_encoders

    slice_ = read_slice(CompareSlice, cfg)
    matches = {path.parent.name: MATCHES.read(path) for path in pairs}
    verdicts = {path.parent.name: NAMED.read(path) for path in named}
    baseline = slice_.probe if slice_.probe in matches else next(iter(matches))
    MATCH_PAIRED.write(compare_encoders(matches, verdicts, baseline), out)


@app.command()
def official(
    cfg: Cfg,
    name: Name,
    benchmark: Annotated[Path, typer.Option(help="MMVP-VLM's folder, as published.")],
    pairs: Annotated[Path, typer.Option(help="File for the matches of its pairs.")],
    scores: Annotated[Path, typer.Option(help="File for their scores.")],
    folder: Files = None,
    devices: Devices = None,
    threads: Threads = 1,
) -> None:
    """Test one encoder on MMVP-VLM as published: the official score, and the other direction."""
    from clipblind.embedding.job import make_ready
    from clipblind.ground.tables.matching import MATCHES, MATCH_SCORES
    from clipblind.matching.official import match_pairs, read_mmvp_vlm
    from clipblind.matching.scores import score_matches

    slice_ = read_slice(OfficialSlice, cfg)
    items = read_mmvp_vlm(benchmark, digest=slice_.digest)
    encoder = make_ready(name, slice_.encoder, Embedding(), folder, devices, threads).encoder
    matches = match_pairs(encoder, items, prefix=slice_.prefix)
    MATCHES.write(matches, pairs)
    MATCH_SCORES.write(score_matches(name, encoder.image_size, encoder.params_m, matches), scores)


@app.command()
def against_paper(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores of all encoders.")],
    out: Out,
) -> None:
    """Set the encoders' official scores on MMVP-VLM beside the paper's Table 1."""
    from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
    from clipblind.matching.table1 import against_paper as against

    AGAINST_TABLE1.write(
        against(MATCH_SCORES.read(scores), read_slice(AgainstSlice, cfg).rows), out
    )


@app.command()
def imagenet(
    cfg: Cfg,
    name: Name,
    listed: Annotated[Path, typer.Option(help="ImageNet's validation images, as listed.")],
    checked: Annotated[Path, typer.Option(help="Those of them that can be decoded.")],
    out: Out,
    folder: Files = None,
    devices: Devices = None,
    threads: Threads = 1,
    workers: Workers = 0,
    weights: Weights = "",
) -> None:
    """Measure the zero-shot accuracy of one encoder on ImageNet."""
    from clipblind.embedding.job import embed_listed, make_ready
    from clipblind.ground.files import scratch
    from clipblind.ground.tables.matching import IMAGENET
    from clipblind.ground.tables.pool import CHECKED, LISTED
    from clipblind.matching.imagenet import zero_shot_imagenet

    slice_, images = read_slice(ImagenetSlice, cfg), LISTED.read(listed)
    how = slice_.embedding.model_copy(update={"workers": workers or slice_.embedding.workers})
    ready = make_ready(name, slice_.encoder, how, folder, devices, threads)
    made_by = (cfg, weights, ready.precision)
    with scratch(f"imagenet-{name}", *made_by, listed, checked) as work:
        label = f"embed ImageNet {name}"
        ids, vectors = embed_listed(ready, images, CHECKED.read(checked), work, label)
        table = zero_shot_imagenet(ready.encoder, images, ids, vectors, slice_.templates)
        IMAGENET.write(table, out)
