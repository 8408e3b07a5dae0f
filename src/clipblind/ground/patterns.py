"""The nine visual patterns under every name they go by, in the order of the paper's tables."""

from dataclasses import dataclass
from typing import Final

AVERAGE: Final = "average"
"""Stands in place of a pattern for the mean over all nine."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One visual pattern.

    Attributes:
        name: its name in this project.
        paper: its full name in the paper (section 3.1).
        column: the column of the paper's Table 1.
        type: the column `Type` of MMVP-VLM's `Questions.csv`, and its folder of images.
    """

    name: str
    paper: str
    column: str
    type: str


PATTERNS: Final = (
    Pattern("orientation", "Orientation and Direction", "Orientation", "Orientation"),
    Pattern("presence", "Presence of Specific Features", "Presence", "Presence"),
    Pattern("state", "State and Condition", "State", "State"),
    Pattern("quantity", "Quantity and Count", "Quantity", "Quantity"),
    Pattern("position", "Positional and Relational Context", "Positional", "Spatial"),
    Pattern("colour", "Color and Appearance", "Color", "Color"),
    Pattern(
        "structure",
        "Structural and Physical Characteristics",
        "Structural",
        "Structural Character",
    ),
    Pattern("text", "Text", "Text", "Text"),
    Pattern("viewpoint", "Viewpoint and Perspective", "Viewpoint", "Camera Perspective"),
)

PATTERN_OF_COLUMN: Final = {pattern.column: pattern.name for pattern in PATTERNS}
TYPE_OF_PATTERN: Final = {pattern.name: pattern.type for pattern in PATTERNS}

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
