"""Ways to embed a folder of photos: ours, the bare forward pass, and what others do."""

import importlib.util
import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn.functional import normalize
from torchvision.datasets import ImageFolder

from clipblind.embedding.engine import Batcher, decoders, embed_images
from clipblind.encoders import load_encoder
from clipblind.encoders.base import LoadedEncoder
from clipblind.models.computing import device
from clipblind.pools.corpus import Corpus
from clipblind.pools.decoding import decode_image
from clipblind.pools.sources import list_sources
from clipblind.study.settings.encoder import Embedding, Encoder
from clipblind.study.settings.pool import Source

MODEL: Final = "ViT-B-32"
SIDES: Final = (500, 375)  # width and height, as most of ImageNet's photos
DRAWN: Final = 48  # different photos; more files repeat them
CLIP_BENCHMARK, CLIP_RETRIEVAL = "clip_benchmark", "clip_retrieval"


@dataclass(frozen=True)
class Scene:
    """What all ways share: one encoder, and one folder of photos.

    Attributes:
        encoder: as `load_encoder` gives it.
        folder: of the photos; they lie in a folder in it, as `ImageFolder` wants them.
        cores: that may be used.
        precision: of ours and of the bare forward pass, on a GPU.
        pixels: some photos preprocessed, in memory or on the GPU.
        best: the batch that the bare forward pass is fastest with.
    """

    encoder: LoadedEncoder
    folder: Path
    cores: int
    precision: str
    pixels: torch.Tensor
    best: list[int] = field(default_factory=lambda: [32])

    @property
    def paths(self) -> list[Path]:
        """Its photos."""
        return sorted(self.folder.glob("*/*.jpg"))


def make_model(folder: Path) -> LoadedEncoder:
    """A ViT-B/32 with random weights in open_clip's own format, loaded as any other."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    made = open_clip.create_model(MODEL, load_weights=False)
    config = {
        "model_cfg": open_clip.get_model_config(MODEL),
        "preprocess_cfg": {
            "mean": open_clip.OPENAI_DATASET_MEAN,
            "std": open_clip.OPENAI_DATASET_STD,
        },
    }
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    save_file(made.state_dict(), folder / "open_clip_model.safetensors")
    return load_encoder(MODEL, Encoder(loader="open_clip", source=MODEL, text=True), folder)


def make_photos(folder: Path, count: int) -> None:
    """JPEGs of a photo's size on disk: smooth shapes at every scale, and the grain of a sensor."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    drawn = [photo(seed) for seed in range(min(count, DRAWN))]
    for number in range(count):
        (folder / f"photos/{number:06}.jpg").write_bytes(drawn[number % len(drawn)])


def photo(seed: int) -> bytes:
    """One JPEG of quality 90."""
    rng = np.random.default_rng(seed)
    width, height = SIDES
    values = np.full((height, width, 3), 118, np.float32)
    for side, strength in ((3, 60), (8, 45), (24, 30), (80, 18), (250, 9)):
        coarse = rng.normal(size=(3, max(2, side * height // width), side)).astype(np.float32)
        fine = np.stack([_enlarged(channel) for channel in coarse], -1)
        # most of what changes in a photo is brightness
        values += strength * (1.2 * fine.mean(-1, keepdims=True) + 0.3 * fine)
    values += 4 * rng.normal(size=(height, width, 1))
    written = io.BytesIO()
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(written, "JPEG", quality=90)
    return written.getvalue()


def _enlarged(channel: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(channel).resize(SIDES, Image.Resampling.BICUBIC))


def ours(scene: Scene, count: int, workers: int | None = None, batch: int = 0) -> np.ndarray:
    """Embed so many photos as the verb `encoder work` does."""
    source = Source(kind="folder", path=scene.folder.name)
    listed, _ = list_sources({"own": source}, scene.folder.parent)
    listed = listed.sort("image_id")[:count]
    chosen = decoders(scene.cores) if workers is None else workers
    how = Embedding(workers=chosen, precision=scene.precision)  # type: ignore[arg-type]
    ids = listed["image_id"].to_list()
    return embed_images(scene.encoder, ids, Corpus(listed), how, Batcher.of(batch))[1]


def bare(scene: Scene, count: int, batch: int | None = None) -> np.ndarray:
    """The forward pass alone, over pixels that are in memory (a GPU's: in its own)."""
    size = batch or scene.best[0]
    pixels = scene.pixels.repeat(-(-size // len(scene.pixels)), 1, 1, 1)
    rows = []
    with torch.inference_mode(), autocast(scene.precision):
        for at in range(0, count, size):
            part = pixels[: min(size, count - at)]
            rows.append(normalize(scene.encoder.model.encode_image(part).float(), dim=-1))
    return torch.cat(rows).cpu().numpy()


def autocast(precision: str) -> Any:
    """As ours: on a GPU only."""
    if device().type != "cuda" or precision == "float32":
        return nullcontext()
    return torch.autocast("cuda", getattr(torch, precision))


def readme(scene: Scene, count: int, batch: int = 1) -> np.ndarray:
    """The loop of open_clip's README: open, preprocess, stack, encode, all in one process."""
    rows, paths = [], scene.paths[:count]
    with torch.no_grad(), autocast("float16"):
        for at in range(0, len(paths), batch):
            some = [scene.encoder.preprocess(Image.open(path)) for path in paths[at : at + batch]]
            found = scene.encoder.model.encode_image(torch.stack(some).to(device()))
            rows.append(normalize(found, dim=-1).float().cpu())
    return torch.cat(rows).numpy()


def clip_benchmark(scene: Scene, count: int, amp: bool = True) -> np.ndarray:
    """CLIP_benchmark's `run_classification` over the DataLoader of its command line.

    Its defaults: batches of 64, four workers, autocast (on a CPU this is bfloat16). The classifier
    that it multiplies with is the identity, so that embeddings come out.
    """
    from clip_benchmark.metrics.zeroshot_classification import run_classification

    dataset = ImageFolder(str(scene.folder), transform=scene.encoder.preprocess)
    some = torch.utils.data.Subset(dataset, range(count))
    loader = torch.utils.data.DataLoader(some, batch_size=64, shuffle=False, num_workers=4)
    identity = torch.eye(scene.encoder.model.text_projection.shape[1]).to(device())
    found, _ = run_classification(scene.encoder.model, identity, loader, device().type, amp=amp)
    return np.asarray(found) / 100


def clip_retrieval(scene: Scene, count: int) -> np.ndarray:
    """clip-retrieval's `FilesReader` and `Runner`, batches of 256, four workers: its defaults.

    Its own mapper needs packages that have nothing to do with images, so it is made again here: the
    forward pass, the norm, and float16. What it writes to disk is kept in memory instead.
    """
    reader = part_of(CLIP_RETRIEVAL, "clip_inference/reader.py")
    runner = part_of(CLIP_RETRIEVAL, "clip_inference/runner.py")
    rows: list[np.ndarray] = []

    def embed(item: dict[str, Any]) -> np.ndarray:
        with torch.no_grad():
            found = scene.encoder.model.encode_image(item["image_tensor"].to(device()))
            found /= found.norm(dim=-1, keepdim=True)
            return found.cpu().to(torch.float16).numpy()

    def read(sampler: Callable[[Sequence[Any]], list[Any]]) -> Any:
        where, preprocess = str(scene.folder), scene.encoder.preprocess
        return reader.FilesReader(
            lambda keys: sampler(keys)[:count], preprocess, None, where, 256, 4, enable_text=False
        )

    runner.Runner(read, lambda: embed, lambda _: _Kept(rows), lambda _: _Unlogged(), 1)(0)
    return np.concatenate(rows).astype(np.float32)


class _Kept:
    def __init__(self, rows: list[np.ndarray]) -> None:
        self.rows = rows

    def __call__(self, found: np.ndarray) -> None:
        self.rows.append(found)

    def flush(self) -> None:
        pass


class _Unlogged:
    def start(self) -> None:
        pass

    def __call__(self, facts: dict[str, Any]) -> None:
        pass

    end = start


def part_of(package: str, path: str) -> ModuleType:
    """A module of an installed package, without what the package's own `__init__` imports."""
    name = f"{package}_{Path(path).stem}"
    if name not in sys.modules:
        file = distribution(package).locate_file(f"{package}/{path}")
        spec = importlib.util.spec_from_file_location(name, str(file))
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def version_of(package: str) -> str:
    """Its version; empty if it isn't installed."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return ""


def decode(scene: Scene, count: int) -> None:
    """Read, decode and preprocess in one process: what a worker does."""
    for path in scene.paths[:count]:
        scene.encoder.preprocess(decode_image(path.read_bytes()))
