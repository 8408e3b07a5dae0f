"""What reading an answer ends in: an option and how it was read, or why none could be."""

from typing import Final, Literal, NamedTuple

from clipblind.grading.reading.options import Choice

Tier = Literal["certain", "read", ""]
"""`certain`: the form alone decides; `read`: evidence in sentences; empty: nothing was read."""
CERTAIN: Final = "certain"
READ: Final = "read"

Reason = Literal[
    "",
    "empty",
    "refused",
    "hedged",
    "both or neither",
    "names both options",
    "names neither option",
    "negated both options",
    "negated one option only",
    "contradicts itself",
    "letter and text contradict",
    "altered by a spreadsheet",
]


class ParsedChoice(NamedTuple):
    """An option's letter, or None with the reason; the reason of a letter is ""."""

    choice: Choice | None
    reason: Reason


class Reading(NamedTuple):
    """An option's letter and how it was read, or None with the reason."""

    choice: Choice | None
    tier: Tier
    reason: Reason
