"""One name for each of the nine visual patterns, whatever a file or a judge calls it."""

from typing import Final

from clipblind.reference.patterns import PATTERNS

NINE: Final = tuple(pattern.name for pattern in PATTERNS)

# of the unofficial assignment that goes around, in the order of the paper's tables
CODES: Final = ("od", "pf", "sc", "qc", "pr", "ca", "sh", "tx", "vp")


def pattern_named(text: str) -> str | None:
    """The project's name of a pattern; none if it is no name of any.

    Known are ours, the paper's (section 3.1), those of Table 1's columns, of MMVP-VLM's types, and
    two-letter codes; case, outer space and spelling of colour don't count.
    """
    return _KNOWN.get(_plain(text))


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("&", "and").replace("colour", "color").split())


_KNOWN: Final = {
    _plain(called): pattern.name
    for pattern, code in zip(PATTERNS, CODES, strict=True)
    for called in (pattern.name, pattern.paper, pattern.column, pattern.type, code)
}
