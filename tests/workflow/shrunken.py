"""All that `study=paper` reads, shrunken: tiny checkpoints behind the real names, a few images
in ImageNet's tree and in webdataset tars, benchmarks of coloured squares with invented questions,
answers and patterns that somebody typed in.
"""

import csv
import io
import json
import tarfile
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from clipblind.ground.patterns import NINE
from clipblind.study.compose import compose
from clipblind.study.settings.contenders import LocalModel, MiniGpt4
from clipblind.study.settings.study import Study

TYPES: Final = (
    *("Orientation", "Presence", "State", "Quantity", "Spatial", "Color"),
    *("Structural Character", "Text", "Camera Perspective"),
)
SYNSETS: Final = ("n01440764", "n01443537", "n02085620")
SIZES: Final = ("params_m", "image_size")
ROWS: Final = 60  # of MMVP, where the study does not insist on all 300
TYPED: Final = """typed:
  kind: recorded
  row: Bard
  answers: answers/typed.csv
  source: the tests
"""
SPOKEN: Final = "{% for m in messages %}{{ m['content'] }} {% endfor %}"


def shrink(project: Path, study: str, overrides: str) -> str:
    """Put assets into a copy of the project; returns the overrides, with those that fit them."""
    typed(project)
    composed = compose(project / "conf", study, overrides)
    assets = project / composed.assets
    for number, (name, encoder) in enumerate(composed.encoder.items()):
        folder = assets / "models" / name
        make = clip if encoder.text else dinov2
        make(folder, seed=number, quick_gelu=encoder.quick_gelu)
    unsized = [f"encoder.{name}.{key}=null" for name in composed.encoder for key in SIZES]
    unsized += answerers(assets / "models", composed)
    imagenet(assets / "corpora/imagenet/train")
    laion(assets / "corpora/laion")
    mmvp(assets / "benchmarks/MMVP", ROWS)
    mmvp_vlm(assets / "benchmarks/MMVP_VLM")
    validation = assets / "corpora/imagenet_val/val"
    imagenet(validation)
    # the questions are invented, so they are another copy
    any_copy = [f"benchmark.{name}.digest=''" for name in composed.benchmark]
    any_copy.append(f"benchmark.mmvp.count={ROWS // 2}")
    short = [f"prompt.{name}.decoding.max_new_tokens=4" for name in composed.prompt]
    return " ".join([overrides, *unsized, *any_copy, *short])


def answerers(models: Path, study: Study) -> list[str]:
    """Tiny models of those that answer, and a judge of words; returns the overrides for them."""
    from tests.contenders import checkpoints

    makers = {
        "llava15_7b": checkpoints.save_llava,
        "llava15_13b": checkpoints.save_llava,
        "instructblip_7b": checkpoints.save_instructblip,
        "minigpt4_7b": checkpoints.save_minigpt4,
        "qwen25_vl_7b": checkpoints.save_qwen,
    }
    unsized = []
    for name, who in study.contender.items():
        if isinstance(who, LocalModel | MiniGpt4) and not who.folder:
            (models / name).mkdir(parents=True)
            file = [who.projection] if isinstance(who, MiniGpt4) else []
            makers[name](models / name, *file)
        if isinstance(who, LocalModel):
            unsized.append(f"contender.{name}.params_m=null")
    if study.judge:
        (models / "judge").mkdir()
        checkpoints.save_llama(models / "judge")
        (models / "judge/chat_template.jinja").write_text(SPOKEN)
    return unsized


def typed(project: Path) -> None:
    """A contender whose answers were taken by hand, all of them right, and the pairs' patterns."""
    (project / "conf/contender/typed.yaml").write_text(TYPED)
    (project / "answers").mkdir()
    said = [f"{i},{'(a)' if i % 2 else 'I think it is blue.'}" for i in range(1, ROWS + 1)]
    (project / "answers/typed.csv").write_text("\n".join(["question_id,answer", *said]))
    named = [f"{i},{NINE[i // 2 % 9]}" for i in range(1, ROWS + 1, 2)]
    (project / "answers/patterns.csv").write_text("\n".join(["Index,pattern", *named]))


def picture(seed: int, side: tuple[int, int] = (48, 40)) -> Image.Image:
    """Coloured squares under noise."""
    rng = np.random.default_rng(seed)
    squares = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    drawn = Image.fromarray(squares).resize(side, Image.Resampling.NEAREST)
    noise = rng.integers(0, 30, (side[1], side[0], 3))
    return Image.fromarray((np.asarray(drawn).astype(int) + noise).clip(0, 255).astype(np.uint8))


def jpeg(seed: int) -> bytes:
    """The same, encoded."""
    written = io.BytesIO()
    picture(seed).save(written, "JPEG", quality=90)
    return written.getvalue()


def clip(folder: Path, *, seed: int, quick_gelu: bool) -> None:
    """A random CLIP in open_clip's own format."""
    import clipblind.models.torchvision  # noqa: F401  # isort: skip
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    model = {
        "embed_dim": 24,
        "quick_gelu": quick_gelu,
        "vision_cfg": {
            "image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8,
        },
        "text_cfg": {
            "context_length": 32, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1,
        },
    }  # fmt: skip
    cfg = {"model_cfg": model, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.25] * 3}}
    (folder / "open_clip_config.json").write_text(json.dumps(cfg))
    torch.manual_seed(seed)
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(made.state_dict(), folder / "open_clip_model.safetensors")


def dinov2(folder: Path, *, seed: int, quick_gelu: bool = False) -> None:
    """A random DINOv2 as `save_pretrained` writes it."""
    import clipblind.models.torchvision  # noqa: F401  # isort: skip
    import torch
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    torch.manual_seed(seed)
    config = Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
    )
    Dinov2Model(config).save_pretrained(folder)
    processor = BitImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 28, "width": 28})
    processor.save_pretrained(folder)


def imagenet(folder: Path) -> None:
    """Synsets of a few images each; one image is cut short, one is no image."""
    for n, synset in enumerate(SYNSETS):
        place = folder / synset
        place.mkdir(parents=True)
        for k in range(8):
            (place / f"{synset}_{k}.JPEG").write_bytes(jpeg(10 * n + k))
    (folder / SYNSETS[0] / f"{SYNSETS[0]}_cut.JPEG").write_bytes(jpeg(5)[:300])
    (folder / SYNSETS[1] / f"{SYNSETS[1]}_not.JPEG").write_bytes(b"<html>moved</html>")


def laion(folder: Path) -> None:
    """Two tars as img2dataset writes them; one image repeats another, byte for byte."""
    folder.mkdir(parents=True)
    for shard in range(2):
        with tarfile.open(folder / f"{shard:05}.tar", "w") as tar:
            for k in range(6):
                key = f"{shard:05}{k:04}"
                seed = 100 if k == 5 else 200 + 10 * shard + k
                said = json.dumps({"caption": "squares", "key": key}).encode()
                for suffix, data in (("jpg", jpeg(seed)), ("json", said)):
                    member = tarfile.TarInfo(f"{key}.{suffix}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def mmvp(folder: Path, rows: int = 300) -> None:
    """MMVP's layout with invented questions."""
    (folder / "MMVP Images").mkdir(parents=True)
    with (folder / "Questions.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["lndex", "Question", "Options", "Correct Answer"])
        for index in range(1, rows + 1):
            pair = (index + 1) // 2
            answer = "(a)" if index % 2 else "(b)"
            table.writerow([index, f"Is square {pair} red or blue?", "(a) Red (b) Blue", answer])
            (folder / "MMVP Images" / f"{index}.jpg").write_bytes(jpeg(1000 + index))


def mmvp_vlm(folder: Path) -> None:
    """MMVP-VLM's layout with 135 invented pairs."""
    with_ids = [(i, TYPES[(i - 1) // 30]) for i in range(1, 271)]
    folder.mkdir(parents=True)
    with (folder / "Questions.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Question ID", "Type", "Statement"])
        for index, kind in with_ids:
            rows.writerow([index, kind, f"square {index} of {kind}"])
            place = folder / "MLLM_VLM Images" / kind
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{index}.jpg").write_bytes(jpeg(2000 + index))
