"""A LLaVA-style model: frozen towers, adapters, and any causal language model of transformers.

Additive mixing (A-MoF) mixes the towers' patch tokens linearly before one adapter; interleaved
mixing (I-MoF) gives each tower an adapter of its own and lays the tokens alternately, in patch
order (paper, section 4.2 and 4.3).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from clipblind.mof.packing import APART, packed_positions


class MofConfig(PretrainedConfig):  # type: ignore[misc]
    """Configuration of `MofForConditionalGeneration`.

    Args:
        text_config: keyword arguments of `AutoConfig.for_model`, `model_type` among them.
        towers: names of the frozen towers, the language-aligned one first; none for a model that
            sees no image.
        tower_widths: channels of each tower's patch tokens.
        mixture: `none`, `additive` or `interleaved`.
        reference_share: the second tower's weight in an additive mixture; the paper's SSL ratio.
        layer: the towers' hidden layer that is read, from -1 (last).
        adapter_width: hidden width of the two-layer adapter.
        standardise: bring each feature dimension to mean 0 and variance 1 before the adapter.
    """

    model_type = "clipblind_mof"

    def __init__(
        self,
        text_config: dict[str, Any] | None = None,
        towers: Sequence[str] = (),
        tower_widths: Sequence[int] = (),
        mixture: str = "none",
        reference_share: float = 0.5,
        layer: int = -1,
        adapter_width: int = 256,
        standardise: bool = True,
        **kwargs: Any,
    ) -> None:
        self.text_config = text_config or {}
        self.towers = list(towers)
        self.tower_widths = list(tower_widths)
        self.mixture = mixture
        self.reference_share = reference_share
        self.layer = layer
        self.adapter_width = adapter_width
        self.standardise = standardise
        super().__init__(**kwargs)


class MofForConditionalGeneration(PreTrainedModel):  # type: ignore[misc]
    """Answers questions about an image that it sees as patch tokens of its towers.

    The towers themselves stay outside: they are frozen and shared, so the model is handed their
    patch tokens, one float32 tensor `[B, N, width]` for each tower.
    """

    config_class = MofConfig
    base_model_prefix = "language_model"

    def __init__(self, config: MofConfig) -> None:
        super().__init__(config)
        text = dict(config.text_config)
        text_config = AutoConfig.for_model(text.pop("model_type"), **text) if text else None
        if text_config is None:
            raise ValueError("MofConfig.text_config needs a model_type")
        self.language_model = AutoModelForCausalLM.from_config(text_config)
        widths = config.tower_widths
        if config.mixture == "additive" and len(set(widths)) != 1:
            raise ValueError(f"additive mixing needs towers of one width, not {widths}")
        hidden = text_config.hidden_size
        inputs = widths if config.mixture == "interleaved" else widths[:1]
        self.adapters = nn.ModuleList(_adapter(w, config.adapter_width, hidden) for w in inputs)
        for i, width in enumerate(widths):
            self.register_buffer(f"mean_{i}", torch.zeros(width))
            self.register_buffer(f"std_{i}", torch.ones(width))
        self.post_init()

    def measure(self, tokens: Sequence[torch.Tensor]) -> None:
        """Take the mean and standard deviation of each feature dimension from training images.

        Args:
            tokens: for each tower `[B, N, width]`. Does nothing where `standardise` is off.
        """
        if not self.config.standardise:
            return
        for i, tower in enumerate(tokens):
            getattr(self, f"mean_{i}").copy_(tower.mean((0, 1)))
            getattr(self, f"std_{i}").copy_(tower.std((0, 1)).clamp(min=1e-5))

    def num_image_tokens(self, tokens: Sequence[torch.Tensor]) -> int:
        """How many language-model inputs the image takes."""
        if self.config.mixture == "interleaved":
            return sum(tower.shape[1] for tower in tokens)
        return tokens[0].shape[1] if tokens else 0

    def image_embeds(self, tokens: Sequence[torch.Tensor]) -> torch.Tensor:
        """Patch tokens to language-model inputs `[B, M, hidden]`.

        M is N for one tower and for additive mixing, 2 N for interleaved mixing.
        """
        seen = [
            (tower - getattr(self, f"mean_{i}")) / getattr(self, f"std_{i}")
            for i, tower in enumerate(tokens)
        ]
        if self.config.mixture == "additive":
            share = self.config.reference_share
            return self._adapt(0, (1 - share) * seen[0] + share * seen[1])
        if self.config.mixture == "interleaved":
            adapted = [self._adapt(i, tower) for i, tower in enumerate(seen)]
            return torch.stack(adapted, dim=2).flatten(1, 2)
        return self._adapt(0, seen[0])

    def forward(
        self,
        input_ids: torch.Tensor,
        image_tokens: Sequence[torch.Tensor] = (),
        wanted: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Logits of the text positions, of the shape of `input_ids` and `vocabulary`.

        Args:
            input_ids: int64 `[B, L]`, a text about each image; or `[B, Q, L]`, Q texts about each
                image, none of which sees the others, padded at their ends.
            image_tokens: for each tower `[B, N, width]`; none for a model without towers.
            wanted: bool of `input_ids`' shape, the positions whose logits will be read, or `None`
                for all; the others may hold anything.
        """
        ids = input_ids.flatten(1)
        embeds = self._inputs(ids, image_tokens)
        with ExitStack() as ways:
            if wanted is not None:
                ways.enter_context(_last_mlp_only_at(self.language_model, wanted.flatten(1)))
            layout = {}
            if input_ids.ndim == 3:
                layout = ways.enter_context(_apart(self.language_model, embeds, input_ids))
            logits: torch.Tensor = self.language_model(
                inputs_embeds=embeds, use_cache=False, logits_to_keep=ids.shape[1], **layout
            ).logits
        return logits.reshape(*input_ids.shape, -1)

    @torch.inference_mode()
    def answer(
        self,
        input_ids: torch.Tensor,
        image_tokens: Sequence[torch.Tensor] = (),
        **drawn: Any,
    ) -> torch.Tensor:
        """Continuation of prompts of one length, ids `[B, at most max_new_tokens]`.

        Args:
            input_ids: int64 `[B, L]`.
            image_tokens: for each tower `[B, N, width]`; none for a model without towers.
            drawn: of `generate`, such as `max_new_tokens`; the language model's own generation
                settings say where an answer ends.
        """
        embeds = self._inputs(input_ids, image_tokens)
        continued: torch.Tensor = self.language_model.generate(
            inputs_embeds=embeds,
            attention_mask=torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device),
            **drawn,
        )
        return continued

    def _inputs(self, ids: torch.Tensor, image_tokens: Sequence[torch.Tensor]) -> torch.Tensor:
        words: torch.Tensor = self.language_model.get_input_embeddings()(ids)
        if not image_tokens:
            return words
        return torch.cat([self.image_embeds(image_tokens), words], dim=1)

    def _adapt(self, index: int, tokens: torch.Tensor) -> torch.Tensor:
        adapted: torch.Tensor = self.adapters[index](tokens)
        return adapted


@contextmanager
def _apart(
    language_model: Any, embeds: torch.Tensor, input_ids: torch.Tensor
) -> Iterator[dict[str, Any]]:
    """Let each question see the image and itself; gives what the forward pass is handed for it."""
    _, questions, length = input_ids.shape
    num_image = embeds.shape[1] - questions * length
    positions = packed_positions(num_image, questions, length).to(embeds.device)
    before = language_model.config._attn_implementation
    language_model.set_attn_implementation(APART)
    try:
        yield {"position_ids": positions, "questions": questions, "length": length}
    finally:
        language_model.set_attn_implementation(before)


@contextmanager
def _last_mlp_only_at(language_model: nn.Module, wanted: torch.Tensor) -> Iterator[None]:
    """Spare the last MLP the positions that nothing reads: most, as answers are short.

    What it gives there goes into those positions' logits alone. Does nothing where the library
    names the MLP otherwise than its Llama does.
    """
    layers = getattr(language_model.base_model, "layers", None)
    mlp = getattr(layers[-1], "mlp", None) if layers is not None else None
    if mlp is None:
        yield
        return
    whole = mlp.forward

    def sparing(hidden: torch.Tensor) -> torch.Tensor:
        read = nn.functional.pad(wanted, (hidden.shape[1] - wanted.shape[1], 0))
        return torch.zeros_like(hidden).index_put((read,), whole(hidden[read][None])[0])

    mlp.forward = sparing
    try:
        yield
    finally:
        del mlp.forward


def _adapter(width: int, inner: int, hidden: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, hidden))
