"""Pictures to embeddings, one packed file at a time."""

from pathlib import Path

import torch

from clipblind.embedding.files import write_embeddings
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.progress import track
from clipblind.world.pictures import Pictures


def embed_shard(encoder: LoadedEncoder, shard: Path, out: Path, *, batch: int) -> None:
    """Embed every picture of a shard, sorted by id, into one Arrow file.

    Args:
        encoder: preprocesses and embeds.
        shard: packed pictures.
        out: the `.arrow` file to write.
        batch: pictures embedded at once.

    Raises:
        UserError: if the shard is damaged or a picture can't be decoded.
    """
    pictures = Pictures([shard])
    ids = sorted(pictures)
    parts = []
    starts = range(0, len(ids), batch)
    with track(f"embed {encoder.name} {shard.stem}", len(starts)) as advance:
        for start in starts:
            chosen = ids[start : start + batch]
            pixels = torch.stack([encoder.preprocess(pictures.open(i)) for i in chosen])
            parts.append(encoder.embed_images(pixels))
            advance("")
    write_embeddings(ids, torch.cat(parts).numpy(), out)
