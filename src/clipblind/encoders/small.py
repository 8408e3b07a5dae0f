"""Two parts that let an encoder learn from a few ten thousand small images.

Neither open_clip nor transformers can describe them in its configuration, so a checkpoint that has
one says so by a key of its own (`stem_width`, `bag_of_words`), and the loader puts it in place
before the weights are read. Everything else is the library's own.
"""

import torch
from torch import nn

SPECIAL_TOKENS = 2  # the highest id among pad, unknown and start


class ConvStem(nn.Sequential):
    """A convolutional stem in place of a ViT's patch projection.

    A few convolutions cure what a linear projection of patches does to tiny ViTs (Xiao et al. 2021,
    "Early Convolutions Help Transformers See Better", arXiv 2106.14881). Maps images
    `[B, 3, H, W]` to patch features `[B, width, H / patch, W / patch]`.

    Args:
        width: channels out, the transformer's hidden size.
        patch: the stride as a whole, 8 or 16.
        stem_width: channels of the first convolution.

    Raises:
        ValueError: if `patch` is neither 8 nor 16.
    """

    def __init__(self, width: int, patch: int, stem_width: int) -> None:
        if patch not in (8, 16):
            raise ValueError(f"a convolutional stem has patch 8 or 16, not {patch}")
        w = stem_width
        layers = [
            *_conv(3, w, stride=2),
            *_conv(w, 2 * w, stride=2),
            *_conv(2 * w, 2 * w, stride=1),
            *_conv(2 * w, 4 * w, stride=2),
            *_conv(4 * w, 4 * w, stride=1),
        ]
        if patch == 16:
            layers += _conv(4 * w, 4 * w, stride=2)
        super().__init__(*layers, nn.Conv2d(4 * w, width, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Channels last, in which a CPU's convolutions of few channels are faster."""
        features = images.contiguous(memory_format=torch.channels_last)
        for layer in self:
            features = layer(features)
        return features

    @property
    def weight(self) -> torch.Tensor:
        """The first convolution's weight: both libraries read a patch projection's dtype off it."""
        weight = self[0].weight
        assert isinstance(weight, torch.Tensor)
        return weight


class BagOfWords(nn.Module):
    """A text tower that adds up word vectors: what it knows of a text is which words it holds.

    In place of open_clip's text transformer, which on captions of a few words needs many times the
    steps to tell them apart. Large CLIPs behave much like bags of words, too (Yuksekgonul et al.
    2023, arXiv 2210.01936). Maps token ids `[B, L]` to embeddings `[B, embed_dim]`.

    Args:
        vocab_size: the last id is the end token; ids 0 to 2 are pad, unknown and start.
        width: of a word vector.
        embed_dim: of the joint space.
    """

    def __init__(self, vocab_size: int, width: int, embed_dim: int) -> None:
        super().__init__()
        self.end = vocab_size - 1
        self.token_embedding = nn.Embedding(vocab_size, width)
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, embed_dim)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """The embeddings, not normalised."""
        is_word = ((tokens > SPECIAL_TOKENS) & (tokens < self.end)).unsqueeze(-1)
        summed: torch.Tensor = (self.token_embedding(tokens) * is_word).sum(1)
        # captions name about four things: halving keeps the sum near unit variance
        projected: torch.Tensor = self.project(summed / 2)
        return projected


def _conv(channels_in: int, channels_out: int, *, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    ]
