"""Which GPU a job takes: jobs that run side by side each get their own."""

import os
import time
from pathlib import Path
from typing import IO, Final

from clipblind.ground.errors import UserError
from clipblind.ground.files import hold_lock

VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
LOOK_AGAIN: Final = 2.0  # seconds between two looks for a free GPU

_held: list[IO[str]] = []  # locks last as long as their files are open


def claim_device(folder: Path, count: int | None = None) -> str | None:
    """Take the first free GPU for as long as this process lives; wait if all are taken.

    A GPU is taken by a lock on a file in a folder that all jobs share, so the system lets go of it
    whatever ends the job. To take one means to hide the others from this process, which must not
    have touched CUDA yet.

    Args:
        folder: for the lock files.
        count: GPUs of the machine; none: as many as CUDA sees.

    Returns:
        The GPU's name in CUDA_VISIBLE_DEVICES; none where there is no GPU.
    """
    names = visible_devices(count)
    if not names:
        return None
    while True:
        for name in names:
            try:
                _held.append(hold_lock(folder / f"gpu-{name.replace('/', '_')}.lock"))
            except UserError:  # another job has it
                continue
            os.environ[VISIBLE] = name
            return name
        time.sleep(LOOK_AGAIN)


def visible_devices(count: int | None = None) -> list[str]:
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes."""
    if (given := os.environ.get(VISIBLE)) is not None:
        return [name.strip() for name in given.split(",") if name.strip() not in ("", "-1")]
    if count is None:
        import torch

        # NVML counts without starting CUDA, after which hiding a GPU would do nothing
        count = torch.cuda.device_count()
    return [str(number) for number in range(count)]
