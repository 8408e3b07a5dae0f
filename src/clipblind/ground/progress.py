"""Progress of long work: a bar on a terminal, a line at every tenth in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[str], None]
SHARES = 10


@contextmanager
def track(label: str, total: int, *, done: int = 0) -> Iterator[Advance]:
    """Show the progress of `total` equal parts of work on standard error.

    Args:
        label: names the work.
        total: how many parts there are.
        done: how many were finished by an earlier run.

    Yields:
        A function to call after each part, with a short note such as the loss.
    """
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(label, total=total, completed=done, note="")

            def advance(note: str) -> None:
                bar.update(task, advance=1, note=note)

            yield advance
    else:
        yield _Lines(label, total, done)


@contextmanager
def track_amount(label: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """Show the progress of a large number of things on standard error.

    Args:
        label: names what is counted.
        total: how many there are.

    Yields:
        A function to call with how many are done since its last call, and a short note.
    """
    if sys.stderr.isatty():
        count = TextColumn("{task.completed:,.0f}/{task.total:,.0f}")
        name, note = TextColumn("{task.description}"), TextColumn("{task.fields[note]}")
        columns = (name, BarColumn(), count, TimeRemainingColumn(), note)
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(label, total=total, note="")
            yield lambda amount, said: bar.update(task, advance=amount, note=said)
    else:
        lines, done, told = _Lines(label, SHARES, 0), 0, 0

        def advance(amount: int, said: str) -> None:
            nonlocal done, told
            done += amount
            while total and told < done * SHARES // total:
                told += 1
                lines(said)

        yield advance


def _bar() -> Progress:
    name, note = TextColumn("{task.description}"), TextColumn("{task.fields[note]}")
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), note)
    return Progress(*columns, console=Console(stderr=True))


class _Lines:
    def __init__(self, label: str, total: int, done: int) -> None:
        self.label, self.total, self.done, self.first = label, total, done, done
        self.started = time.monotonic()
        if done:
            print(f"{label}: goes on from {done}/{total}", file=sys.stderr, flush=True)

    def __call__(self, note: str = "") -> None:
        before, self.done = self.done * SHARES // self.total, self.done + 1
        filled = self.done * SHARES // self.total
        if filled == before:
            return
        spent = time.monotonic() - self.started
        left = spent / (self.done - self.first) * (self.total - self.done)
        bar = "━" * filled + "╌" * (SHARES - filled)
        line = f"{self.label:<24} {bar} {self.done}/{self.total}  {left:.0f} s left  {note}"
        print(line.rstrip(), file=sys.stderr, flush=True)
