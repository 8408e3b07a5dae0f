"""Any image-text-to-text model of transformers, or model of words alone, from local files.

Greedy answers are the same whatever the batch, as far as arithmetic goes: texts are padded on the
left and padding is masked. In bfloat16 and float16, a GPU rounds by a batch's shape, so two words
that are all but equally likely may change places; float32 leaves no such case that was ever seen.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
from jinja2 import TemplateError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from clipblind.contenders.backends import batches, local
from clipblind.contenders.backends.batches import Shown
from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.ground.errors import UserError
from clipblind.models import computing, loading
from clipblind.models.answerers import CONFIG, PROCESSORS, WEIGHTS
from clipblind.study.settings.contenders import Decoding, LocalModel, setting_of

WITHOUT_CHAT: Final = "instructblip"
FORMAT: Final = 1  # to be raised with any change of how `_words` puts an ask together


def load(name: str, settings: LocalModel, given: Given) -> "TransformersBackend":
    """See `clipblind.contenders.backends.load`."""
    return TransformersBackend(
        name, settings, loading.place(name, settings.source, settings.folder, given.folder)
    )


class TransformersBackend:
    """Answers with a model of transformers; its weights are loaded when first asked.

    Args:
        name: as the study calls it.
        settings: its entry.
        folder: laid out as its hub repository.

    Raises:
        UserError: if files are missing or can't be read, or if it has no chat template.
    """

    keep: ClassVar = Keep.SOON

    def __init__(self, name: str, settings: LocalModel, folder: Path) -> None:
        self._name, self._settings, self._folder = name, settings, folder
        loading.require(name, folder, (CONFIG,), WEIGHTS)
        local.require_tokenizer(name, folder)
        pinned = settings.revision if settings.trust_remote_code else ""
        setting = f"{setting_of(name)}.trust_remote_code"
        self._given = {
            "local_files_only": True,
            "trust_remote_code": loading.refuse_code(name, folder, setting, pinned),
        }
        with loading.readable(name, folder):
            self._kind: str = AutoConfig.from_pretrained(folder, **self._given).model_type
            self._sees = self._kind in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
            if self._sees:
                loading.require(name, folder, PROCESSORS)
            self.processor = self._processor() if self._sees else self._reader()
        self._tokenizer = getattr(self.processor, "tokenizer", self.processor)
        self._template: str = settings.chat_template or _own_template(self.processor)
        if not self._template and self._kind != WITHOUT_CHAT:
            raise UserError(
                f"The model {name} ({settings.source}) has no chat template; give one as"
                f" {setting_of(name)}.chat_template."
            )

    @cached_property
    def identity(self) -> Identity:
        """Kind, source, revision, chat template, precision, and how words are put together.

        Batch and device are no part of it: they change no answer but for rounding.
        """
        return {
            "kind": "transformers",
            "format": FORMAT,
            "name": local.public_name(self._settings.source, self._folder),
            "revision": local.revision_of(self._folder),
            "template": hashlib.sha256(self._template.encode()).hexdigest()[:16],
            "precision": computing.precision_here(self._settings.precision),
        }

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer in batches; see `Backend`."""
        if not self._sees and any(ask.image is not None for ask in asks):
            raise UserError(
                f"The model {self._name} ({self._settings.source}) takes no images, as a"
                f" {self._kind!r} model; ask it with `image: false`, or take another."
            )
        for ask in asks:
            self._refuse_marks(ask)
        # loaded before anything is seeded, as loading may draw random numbers
        answer = partial(self._answer, self.model)
        return batches.in_batches(asks, self.identity, self._settings.batch, answer)

    def encode(self, shown: Sequence[Shown]) -> Any:
        """The tensors of a batch as the model receives them; all have an image, or none has."""
        texts = [self._words(each.ask) for each in shown]
        images = [each.image for each in shown if each.image is not None]
        given: dict[str, Any] = {"text": texts, "padding": True, "return_tensors": "pt"}
        # a template may write the token that begins every text, which must not stand there twice
        begin = self._tokenizer.bos_token
        if begin and all(text.startswith(begin) for text in texts):
            given["add_special_tokens"] = False
        if not images:
            return self._tokenizer(**given)
        nested = images if self._kind == WITHOUT_CHAT else [[image] for image in images]
        with batches.processing(shown):
            return self.processor(images=nested, **given)

    @cached_property
    def model(self) -> Any:
        """The model, in evaluation mode on the GPU if there is one."""
        auto = AutoModelForImageTextToText if self._sees else AutoModelForCausalLM
        dtype = computing.PRECISIONS[computing.precision_here(self._settings.precision)]
        with loading.readable(self._name, self._folder):
            model, found = auto.from_pretrained(
                self._folder, dtype=dtype, output_loading_info=True, **self._given
            )
        loading.refuse_keys(self._name, self._folder, found["missing_keys"])
        loading.refuse_size(setting_of(self._name), model, self._settings.params_m)
        batches.forget_habits(model, self._tokenizer)
        return model.to(computing.device()).eval().requires_grad_(False)

    def _answer(self, model: Any, shown: Sequence[Shown], decoding: Decoding) -> list[Reply]:
        inputs = self.encode(shown).to(computing.device())
        if "pixel_values" in inputs:
            inputs["pixel_values"] = inputs["pixel_values"].to(model.dtype)
        elif self._kind == WITHOUT_CHAT:
            model = model.language_model
        said = model.generate(**inputs, **batches.sampling(decoding))
        if not getattr(model, "language_model", model).config.is_encoder_decoder:
            said = said[:, inputs["input_ids"].shape[1] :]
        texts = self._tokenizer.batch_decode(said, skip_special_tokens=True)
        read = inputs["attention_mask"].sum(dim=1).tolist()
        return [
            Reply(text.strip(), tokens_in=count, tokens_out=batches.count_new(tokens, model))
            for text, count, tokens in zip(texts, read, said, strict=True)
        ]

    def _words(self, ask: Ask) -> str:
        if not self._template:
            return f"{ask.system}\n{ask.text}" if ask.system else ask.text
        try:
            text = self._chat(ask, ask.system, ask.text)
        except TemplateError:
            text = ""
        if ask.system.strip() in text and text:
            return text
        # Some templates refuse a system message, and others leave it away without a word.
        try:
            return self._chat(ask, "", f"{ask.system}\n\n{ask.text}" if ask.system else ask.text)
        except TemplateError as error:
            raise UserError(
                f"The chat template of the model {self._name} can't put a question ({error}); give"
                f" another one as {setting_of(self._name)}.chat_template."
            ) from error

    def _chat(self, ask: Ask, system: str, words: str) -> str:
        def content(kinds: list[str], text: str) -> Any:
            parts = [{"type": kind} for kind in kinds]
            return [*parts, {"type": "text", "text": text}] if self._sees else text

        user = content(["image"] if ask.image is not None else [], words)
        messages = [{"role": "system", "content": content([], system)}] if system else []
        text: str = self.processor.apply_chat_template(
            [*messages, {"role": "user", "content": user}],
            chat_template=self._template,
            add_generation_prompt=True,
            tokenize=False,
        )
        return text

    def _reader(self) -> Any:
        return local.read_tokenizer(self._folder, self._given["trust_remote_code"])

    def _processor(self) -> Any:
        processor = AutoProcessor.from_pretrained(self._folder, **self._given)
        trust = {"trust": True} if self._given["trust_remote_code"] else {}
        processor.image_processor = local.read_images(self._folder, **trust)
        # only this one: a Q-Former's own tokenizer must go on padding on the right
        local.pad_left(processor.tokenizer)
        return processor

    def _refuse_marks(self, ask: Ask) -> None:
        mark = getattr(self.processor, "image_token", None)
        mark = getattr(mark, "content", mark)
        if mark and mark in ask.system + ask.text:
            raise UserError(
                f"The question {ask.question_id} holds {mark}, which the model {self._name} takes"
                " for an image; reword it."
            )


def _own_template(processor: Any) -> str:
    inner = getattr(processor, "tokenizer", None)
    found = processor.chat_template or getattr(inner, "chat_template", None) or ""
    return found["default"] if isinstance(found, dict) else found
