"""Asking a back-end all that the ledger doesn't know yet."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clipblind.contenders.ledger import Ledger, open_ledger
from clipblind.contenders.protocol import Ask, Backend, Keep, Reply, Unanswered
from clipblind.ground.errors import UserError
from clipblind.ground.images import Undecodable
from clipblind.ground.progress import track


def ask_all(
    backend: Backend,
    asks: Sequence[Ask],
    ledger: Path,
    label: str,
    *,
    wording: str = "",
    version: str = "",
) -> list[Reply]:
    """A reply to every ask: kept ones from the ledger, others from the back-end, kept at once.

    Asks that are alike in all that decides an answer are asked once, and tokens and costs stand in
    the first one's reply alone.

    Args:
        backend: answers.
        asks: in any order.
        ledger: the folder of all ledgers.
        label: names the work in the progress display and in messages.
        wording: the prompt's name, for who reads the ledger.
        version: of the prompt.

    Returns:
        The replies, in the order of `asks`.

    Raises:
        UserError: if some got no reply: why, how many are kept, and what to do.
    """
    if backend.keep is Keep.NEVER:
        known = {id(ask): reply for ask, reply in backend.answer(asks)}
        return [known[id(ask)] for ask in asks]
    with open_ledger(ledger, backend.identity, wording, version, backend.keep) as book:
        if book.damaged:
            lines = f"{book.damaged} damaged line{'s' * (book.damaged > 1)}"
            print(f"{book.path}: {lines} passed over; the others are used.", file=sys.stderr)
        keys = [ask.key(backend.identity) for ask in asks]
        _ask_what_is_left(backend, dict(zip(keys, asks, strict=True)), book, label)
        first = {key: at for at, key in reversed(list(enumerate(keys)))}
        return [_paid_once(book[key], first[key] < at) for at, key in enumerate(keys)]


def _ask_what_is_left(backend: Backend, asks: dict[str, Ask], book: Ledger, label: str) -> None:
    left = {key: ask for key, ask in asks.items() if key not in book}
    if not left:
        return
    book.require_room()
    reasons = "no reply came"
    try:
        with track(label, len(asks), done=len(asks) - len(left)) as advance:
            for ask, reply in backend.answer(list(left.values())):
                book.add(ask.key(backend.identity), ask, reply)
                advance("")
    except Unanswered as error:
        reasons = str(error)
    except Undecodable as error:
        reasons = f"an image can't be used: {error}"
    except UserError as error:
        if kept := sum(key in book for key in asks):
            said = str(error).rstrip(".")
            raise UserError(f"{said}; {_kept(kept, asks, book)}.") from error
        raise
    if open_ := sum(key not in book for key in asks):
        raise UserError(
            f"{label}: {open_} of {len(asks)} got no answer ({reasons}); run again to ask these"
            f" alone; {_kept(len(asks) - open_, asks, book)}."
        )


def _paid_once(reply: Reply, again: bool) -> Reply:
    return replace(reply, tokens_in=None, tokens_out=None, cost_usd=None) if again else reply


def _kept(count: int, asks: dict[str, Ask], book: Ledger) -> str:
    return f"{count} of {len(asks)} answers are kept in {book.path} and won't be asked again"
