"""Let a CUDA-built torchvision import beside a CPU-only torch.

open_clip and transformers import torchvision for its transforms. PyPI has only CUDA builds of it,
and beside a CPU torch their import fails for want of two operators that no transform uses
(pytorch/vision issues 9077 and 9085). Declaring them is enough. Import this module first.
"""

from contextlib import suppress

import torch

if torch.version.cuda is None:
    for operator in ("nms", "qnms"):
        with suppress(RuntimeError):  # a torchvision that fits has declared it already
            torch.library.define(
                f"torchvision::{operator}",
                "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            )
