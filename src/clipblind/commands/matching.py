"""Encoders with a text tower side by side, and beside the paper."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, Weights, Workers
from clipblind.study.provenance import code_of, loader_modules
from clipblind.study.settings.base import Model
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.training import ClipRecipe
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)

Matches = Annotated[list[Path], typer.Option(help="Matches of one encoder; repeatable.")]
Named = Annotated[
    list[Path] | None, typer.Option(help="Zero-shot verdicts of an encoder; repeatable.")
]


class Entry(Model):
    train: ClipRecipe | None
    label: str
    row: str
    data: str
    samples_m: float | None


class VariantsSlice(Model):
    seed: int
    encoders: dict[str, Entry]
    probe: str = ""
    encoder_images: int = 0
    often_named: tuple[str, ...]


class CompareSlice(Model):
    probe: str = ""


class AgainstSlice(Model):
    rows: dict[str, str]


class ImagenetSlice(Model):
    templates: str
    encoder: Encoder
    embedding: Embedding


@app.command()
def variants(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores of all encoders.")],
    out: Out,
    named: Named = None,
) -> None:
    """List the encoders: how each was made, and how well it names what is named often."""
    from clipblind.ground.tables.matching import MATCH_SCORES, NAMED, VARIANTS
    from clipblind.matching.variants import Made, describe_variants

    slice_ = read_slice(VariantsSlice, cfg)
    table = describe_variants(
        {name: Made(**dict(entry)) for name, entry in slice_.encoders.items()},
        MATCH_SCORES.read(scores),
        {path.parent.name: NAMED.read(path) for path in named or []},
        slice_.often_named,
        probe=slice_.probe,
        images=slice_.encoder_images,
        seed=slice_.seed,
    )
    VARIANTS.write(table, out)


@app.command()
def compare(cfg: Cfg, matches: Matches, out: Out, named: Named = None) -> None:
    """Compare every encoder with the probe over the same pairs and held-out pictures."""
    from clipblind.ground.tables.matching import MATCH_PAIRED, MATCHES, NAMED
    from clipblind.matching.paired import compare_encoders

    probe = read_slice(CompareSlice, cfg).probe
    matched = {path.parent.name: MATCHES.read(path) for path in matches}
    verdicts = {path.parent.name: NAMED.read(path) for path in named or []}
    baseline = probe if probe in matched else next(iter(matched))
    MATCH_PAIRED.write(compare_encoders(matched, verdicts, baseline), out)


@app.command()
def against_table1(
    cfg: Cfg,
    scores: Annotated[Path, typer.Option(help="Scores of all encoders.")],
    out: Out,
) -> None:
    """Set the encoders' official scores on MMVP-VLM beside the paper's Table 1."""
    from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
    from clipblind.matching.table1 import against_table1 as against

    rows = read_slice(AgainstSlice, cfg).rows
    AGAINST_TABLE1.write(against(MATCH_SCORES.read(scores), rows), out)


@app.command()
def imagenet(
    cfg: Cfg,
    name: Annotated[str, typer.Option(help="The encoder, as the study calls it.")],
    listed: Annotated[Path, typer.Option(help="ImageNet's validation images, as listed.")],
    checked: Annotated[Path, typer.Option(help="Those of them that can be decoded.")],
    out: Out,
    folder: Annotated[Path | None, typer.Option(help="The encoder's files.")] = None,
    devices: Annotated[
        Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores to use.")] = 1,
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
    code = code_of("matching.imagenet", *loader_modules(slice_.encoder))
    made_by = (cfg, weights, ready.precision)
    with scratch(f"imagenet-{name}", code, *made_by, listed, checked) as work:
        label = f"embed ImageNet {name}"
        ids, vectors = embed_listed(ready, images, CHECKED.read(checked), work, label)
        table = zero_shot_imagenet(ready.encoder, images, ids, vectors, slice_.templates)
        IMAGENET.write(table, out)
