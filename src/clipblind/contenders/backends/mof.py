"""The small LLaVAs that a study trains, from the folders where their training saved them.

Only asks of one length share a batch, so nothing is padded, and no answer depends on others. What
the towers make of an image is computed once, however many questions there are about it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Final

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast

from clipblind.contenders.backends import batches, local
from clipblind.contenders.backends.batches import Shown
from clipblind.contenders.protocol import Ask, Given, Identity, Keep, Reply
from clipblind.encoders import load_encoder
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.models import computing, loading
from clipblind.models.answerers import CONFIG
from clipblind.mof.features import see
from clipblind.mof.model import MofForConditionalGeneration
from clipblind.study.settings.contenders import Decoding, Mof
from clipblind.study.settings.encoder import Encoder

FORMAT: Final = 1  # to be raised with any change of how an ask becomes tokens
KEPT: Final = 1 << 30  # bytes of features that are kept; beyond, they are computed again


def load(name: str, settings: Mof, given: Given) -> "MofBackend":
    """See `clipblind.contenders.backends.load`."""
    folder = given.folder or Path("contenders") / name
    return MofBackend(name, settings, folder, given.towers)


class MofBackend:
    """Answers with a small LLaVA; its weights and towers are loaded when first asked.

    Args:
        name: as the study calls it.
        settings: its entry.
        folder: where its training saved it.
        towers: settings and folder of each encoder that feeds it.

    Raises:
        UserError: if it has not been trained yet, or if a tower is missing.
    """

    keep: ClassVar = Keep.SOON

    def __init__(
        self, name: str, settings: Mof, folder: Path, towers: Mapping[str, tuple[Encoder, Path]]
    ) -> None:
        self._name, self._settings, self._folder = name, settings, folder
        if not (folder / CONFIG).is_file():
            raise UserError(f"{folder}/{CONFIG} is missing: train the contender first.")
        if missing := [tower for tower in settings.towers if tower not in towers]:
            raise UserError(
                f"The contender {name} is fed by {missing[0]}, whose files were not named; give"
                f" --towers {missing[0]}=FOLDER."
            )
        self._towers = [(tower, *towers[tower]) for tower in settings.towers]
        loading.refuse_code(name, folder)
        with loading.readable(name, folder):
            self.tokenizer = PreTrainedTokenizerFast.from_pretrained(
                folder, trust_remote_code=False
            )
        self._ids: dict[str, list[int]] = {}
        self._features: dict[str, list[torch.Tensor]] = {}
        self._kept = 0

    @cached_property
    def identity(self) -> Identity:
        """Kind, name, and as revision a digest of its own files and of those of its towers."""
        folders = [self._folder, *(folder for _, _, folder in self._towers)]
        return {
            "kind": self._settings.kind,
            "format": FORMAT,
            "name": self._name,
            "revision": digest(*map(local.revision_of, folders)),
        }

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer in batches; see `Backend`."""
        shown = any(ask.image is not None for ask in asks)
        if shown and not self._towers:
            raise UserError(
                f"The contender {self._name} has no towers and takes no images; ask it with"
                " `image: false`."
            )
        # loaded before anything is seeded, as loading may draw random numbers
        towers = self.towers if shown else []
        answer = partial(self._answer, self.model, towers)
        batch = self._settings.batch
        return batches.in_batches(asks, self.identity, batch, answer, lambda a: len(self.encode(a)))

    def encode(self, ask: Ask) -> list[int]:
        """An ask's token ids, after the image."""
        text = f"{ask.system} {ask.text}" if ask.system else ask.text
        if text not in self._ids:
            self._ids[text] = [self.tokenizer.bos_token_id, *self.tokenizer(text).input_ids]
        return self._ids[text]

    @cached_property
    def towers(self) -> list[LoadedEncoder]:
        """The encoders that feed it, in its own order."""
        return [load_encoder(name, settings, folder) for name, settings, folder in self._towers]

    @cached_property
    def model(self) -> MofForConditionalGeneration:
        """The model, in evaluation mode on the GPU if there is one."""
        model: MofForConditionalGeneration
        with loading.readable(self._name, self._folder):
            model, found = MofForConditionalGeneration.from_pretrained(
                self._folder, trust_remote_code=False, output_loading_info=True
            )
        loading.refuse_keys(self._name, self._folder, found["missing_keys"])
        end = self.tokenizer.eos_token_id
        model.language_model.generation_config = GenerationConfig(
            eos_token_id=[end], pad_token_id=end
        )
        model.to(computing.device()).eval().requires_grad_(False)
        return model

    def _answer(
        self,
        model: MofForConditionalGeneration,
        towers: Sequence[LoadedEncoder],
        shown: Sequence[Shown],
        decoding: Decoding,
    ) -> list[Reply]:
        here = computing.device()
        ids = torch.tensor([self.encode(each.ask) for each in shown], device=here)
        tokens = self._see(towers, shown, model.config.layer)
        tokens = [tower.to(here).float() for tower in tokens]
        said = model.answer(ids, tokens, **batches.sampling(decoding))
        texts = self.tokenizer.batch_decode(said, skip_special_tokens=True)
        read = ids.shape[1] + model.num_image_tokens(tokens)
        return [
            Reply(text, "", read, batches.count_new(new, model.language_model))
            for text, new in zip(texts, said, strict=True)
        ]

    def _see(
        self, towers: Sequence[LoadedEncoder], shown: Sequence[Shown], layer: int
    ) -> list[torch.Tensor]:
        """Each tower's patch tokens of a batch, float16 `[B, N, width]`; none without images."""
        pictures: dict[str, Any] = {
            each.ask.image_sha256: each.image for each in shown if each.image is not None
        }
        new = [sha256 for sha256 in pictures if sha256 not in self._features]
        features = {sha256: self._features[sha256] for sha256 in pictures if sha256 not in new}
        if new:
            seen = [see(tower, [pictures[sha256] for sha256 in new], layer) for tower in towers]
            features |= {sha256: list(each) for sha256, *each in zip(new, *seen, strict=True)}
        for sha256 in new:
            size = sum(each.nbytes for each in features[sha256])
            if self._kept + size <= KEPT:
                self._kept += size
                self._features[sha256] = features[sha256]
        if not pictures:
            return []
        rows = [features[each.ask.image_sha256] for each in shown]
        return [torch.stack(tower) for tower in zip(*rows, strict=True)]
