"""What every back-end offers: asks go in, replies come out; and the key that each is kept under."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol

from clipblind.study.settings.contenders import Decoding
from clipblind.study.settings.encoder import Encoder

# Fields of `Decoding` that have always been in keys. One that is added later is in the keys only
# where it isn't at its default, so that what was answered before keeps its key.
KEYED: Final = ("temperature", "top_p", "max_new_tokens", "seed")

# the fault of a question that was never put to whoever answered; it is no part of their scores
NOT_RECORDED: Final = "it is not among the answers that were recorded"

Identity = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True)
class Ask:
    """One question as a model receives it.

    Nothing in it tells the right answer; MMVP's index would, so no id reaches a model.

    Attributes:
        question_id: whose question this is; for our books alone.
        order: `ab`, or `ba` where the options are exchanged.
        system: the system message; empty: none.
        text: the user's message, the image apart.
        decoding: how the answer is drawn.
        image: gives the encoded image; none for a text-only ask. Raises `Undecodable`.
        image_sha256: of the encoded image, in hex; empty without an image.
    """

    question_id: str
    order: str
    system: str
    text: str
    decoding: Decoding
    image: Callable[[], bytes] | None = None
    image_sha256: str = ""

    def key(self, identity: Identity) -> str:
        """The SHA-256, in hex, of all that decides the answer: model, words, decoding, image."""
        parts = {
            "model": dict(identity),
            "system": self.system,
            "text": self.text,
            "decoding": _keyed(self.decoding),
            "image": self.image_sha256,
        }
        said = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        text: the answer in the model's own words.
        fault: why there is none, in a few words, if the model declined for good (a content filter,
            say); empty if there is an answer. What may come right another time is no reply.
        tokens_in, tokens_out: that were read and written, if known.
        cost_usd: what it cost, if known.
    """

    text: str
    fault: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None


class Keep(Enum):
    """How a back-end's answers are kept in the ledger."""

    NEVER = "they cost nothing and go by the question, which is no part of a key"
    SOON = "each is written at once; the disk is waited for now and then, as they can be had again"
    AT_ONCE = "each is on the disk before the next is taken, as it may have been paid for"


@dataclass(frozen=True)
class Given:
    """What a back-end is given beside its settings.

    Attributes:
        folder: its files: of a model its folder, of recorded answers the CSV.
        seed: the study's, for baselines.
        towers: encoders that feed it, by name: settings, and the folder of its files.
    """

    folder: Path | None = None
    seed: int = 0
    towers: Mapping[str, tuple[Encoder, Path]] = field(default_factory=dict)


class Backend(Protocol):
    """Somebody who answers."""

    @property
    def keep(self) -> Keep:
        """How its answers are kept."""

    @property
    def identity(self) -> Identity:
        """All of the model that decides its answers: kind, name, revision; no key, no path."""

    def answer(self, asks: Sequence[Ask]) -> Iterator[tuple[Ask, Reply]]:
        """Answer every ask, each on its own, in any order, each as soon as it is there.

        Raises:
            Unanswered: at the end, if some got no reply; all that came was yielded before.
            UserError: if nothing can be answered at all (a wrong key, an unknown model).
        """


class Unanswered(Exception):
    """Some asks got no reply for now: why, and how many of each."""

    def __init__(self, reasons: Mapping[str, int]) -> None:
        self.reasons = dict(reasons)
        said = "; ".join(f"{why} ({count})" for why, count in self.reasons.items())
        super().__init__(said)


def _keyed(decoding: Decoding) -> dict[str, Any]:
    changed = decoding.model_dump(mode="json", exclude_defaults=True)
    whole = decoding.model_dump(mode="json")
    return {name: value for name, value in whole.items() if name in KEYED or name in changed}
