"""Several questions about one image in one sequence, each of them alone.

The sequence is: image tokens, then question 1, question 2, ... A question attends to the image and
to itself, never to another question, and its positions start where the image ends. So the result is
that of asking each by itself, and the image is read once.
"""

import torch


def packed_attention(blocks: torch.Tensor, num_image: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention mask and positions of packed questions.

    Args:
        blocks: int64 `[B, L]`, for each text token the number of its question, from 0; -1 is
            padding.
        num_image: image tokens before the text.

    Returns:
        An additive float mask `[B, 1, M + L, M + L]` and positions int64 `[B, M + L]`.
    """
    batch, length = blocks.shape
    total = num_image + length
    owner = torch.full((batch, total), -2, dtype=torch.long, device=blocks.device)
    owner[:, num_image:] = blocks
    is_image = owner == -2
    causal = torch.ones(total, total, dtype=torch.bool, device=blocks.device).tril()
    same = owner.unsqueeze(2) == owner.unsqueeze(1)
    allowed = causal & (same | is_image.unsqueeze(1))
    mask = torch.zeros(allowed.shape, device=blocks.device).masked_fill(~allowed, float("-inf"))
    return mask.unsqueeze(1), _positions(blocks, num_image)


def _positions(blocks: torch.Tensor, num_image: int) -> torch.Tensor:
    batch, length = blocks.shape
    index = torch.arange(length, device=blocks.device).expand(batch, length)
    starts = torch.ones_like(blocks, dtype=torch.bool)
    starts[:, 1:] = blocks[:, 1:] != blocks[:, :-1]
    start_of_block = torch.where(starts, index, 0).cummax(dim=1).values
    image = torch.arange(num_image, device=blocks.device).expand(batch, num_image)
    return torch.cat([image, num_image + index - start_of_block], dim=1)
