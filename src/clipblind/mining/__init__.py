"""Mining CLIP-blind pairs: alike to one encoder, different to another."""

from clipblind.mining.join import blind_pairs
from clipblind.mining.quantiles import cosine_quantile

__all__ = ["blind_pairs", "cosine_quantile"]
