"""The ledger of answers: what was asked once is kept for good, and never asked again.

One JSON-lines file for each model, which is only ever added to: one line an answer, under a key of
all that decides it. A line is written whole before the next answer is taken, so that a kill or a
full disk costs at most the line that was being written; that one is passed over. What may have been
paid for is on the disk by then, too; of a model on this machine a power cut may cost the last batch
of answers, as to wait for the disk after each takes longer than to answer (3 to 4 ms).
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from clipblind.contenders.protocol import Ask, Identity, Keep, Reply
from clipblind.ground.errors import UserError

MIB: Final = 1 << 20
SPARE: Final = 16 * MIB  # bytes that must be free before anything is asked that may be paid for
SOON: Final = 0.05  # seconds between two waits for the disk, where not each answer is worth one
LONGEST: Final = 80  # characters of a model's name in its file's name
COUNTS: Final = ("tokens_in", "tokens_out", "cost_usd")
MOST_TOKENS: Final = 1 << 40  # of one answer; what is beyond is no count
MOST_USD: Final = 1e9
BLANK: Final = b" \t\r\0"  # a power cut may leave zeros where a line was to be
BEGINNING: Final = b'{"key": "'


class Ledger:
    """One model's answers, by key; `open_ledger` makes it.

    Attributes:
        path: of its file.
        damaged: lines that aren't as they were written, and were passed over.
    """

    def __init__(
        self, path: Path, identity: Identity, wording: str, version: str, keep: Keep
    ) -> None:
        self.path = path
        self._identity = identity
        self._wait = SOON if keep is Keep.SOON else 0.0
        self._synced, self._is_synced = -SOON, True
        self._prompt = {"name": wording, "version": version}
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            known = path.read_bytes()
        except OSError as error:
            raise _unwritable(path, error) from error
        self._replies, self.damaged = _read(known)
        self._is_torn = bool(known) and not known.endswith(b"\n")

    def __contains__(self, key: str) -> bool:
        return key in self._replies

    def __getitem__(self, key: str) -> Reply:
        return self._replies[key]

    def add(self, key: str, ask: Ask, reply: Reply) -> None:
        """Keep a reply, written when this returns; the first under a key stays.

        Raises:
            UserError: if it can't be written.
        """
        if key in self._replies:
            return
        reply = _clean(reply)
        line = {
            "key": key,
            "question_id": ask.question_id,
            "order": ask.order,
            "answer": reply.text,
            "fault": reply.fault,
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "cost_usd": reply.cost_usd,
            # the key stands for all of the identity; a name is enough for who reads this
            "model": {name: self._identity.get(name) for name in ("kind", "name", "revision")},
            "image_sha256": ask.image_sha256,
            "prompt": self._prompt,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._write(json.dumps(line).encode() + b"\n")
        self._replies[key] = reply

    def require_room(self) -> None:
        """Refuse to ask what might be paid for and could not be kept.

        Raises:
            UserError: if the disk has too little room.
        """
        free = shutil.disk_usage(self.path.parent).free
        if free < SPARE:
            raise UserError(
                f"The disk of {self.path.parent} has {free / MIB:.1f} MiB free, and"
                f" {SPARE / MIB:.0f} MiB are wanted before anything is asked, so that answers"
                " can be kept: make room, or set `ledger` to a folder elsewhere."
            )

    def close(self) -> None:
        """Let go of the file, all of it on the disk.

        Raises:
            UserError: if the disk doesn't take what was written.
        """
        try:
            if not self._is_synced:
                self._sync()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        finally:
            os.close(self._file)

    def _write(self, line: bytes) -> None:
        # what was torn stays as a line of its own, and what follows is whole
        whole = b"\n" + line if self._is_torn else line
        self._is_torn = True
        try:
            left = memoryview(whole)
            while left:  # a disk that is full writes a part, and says so with the next one alone
                left = left[os.write(self._file, left) :]
            self._is_torn, self._is_synced = False, False
            if time.monotonic() - self._synced >= self._wait:
                self._sync()
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _sync(self) -> None:
        os.fsync(self._file)
        self._synced, self._is_synced = time.monotonic(), True


@contextlib.contextmanager
def open_ledger(
    folder: Path,
    identity: Identity,
    wording: str = "",
    version: str = "",
    keep: Keep = Keep.AT_ONCE,
) -> Iterator[Ledger]:
    """A model's ledger, for this process alone; waits, and says so, while another run has it.

    To wait rather than to give up lets contenders that share a model run side by side: each finds
    what the other asked.

    Args:
        folder: of all ledgers; made if it is missing.
        identity: the model's; `kind` and `name` name the file.
        wording: the prompt's name, for who reads the file.
        version: of the prompt.
        keep: whether each answer is on the disk before the next is taken, or soon.

    Raises:
        UserError: if the folder can't be written to, or its disk is full.
    """
    path = ledger_path(folder, identity)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("a")
    except OSError as error:
        raise _unwritable(path, error) from error
    with lock:
        _wait_for(lock.fileno(), path)
        ledger = Ledger(path, identity, wording, version, keep)
        try:
            yield ledger
        finally:
            ledger.close()


def ledger_path(folder: Path, identity: Identity) -> Path:
    """The file of a model's answers; models of one name share it, told apart by their keys."""
    name = f"{identity['kind']}-{identity.get('name') or 'unnamed'}".lower()
    words = re.findall(r"[a-z0-9][a-z0-9.]*", name)
    return folder / f"{'-'.join(words)[:LONGEST]}.jsonl"


def _wait_for(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(
            f"Another run is asking this model and writes {path}: this one waits for it to end, and"
            " asks what is left then.",
            file=sys.stderr,
            flush=True,
        )
        fcntl.flock(lock, fcntl.LOCK_EX)


def _read(known: bytes) -> tuple[dict[str, Reply], int]:
    """The replies by key, and how many lines are none that this module wrote."""
    replies: dict[str, Reply] = {}
    damaged = 0
    for line in known.split(b"\n"):
        line = line.strip(BLANK)
        if not line:
            continue
        entry = _parse(line)
        if entry is None:
            damaged += 1
            # what a kill tore may stand before a whole line
            at = line.rfind(BEGINNING)
            entry = _parse(line[at:]) if at > 0 else None
        if entry is not None:
            replies.setdefault(*entry)
    return replies, damaged


def _parse(line: bytes) -> tuple[str, Reply] | None:
    """A line's key and reply; none if any of it could end the run that uses it."""
    try:
        said = json.loads(line)
        key, text, fault = said["key"], said["answer"], said["fault"]
        key.encode(), text.encode(), fault.encode()
        read, written, cost = (said.get(name) for name in COUNTS)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    # an answer that was paid for is worth more than what was noted beside it
    return key, _clean(Reply(text, fault, read, written, cost))


def _is_count(said: Any) -> bool:
    return said is None or (type(said) is int and 0 <= said <= MOST_TOKENS)


def _is_cost(said: Any) -> bool:
    return said is None or (type(said) in (int, float) and 0 <= said <= MOST_USD)


def _clean(reply: Reply) -> Reply:
    """The same reply as every file can hold it: neither lone surrogates nor odd counts."""
    text, fault = (said.encode("utf-8", "replace").decode() for said in (reply.text, reply.fault))
    read, written = (n if _is_count(n) else None for n in (reply.tokens_in, reply.tokens_out))
    return Reply(text, fault, read, written, reply.cost_usd if _is_cost(reply.cost_usd) else None)


def _unwritable(path: Path, error: OSError) -> UserError:
    said = (error.strerror or str(error)).lower()
    return UserError(
        f"Answers can't be kept in {path} ({said}): make room or give leave to write there, or set"
        " `ledger` to a folder elsewhere; what was kept before is safe."
    )
