"""`clipblind CHAPTER VERB`: what each rule's shell line calls, and what a person calls."""

import logging
import os
import signal
import sys
import warnings

# one thread a job: results don't depend on load or on how many jobs run beside it
for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(library, "1")

# the bars and warnings of others would bury ours
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore", message="Cannot (en|dis)able progress bars")
logging.getLogger().setLevel(logging.ERROR)

from importlib import import_module  # noqa: E402
from types import FrameType  # noqa: E402
from typing import Final  # noqa: E402

import typer  # noqa: E402

from clipblind.fetching.network import switch_off  # noqa: E402
from clipblind.ground.errors import UserError, refused  # noqa: E402
from clipblind.ground.files import at_work  # noqa: E402

# nothing is downloaded but by `fetch`, which undoes this
switch_off()

CHAPTERS: Final = (
    *("pool", "encoder", "pairs", "benchmark", "contender", "answers", "scores"),
    *("patterns", "matching", "controls", "tables", "report"),
)
VERBS: Final = ("printed", "fetch", "doctor", "mine", "score", "settings", "results")


def app() -> None:
    """Run one verb; a user's mistake is one sentence on standard error and exit status 1.

    So is what the system refuses, wherever it happens: a full disk, too little memory, a file.
    """
    sys.unraisablehook = _unraisable
    # what was started to go on without a terminal goes on
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _Interrupts())
    try:
        with at_work():
            command_line(*sys.argv[1:2])()
    except UserError as error:
        said = str(error)
    except Exception as error:
        said = refused(error)
        if not said:
            raise
    print(f"clipblind: {said}", file=sys.stderr)
    sys.exit(1)


def command_line(asked: str = "") -> typer.Typer:
    """All chapters and verbs, or only that which is asked for: each job would load them all."""
    commands = typer.Typer(
        help="Finds what a vision encoder cannot see.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    # with one command alone, typer would take its name for an argument
    commands.callback()(lambda: None)
    for name in CHAPTERS:
        if asked == name or asked not in (*CHAPTERS, *VERBS):
            chapter = import_module(f"clipblind.commands.{name}")
            commands.add_typer(chapter.app, name=name)
    for name in VERBS:
        if asked == name or asked not in (*CHAPTERS, *VERBS):
            commands.command(name)(getattr(import_module(f"clipblind.commands.{name}"), name))
    return commands


class _Interrupts:
    """The first interrupt ends the work; a second, which often follows, leaves it time to clean up.

    Whoever insists gets what the system does by default: the process ends at once, without a trace.
    """

    def __init__(self) -> None:
        """Nobody has interrupted yet."""
        self.heard = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Hear one more."""
        self.heard += 1
        if self.heard == 1:
            raise KeyboardInterrupt
        if self.heard > 2:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt that meets a generator which is being closed needs no trace: it ends the run."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
