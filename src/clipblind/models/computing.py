"""What models are computed on, and in which precision; how large they are."""

from typing import Final

import torch
from torch import nn

PRECISIONS: Final = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision_here(wanted: str) -> str:
    """The precision that a model is computed in: on a CPU always float32."""
    return wanted if device().type == "cuda" else "float32"


def params_m(model: nn.Module) -> float:
    """Parameters in millions."""
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or ("memory" in said and "alloc" in said)
