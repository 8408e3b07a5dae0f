"""The VLM study: twins matched with statements, and zero-shot accuracy on single factors."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, Scenes
from clipblind.config import read_slice
from clipblind.recipes import Model, Share
from clipblind.settings import Encoder

app = typer.Typer(help=__doc__, no_args_is_help=True)

Table = Annotated[list[Path], typer.Option("--table", help="One encoder's; repeatable.")]


class StudySlice(Model):
    seed: int
    encoder: Encoder
    policy: dict[str, Share]
    prefix: str
    twin_pairs: int


@app.command()
def study(
    cfg: Cfg,
    name: Annotated[str, typer.Option(help="The encoder, as the study calls it.")],
    scenes: Scenes,
    embeddings: Annotated[list[Path], typer.Option(help="Its embeddings; repeatable.")],
    pairs: Annotated[Path, typer.Option(help="File for the matches of the twins.")],
    scores: Annotated[Path, typer.Option(help="File for their scores.")],
    factors: Annotated[Path, typer.Option(help="File for the zero-shot accuracies.")],
) -> None:
    """Test one encoder: match the twins' images and statements, name single factors."""
    import numpy as np
    import polars as pl

    from clipblind.embeddings import read_embeddings
    from clipblind.encoders import load_encoder
    from clipblind.errors import UserError
    from clipblind.pools.world.scenes import scene_of, twin_pairs
    from clipblind.tables import SCENES, VLM_PAIRS, VLM_SCORES, ZERO_SHOT
    from clipblind.vlm.matching import match_twins
    from clipblind.vlm.scores import score_matches
    from clipblind.vlm.zero_shot import zero_shot

    slice_ = read_slice(StudySlice, cfg)
    table = SCENES.read_all(scenes)
    known = {row["image_id"]: scene_of(row) for row in table.iter_rows(named=True)}
    vectors = dict(zip(*read_embeddings(embeddings), strict=True))
    encoder = load_encoder(name, slice_.encoder)
    if encoder.embed_texts is None:
        raise UserError(f"vlm.encoders names {name}, which has no text tower.")
    twins = twin_pairs(table, slice_.twin_pairs)
    prefix, seed = slice_.prefix, slice_.seed
    matches = match_twins(encoder, twins, known, vectors, prefix=prefix, seed=seed)
    VLM_PAIRS.write(matches, pairs)
    VLM_SCORES.write(score_matches(name, encoder.image_size, encoder.params_m, matches), scores)
    heldout = table.filter(pl.col("split") == "heldout")["image_id"].sort().to_list()
    images = np.array([vectors[i] for i in heldout])
    shown = [known[i] for i in heldout]
    named = zero_shot(encoder, shown, images, slice_.policy, prefix=prefix, seed=seed)
    ZERO_SHOT.write(named, factors)


@app.command()
def gather(scores: Table, out: Out) -> None:
    """Join the scores of all encoders into one table."""
    import polars as pl

    from clipblind.tables import VLM_SCORES

    VLM_SCORES.write(pl.concat([VLM_SCORES.read(path) for path in scores]), out)


@app.command()
def gather_factors(factors: Table, out: Out) -> None:
    """Join the zero-shot accuracies of all encoders into one table."""
    import polars as pl

    from clipblind.tables import ZERO_SHOT

    ZERO_SHOT.write(pl.concat([ZERO_SHOT.read(path) for path in factors]), out)
