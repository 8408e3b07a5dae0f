"""One job of embedding listed images: its GPU, its encoder, what a killed run had finished."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import torch

from clipblind.embedding.engine import (
    REFUSED,
    Batcher,
    chunks,
    compile_encoder,
    decoders,
    embed_images,
    no_embeddings,
)
from clipblind.embedding.files import read_embeddings, write_embeddings
from clipblind.encoders import load_encoder
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.devices import claim_device
from clipblind.ground.errors import UserError
from clipblind.ground.progress import track_amount
from clipblind.models.computing import precision_here
from clipblind.pools.corpus import Corpus
from clipblind.study.settings.encoder import Embedding, Encoder

SAVED: Final = 8192  # images after which a long embedding keeps what it has


@dataclass(frozen=True)
class Ready:
    """A loaded encoder and how it is to embed.

    Attributes:
        encoder: on its device.
        how: with the number of workers decided.
    """

    encoder: LoadedEncoder
    how: Embedding

    @property
    def precision(self) -> str:
        """Of the forward pass; a CPU computes in float32, whatever the setting."""
        return precision_here(self.how.precision)


def make_ready(
    name: str,
    encoder: Encoder,
    how: Embedding,
    folder: Path | None,
    devices: Path | None,
    threads: int,
) -> Ready:
    """Take a GPU that no other job has, if there are any, and load an encoder.

    Args:
        name: as the study calls it.
        encoder: its configuration.
        how: the setting `embedding`.
        folder: of its files, see `load_encoder`.
        devices: the folder of locks that jobs share; none: no GPU is claimed.
        threads: cores to use.

    Raises:
        UserError: as `load_encoder` does.
    """
    if devices:
        claim_device(devices)
    torch.set_num_threads(threads)
    loaded = load_encoder(name, encoder, folder)
    if how.compiled:
        compile_encoder(loaded)
    return Ready(loaded, how.model_copy(update={"workers": how.workers or decoders(threads)}))


def embed_listed(
    ready: Ready, listed: pl.DataFrame, checked: pl.DataFrame, work: Path, label: str
) -> tuple[list[str], np.ndarray]:
    """Embed images, in the order of their ids.

    Args:
        ready: from `make_ready`.
        listed: the table `LISTED`, which says where they lie.
        checked: a table whose `image_id` says which they are, such as `CHECKED`.
        work: keeps what is finished, so that a killed run goes on.
        label: names the work in the progress display.

    Returns:
        Ids, and float32 `[N, D]` of unit norm.

    Raises:
        UserError: if an image can't be read, though it was checked or rendered.
    """
    corpus, batcher = Corpus(listed), Batcher.of(ready.how.batch)
    ids, files = sorted(checked["image_id"]), []
    with track_amount(label, len(ids)) as advance:
        for number, chunk in chunks(ids, SAVED):
            files.append(work / f"{number:06}.arrow")
            if files[-1].exists():
                advance(len(chunk), "done before")
                continue
            kept, rows, lost = embed_images(
                ready.encoder, chunk, corpus, ready.how, batcher, advance
            )
            if lost:
                gone, why = next(iter(lost.items()))
                if why.startswith(REFUSED):
                    others = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
                    raise UserError(
                        f"{gone}{others} can't be embedded by {ready.encoder.name}: {why}; take it"
                        " out of the pool, as every encoder must see the same images."
                    )
                raise UserError(
                    f"{gone} could be read when it was checked, but not now: {why}; delete the"
                    " table of checked images, or the shard it was rendered into, and run again."
                )
            write_embeddings(kept, rows, files[-1])
    return read_embeddings(files) if files else no_embeddings(ready.encoder)
