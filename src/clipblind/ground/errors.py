"""The error that a user can mend, and the sentences for what only the machine refuses."""

import errno
import re
from collections.abc import Iterator
from typing import Final

FULL: Final = {
    errno.ENOSPC: "no space is left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "no file may become that large",
}
# torch says no number where it writes
FULL_WORDS: Final = re.compile(
    r"[Nn]o space left on device|[Dd]isk quota exceeded|[Ff]ile too large"
    r"|PytorchStreamWriter failed writing|os error (28|122|27)\b"
)
MEMORY_WORDS: Final = re.compile(
    r"not enough memory|out of memory|[Cc]annot allocate memory|can't allocate memory"
    r"|[Uu]nable to allocate|bad_alloc|can't start new thread|os error 12\b"
)


class UserError(Exception):
    """Bad input: its text is one sentence that says what is wrong, where, and what to do.

    The command line prints the text without a stack trace and exits with status 1.
    """


def refused(error: BaseException) -> str:
    """What the system refused, as a sentence; empty if it is no refusal but a fault of ours."""
    if said := shortage(error):
        return said
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} can't be used ({_lower(error.strerror)})."
    return ""


def shortage(error: BaseException) -> str:
    """That the disk is full or the memory used up, as a sentence; empty if neither is.

    Args:
        error: whatever ended the work; what it was raised from counts, too.
    """
    for one in _chain(error):
        said = f"{type(one).__name__}: {one}"
        number = one.errno or 0 if isinstance(one, OSError) else 0
        if number in FULL or FULL_WORDS.search(said):
            words = FULL.get(number, FULL[errno.ENOSPC])
            return f"The disk is full ({words}); make room and run again."
        is_memory = isinstance(one, MemoryError) or number == errno.ENOMEM
        if is_memory or "OutOfMemory" in said or MEMORY_WORDS.search(said):
            return (
                "There is not enough memory for this; end what else uses it, raise its limit or ask"
                " for less at once, and run again."
            )
    return ""


def cannot_write(target: object, error: BaseException) -> str:
    """That a file or a folder can't be written, and why the system says so."""
    if said := shortage(error):
        return f"{target} can't be written: {_lower(said)}"
    words = getattr(error, "strerror", None) or " ".join(str(error).split())[:120]
    return f"{target} can't be written ({_lower(words)})."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that it was raised from."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        yield one
        seen.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _lower(words: str | None) -> str:
    return words[0].lower() + words[1:] if words else "the system says no more"
