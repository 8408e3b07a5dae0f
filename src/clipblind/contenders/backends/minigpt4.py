"""MiniGPT-4: BLIP-2's image tower and Q-Former, one projection, a Llama-family language model.

After the authors' code (Vision-CAIR/MiniGPT-4, `minigpt4/models/minigpt4.py` and
`minigpt4/conversation/conversation.py`): the tower's output goes through its last norm (`ln_vision`
there, `post_layernorm` here), 32 queries read it, the projection makes them as wide as words, and
they stand between the embedded words of the prompt. An answer ends where the next `###` begins. The
authors' demonstration samples at temperature 1; here the prompt's decoding says how it is drawn.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from safetensors import safe_open
from torch import nn
from transformers import AutoModelForCausalLM, Blip2Config, Blip2QFormerModel, Blip2VisionModel

from clipblind.contenders.backends import batches, local
from clipblind.contenders.backends.batches import Shown
from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.ground.errors import UserError
from clipblind.ground.files import sha256_of
from clipblind.models import computing, loading
from clipblind.models.answerers import BLIP2, CONFIG, IMAGES, LANGUAGE, PARTS, WEIGHTS
from clipblind.study.settings.contenders import Decoding, MiniGpt4

SYSTEM: Final = (
    "Give the following image: <Img>ImageContent</Img>. You will be able to see the image once I"
    " provide it to you. Please answer my questions."
)
STOP: Final = "###"
FORMAT: Final = 1  # to be raised with any change of the words that this module adds to an ask
PROJECTION: Final = {"llama_proj.weight", "llama_proj.bias"}


def load(name: str, settings: MiniGpt4, given: Given) -> "MiniGpt4Backend":
    """See `clipblind.contenders.backends.load`."""
    return MiniGpt4Backend(
        name, settings, loading.place(name, settings.source, settings.folder, given.folder)
    )


class MiniGpt4Backend:
    """Answers with MiniGPT-4; its weights are loaded when first asked.

    Args:
        name: as the study calls it.
        settings: its entry.
        folder: holds `blip2/` and `language_model/`, laid out as their hub repositories, and the
            released checkpoint's file.

    Raises:
        UserError: if files are missing or can't be read.
    """

    keep: ClassVar = Keep.SOON

    def __init__(self, name: str, settings: MiniGpt4, folder: Path) -> None:
        self._name, self._settings, self._folder = name, settings, folder
        self._blip2, self._language = folder / BLIP2, folder / LANGUAGE
        loading.require(name, self._blip2, (CONFIG,), (IMAGES,), WEIGHTS)
        loading.require(name, self._language, (CONFIG,), WEIGHTS)
        local.require_tokenizer(name, self._language)
        if not (folder / settings.projection).is_file():
            raise UserError(
                f"{folder} has no {settings.projection} of the model {name}; the README of"
                " Vision-CAIR/MiniGPT-4 says where its authors keep it."
            )
        for part in (self._blip2, self._language):
            loading.refuse_code(name, part)
        with loading.readable(name, folder):
            self._images = local.read_images(self._blip2)
            self.tokenizer = local.read_tokenizer(self._language)

    @cached_property
    def identity(self) -> Identity:
        """Kind, the language model, the revisions of all three parts, precision, and our words."""
        return {
            "kind": "minigpt4",
            "format": FORMAT,
            "name": local.public_name(self._settings.language_model, self._language),
            "revision": local.revision_of(self._language),
            "blip2": local.revision_of(self._blip2),
            "projection": sha256_of(self._folder / self._settings.projection),
            "precision": computing.precision_here(self._settings.precision),
        }

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer in batches; see `Backend`."""
        # loaded before anything is seeded, as loading draws random numbers
        answer = partial(self._answer, self.model)
        return batches.in_batches(asks, self.identity, self._settings.batch, answer)

    def segments(self, ask: Ask) -> list[list[int]]:
        """The prompt's token ids: before the image and after it, or all where there is none."""
        before = f"{ask.system or SYSTEM}{STOP}Human: "
        after = f"{ask.text}{STOP}Assistant:"
        parts = [f"{before}<Img>", f"</Img> {after}"] if ask.image is not None else [before + after]
        return [
            self.tokenizer(part, add_special_tokens=number == 0)["input_ids"]
            for number, part in enumerate(parts)
        ]

    @cached_property
    def model(self) -> "MiniGpt4Model":
        """The whole model, in evaluation mode on the GPU if there is one."""
        dtype = computing.PRECISIONS[computing.precision_here(self._settings.precision)]
        with loading.readable(self._name, self._folder):
            language, found = AutoModelForCausalLM.from_pretrained(
                self._language,
                local_files_only=True,
                trust_remote_code=False,
                dtype=dtype,
                output_loading_info=True,
            )
            loading.refuse_keys(self._name, self._language, found["missing_keys"])
            config = Blip2Config.from_pretrained(self._blip2, trust_remote_code=False)
            model = MiniGpt4Model(config, language)
            state = _read_parts(self._blip2)
            missing = model.load_state_dict(state, strict=False).missing_keys
            skipped = ("language.", "projection.")
            loading.refuse_keys(
                self._name, self._blip2, [key for key in missing if not key.startswith(skipped)]
            )
            self._load_projection(model.projection)
        batches.forget_habits(language, self.tokenizer)
        model.vision_model.to(dtype)
        return model.to(computing.device()).eval().requires_grad_(False)

    def _load_projection(self, projection: nn.Linear) -> None:
        path = self._folder / self._settings.projection
        held = torch.load(path, map_location="cpu", weights_only=True)
        state = held.get("model", {}) if isinstance(held, dict) else {}
        if set(state) != PROJECTION:
            odd = sorted(set(state) ^ PROJECTION)[0]
            has = "holds besides" if odd in state else "lacks"
            raise UserError(
                f"The projection {path} of the model {self._name} {has} {odd}; it is none of"
                " MiniGPT-4's first version, the one that the paper asked."
            )
        weight = state["llama_proj.weight"]
        if weight.shape != projection.weight.shape:
            raise UserError(
                f"The projection {path} of the model {self._name} makes vectors of"
                f" {weight.shape[0]} from {weight.shape[1]}, but its language model wants"
                f" {projection.out_features} and its Q-Former gives {projection.in_features}; they"
                " belong to different models."
            )
        projection.load_state_dict({"weight": weight, "bias": state["llama_proj.bias"]})

    def _answer(
        self, model: "MiniGpt4Model", shown: Sequence[Shown], decoding: Decoding
    ) -> list[Reply]:
        here, pixels = computing.device(), None
        if shown[0].image is not None:
            images = [each.image for each in shown]
            with batches.processing(shown):
                pixels = self._images(images=images, return_tensors="pt")["pixel_values"]
            pixels = pixels.to(here)
        parts = [
            [torch.tensor(ids, device=here) for ids in self.segments(each.ask)] for each in shown
        ]
        embedded, mask = model.embed(parts, pixels)
        said = model.language.generate(
            inputs_embeds=embedded,
            attention_mask=mask,
            stop_strings=[STOP],
            tokenizer=self.tokenizer,
            **batches.sampling(decoding),
        )
        texts = self.tokenizer.batch_decode(said, skip_special_tokens=True)
        return [
            Reply(
                _own_words(text), tokens_in=read, tokens_out=batches.count_new(new, model.language)
            )
            for text, read, new in zip(texts, mask.sum(dim=1).tolist(), said, strict=True)
        ]


class MiniGpt4Model(nn.Module):
    """The parts and how they are joined; Q-Former and projection stay in float32.

    Args:
        config: of BLIP-2.
        language: the language model.
    """

    def __init__(self, config: Any, language: Any) -> None:
        super().__init__()
        width = config.qformer_config.hidden_size
        self.vision_model = Blip2VisionModel(config.vision_config)
        self.qformer = Blip2QFormerModel(config.qformer_config)
        self.query_tokens = nn.Parameter(torch.zeros(1, config.num_query_tokens, width))
        self.projection = nn.Linear(width, language.config.hidden_size)
        self.language = language

    def see(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels `[B, 3, H, W]` to embeddings `[B, queries, width of the language model]`."""
        seen = self.vision_model(pixels.to(self.vision_model.dtype)).last_hidden_state
        read = self.qformer(
            query_embeds=self.query_tokens.expand(len(pixels), -1, -1),
            encoder_hidden_states=seen.float(),
        ).last_hidden_state
        projected: torch.Tensor = self.projection(read)
        return projected

    def embed(
        self, parts: Sequence[Sequence[torch.Tensor]], pixels: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Prompts with their images in the middle, padded on the left.

        Args:
            parts: for each prompt its token ids, int64 `[T]`: before and after the image, or all.
            pixels: `[B, 3, H, W]`, or none for text-only prompts.

        Returns:
            Embeddings `[B, T, D]` and the mask int64 `[B, T]`, zero where there is padding.
        """
        words = self.language.get_input_embeddings()
        rows = [[words(ids) for ids in prompt] for prompt in parts]
        if pixels is not None:
            for row, image in zip(rows, self.see(pixels), strict=True):
                row.insert(1, image.to(row[0].dtype))
        joined = [torch.cat(row) for row in rows]
        longest = max(len(row) for row in joined)
        padding = [(longest - len(row), 0) for row in joined]
        marks = [torch.ones(len(row), dtype=torch.int64, device=row.device) for row in joined]
        pad = nn.functional.pad
        return (
            torch.stack([pad(row, (0, 0, *by)) for row, by in zip(joined, padding, strict=True)]),
            torch.stack([pad(row, by) for row, by in zip(marks, padding, strict=True)]),
        )


def _read_parts(folder: Path) -> dict[str, torch.Tensor]:
    """Tower, Q-Former and queries of BLIP-2; shards without any of them needn't be there."""
    held = next(folder / name for name in WEIGHTS if (folder / name).is_file())
    files = [held]
    if held.suffix == ".json":
        shards = json.loads(held.read_text(encoding="utf-8"))["weight_map"]
        files = sorted({folder / file for key, file in shards.items() if key.startswith(PARTS)})
    state: dict[str, torch.Tensor] = {}
    for file in files:
        state |= _read_file(file)
    return state


def _read_file(file: Path) -> dict[str, torch.Tensor]:
    if file.suffix == ".safetensors":
        with safe_open(file, "pt") as opened:
            return {
                key: opened.get_tensor(key) for key in list(opened.keys()) if key.startswith(PARTS)
            }
    held = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    return {key: value for key, value in held.items() if key.startswith(PARTS)}


def _own_words(text: str) -> str:
    """An answer as the authors' code cuts it out of what was generated."""
    return text.split(STOP)[0].split("Assistant:")[-1].strip()
