"""`clipblind CHAPTER VERB`: what each rule's shell line calls, and what a person calls."""

import logging
import os
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

import typer  # noqa: E402

from clipblind.commands import (  # noqa: E402
    answers,
    benchmark,
    contender,
    controls,
    doctor,
    encoder,
    fetch,
    matching,
    mine,
    pairs,
    patterns,
    pool,
    printed,
    report,
    score,
    scores,
    tables,
)
from clipblind.fetching.network import switch_off  # noqa: E402
from clipblind.ground.errors import UserError  # noqa: E402
from clipblind.ground.files import at_work  # noqa: E402

# nothing is downloaded but by `fetch`, which undoes this
switch_off()

chapters = typer.Typer(
    help="Finds what a vision encoder cannot see.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
CHAPTERS = (
    *(pool, encoder, pairs, benchmark, contender, answers, scores),
    *(patterns, matching, controls, tables, report),
)
for chapter in CHAPTERS:
    chapters.add_typer(chapter.app, name=chapter.__name__.rpartition(".")[2])
for verb in (printed.printed, fetch.fetch, doctor.doctor, mine.mine, score.score):
    chapters.command()(verb)


def app() -> None:
    """Run one verb; a user's mistake is one sentence on standard error and exit status 1."""
    sys.unraisablehook = _unraisable
    try:
        with at_work():
            chapters()
    except UserError as error:
        print(f"clipblind: {error}", file=sys.stderr)
        sys.exit(1)


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt that meets a generator which is being closed needs no trace: it ends the run."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
