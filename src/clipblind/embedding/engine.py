"""Images to embeddings at the speed of the hardware: decoded by workers, in good batches."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawValue
from typing import Any, Final, Protocol

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.ground.images import Undecodable
from clipblind.models.computing import PRECISIONS, device, is_memory, precision_here
from clipblind.pools.decoding import decode_image
from clipblind.study.settings.encoder import Embedding

REFUSED: Final = "the encoder's preprocessing refuses it"
LOADED: Final = 16  # images that a worker hands over at a time
AHEAD: Final = 4  # of these, for each worker, while the model is busy
LOOK_AGAIN: Final = 0.004  # seconds between two looks of a worker that is held
LONGEST_HOLD: Final = 30.0
FIRST_BATCH: Final = 32
FEW: Final = 3  # cores, of which workers take more than they give (benchmarks/embedding.md)
LARGEST_BATCH: Final = 2048
WORTH: Final = 1.03  # a larger batch is kept if it makes so many times the images a second


class Images(Protocol):
    """Where encoded images come from, such as a `Corpus`."""

    def bytes_of(self, image_id: str) -> bytes:
        """One of them; raises `Undecodable`."""


@dataclass
class Batcher:
    """How many images go through the model at once.

    With a size of 0 it starts small and doubles while that pays; when memory runs out, it halves,
    and stays there.

    Attributes:
        size: images; fixed if `growing` is not set.
        growing: whether larger sizes are still tried.
    """

    size: int
    growing: bool
    _rate: float = field(default=0.0, repr=False)

    @classmethod
    def of(cls, batch: int) -> "Batcher":
        """From the setting `embedding.batch`; on a CPU a larger one fills caches, not cores."""
        return cls(batch or FIRST_BATCH, growing=batch == 0 and device().type == "cuda")

    def went(self, images: int, seconds: float) -> None:
        """A batch went through."""
        if not self.growing or images < self.size:
            return
        rate = images / max(seconds, 1e-9)
        if self._rate and rate < WORTH * self._rate:
            self.size, self.growing = self.size // 2, False
        elif self.size >= LARGEST_BATCH:
            self.growing = False
        else:
            self.size, self._rate = 2 * self.size, rate

    def ran_out(self, images: int) -> None:
        """Memory ran out over a batch of so many.

        Raises:
            UserError: if it was a single image.
        """
        if images <= 1:
            raise UserError(
                "Memory runs out over a single image; choose a smaller encoder, a lower"
                " embedding.precision or a device with more memory."
            )
        self.size, self.growing = max(1, images // 2), False


def embed_images(
    encoder: LoadedEncoder,
    ids: Sequence[str],
    images: Images,
    settings: Embedding,
    batcher: Batcher,
    advance: Callable[[int, str], None] = lambda _, __: None,
) -> tuple[list[str], np.ndarray, dict[str, str]]:
    """Embed images, in the order of their ids.

    What comes out does not depend on the workers. Another batch size, or another device, may round
    float32 otherwise (by about 1e-7; lower precisions by what they are).

    Args:
        encoder: preprocesses and embeds.
        ids: of the images.
        images: holds them.
        settings: workers and precision.
        batcher: decides how many go through the model at once; its findings outlast the call.
        advance: told how many more images are done.

    Returns:
        The ids of those that were embedded, their embeddings (float32 `[N, D]`, unit norm), and the
        reason of each that could not be.

    Raises:
        UserError: if memory runs out over a single image.
    """
    decoded = _Decoded(encoder, list(ids), images)
    loader = DataLoader(
        decoded,
        batch_size=LOADED,
        num_workers=settings.workers,
        collate_fn=_together,
        prefetch_factor=AHEAD if settings.workers else None,
    )
    kept: list[str] = []
    rows: list[Future[torch.Tensor]] = []
    refused: dict[str, str] = {}
    waiting: list[torch.Tensor] = []

    def forward(pixels: torch.Tensor) -> None:
        if rows:
            rows[-1].result()  # one batch is computed while the next is put together, not more
        rows.append(turns.submit(_forward, encoder, pixels, batcher, settings.precision))

    with _turns(decoded.held) as turns:
        for chosen, pixels, reasons in loader:
            kept += chosen
            refused |= reasons
            if pixels is not None:
                waiting.append(pixels)
            while sum(map(len, waiting)) >= (size := batcher.size):
                batch, waiting = _take(waiting, size)
                forward(batch)
            advance(len(chosen) + len(reasons), f"batch {batcher.size}")
        if waiting:
            forward(_take(waiting, sum(map(len, waiting)))[0])
        done = [row.result() for row in rows]
    embedded = torch.cat(done).numpy() if done else np.empty((0, 0), np.float32)
    return kept, embedded, refused


def decoders(cores: int) -> int:
    """Workers that decode; 0: the process that computes decodes, too."""
    return 0 if device().type == "cpu" and cores <= FEW else cores


def compile_encoder(encoder: LoadedEncoder) -> None:
    """Let `torch.compile` have the image tower; what it can't compile runs as it is."""
    torch._dynamo.config.suppress_errors = True
    tower = getattr(encoder.model, "visual", None) or encoder.model
    tower.compile()


def _take(waiting: list[torch.Tensor], size: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The first images of some tensors as one, and the tensors that are left."""
    taken, left = [], list(waiting)
    while size:
        first = left.pop(0)
        taken.append(first[:size])
        if len(first) > size:
            left.insert(0, first[size:])
        size -= len(taken[-1])
    if len(taken) == 1 and device().type == "cpu":
        return taken[0], left
    # a GPU reads pinned memory several times as fast, and needs no second copy
    shape = (sum(map(len, taken)), *taken[0].shape[1:])
    joined = torch.empty(shape, pin_memory=device().type == "cuda")
    return torch.cat(taken, out=joined), left


def _turns(held: Any) -> Executor:
    """What runs the model: on a GPU a thread, so that the next batch is put together meanwhile."""
    return ThreadPoolExecutor(1) if device().type == "cuda" else _Alone(held)


class _Alone(Executor):
    """Runs at once, and holds the workers meanwhile.

    The model's threads wait for each other at every layer, so a worker that takes a core from one
    of them holds up all. Decoding in between, on all cores, loses nothing.
    """

    def __init__(self, held: Any) -> None:
        self.held = held

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        self.held.value = 1
        try:
            done.set_result(function(*given, **named))
        finally:
            self.held.value = 0
        return done


def _forward(
    encoder: LoadedEncoder, pixels: torch.Tensor, batcher: Batcher, precision: str
) -> torch.Tensor:
    """Embeddings of a batch; in halves, and halves of halves, where memory runs out."""
    parts, at = [], 0
    while at < len(pixels):
        part = pixels[at : at + batcher.size]
        started = time.perf_counter()
        try:
            with _precision(precision):  # autocast holds for the thread that asks for it
                parts.append(encoder.embed_images(part))
        except (torch.OutOfMemoryError, RuntimeError) as error:
            if not is_memory(error):
                raise
            batcher.ran_out(len(part))
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        batcher.went(len(part), time.perf_counter() - started)
        at += len(part)
    return torch.cat(parts)


def _precision(name: str) -> Any:
    """Autocast on a GPU; a CPU computes in float32, whatever the setting."""
    dtype = PRECISIONS[precision_here(name)]
    return nullcontext() if dtype == torch.float32 else torch.autocast(device().type, dtype)


class _Decoded(Dataset[tuple[str, torch.Tensor | str]]):
    """Pixels by number, or why there are none."""

    def __init__(self, encoder: LoadedEncoder, ids: list[str], images: Images) -> None:
        self.preprocess, self.ids, self.images = encoder.preprocess, ids, images
        self.held = RawValue("b", 0)  # no lock: workers that were killed must not block anybody

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, number: int) -> tuple[str, torch.Tensor | str]:
        image_id, until = self.ids[number], time.monotonic() + LONGEST_HOLD
        while self.held.value and time.monotonic() < until:  # not for ever: a run may be killed
            time.sleep(LOOK_AGAIN)
        try:
            picture = decode_image(self.images.bytes_of(image_id))
        except Undecodable as error:
            return image_id, str(error)
        try:
            return image_id, self.preprocess(picture)
        # processors refuse pictures by size or aspect, in errors of many kinds
        except (ValueError, RuntimeError, TypeError, ArithmeticError, LookupError) as error:
            said = " ".join(str(error).split())[:80] or type(error).__name__
            return image_id, f"{REFUSED} ({said})"


def _together(
    found: list[tuple[str, torch.Tensor | str]],
) -> tuple[list[str], torch.Tensor | None, dict[str, str]]:
    good = [(i, pixels) for i, pixels in found if isinstance(pixels, torch.Tensor)]
    bad = {i: reason for i, reason in found if isinstance(reason, str)}
    stacked = torch.stack([pixels for _, pixels in good]) if good else None
    return [i for i, _ in good], stacked, bad


def no_embeddings(encoder: LoadedEncoder) -> tuple[list[str], np.ndarray]:
    """Of no image: no ids, and float32 `[0, D]`."""
    blank = encoder.preprocess(Image.new("RGB", (encoder.image_size, encoder.image_size)))
    return [], encoder.embed_images(blank[None]).numpy()[:0]


def chunks(ids: Sequence[str], size: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Ids in numbered chunks, each of which is saved when it is done."""
    for number, at in enumerate(range(0, len(ids), size)):
        yield number, ids[at : at + size]
