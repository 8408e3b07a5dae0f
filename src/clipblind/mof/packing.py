"""Several questions about one image in one sequence, each of them alone.

The sequence is: image tokens, then question 1, question 2, ... A question attends to the image and
to itself, never to another question, and its positions start where the image ends. So the result is
that of asking each by itself, and the image is read once.
"""

from typing import Any, Final

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

APART: Final = "clipblind_questions_apart"  # the attention's name for transformers


def packed_positions(num_image: int, questions: int, length: int) -> torch.Tensor:
    """Positions of image and questions, int64 `[1, M + Q * L]`.

    Args:
        num_image: M, image tokens before the text.
        questions: Q, questions about each image.
        length: L, tokens of each, padded at its end.
    """
    each = torch.arange(num_image, num_image + length).repeat(questions)
    return torch.cat([torch.arange(num_image), each]).unsqueeze(0)


def attend_apart(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    questions: int,
    length: int,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """The attention of packed questions, as transformers calls it: no pair is computed in vain.

    A question's padding stands at its end, where causal attention hides it from what is before.

    Args:
        module: the layer; its `num_key_value_groups` says how many queries share a key.
        query: float `[B, heads, M + Q * L, D]`; key and value likewise, with their own heads.
        key: see query.
        value: see query.
        attention_mask: not used; the layout says it all.
        questions: Q.
        length: L.
        scaling: of the scores; the root of D by default.

    Returns:
        `[B, M + Q * L, heads, D]`, and no weights.
    """
    groups = getattr(module, "num_key_value_groups", 1)
    if groups > 1:
        key, value = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    num_image = query.shape[2] - questions * length
    (q_image, q_text), (k_image, k_text), (v_image, v_text) = (
        torch.split(states, [num_image, questions * length], 2) for states in (query, key, value)
    )
    q, k, v = (torch.unflatten(text, 2, (questions, length)) for text in (q_text, k_text, v_text))
    seen = torch.ones(length, num_image + length, dtype=torch.bool, device=query.device)
    answers = scaled_dot_product_attention(
        q.transpose(1, 2).flatten(0, 1),
        _after(k_image, k),
        _after(v_image, v),
        attn_mask=seen.tril(num_image),
        scale=scaling,
    )
    parts = [torch.unflatten(answers, 0, (-1, questions)).transpose(2, 3).flatten(1, 2)]
    if num_image:
        read = scaled_dot_product_attention(
            q_image, k_image, v_image, is_causal=True, scale=scaling
        )
        parts.insert(0, read.transpose(1, 2))
    return torch.cat(parts, 1), None


def _after(image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    """The image before each question, `[B * Q, heads, M + L, D]`, of `[B, heads, Q, L, D]`."""
    before = image.unsqueeze(1).expand(-1, text.shape[2], -1, -1, -1)
    return torch.cat([before, text.transpose(1, 2)], 3).flatten(0, 1)


AttentionInterface.register(APART, attend_apart)
