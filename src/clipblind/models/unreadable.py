"""What the libraries raise over files of weights that are damaged or don't fit.

In a file of its own: a training reads its checkpoint, and shall not be done again because a loader
of somebody else's weights says something else.
"""

from pickle import UnpicklingError
from typing import Final

from safetensors import SafetensorError

UNREADABLE: Final = (
    *(OSError, ValueError, RuntimeError, LookupError, ImportError, TypeError, AttributeError),
    *(EOFError, UnpicklingError, SafetensorError),
)
