"""`clipblind score`: somebody else's answers, graded alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.commands.options import folder_to_write

if TYPE_CHECKING:
    from clipblind.grading.standalone import Graded


def score(
    answers: Annotated[
        list[Path],
        typer.Argument(
            help="Files of MMVP's script, VLMEvalKit or lmms-eval, or of question_id and answer.",
            show_default=False,
        ),
    ],
    benchmark: Annotated[
        Path, typer.Option(help="Folder in MMVP's layout; its images aren't needed.")
    ],
    labels: Annotated[
        str, typer.Option(help="original, corrected (MMVP's issues 14 and 30), or both.")
    ] = "both",
    patterns: Annotated[
        Path | None, typer.Option(help="CSV of visual patterns: Index or pair_id, and pattern.")
    ] = None,
    out: Annotated[
        Path | None, folder_to_write("--out", "-o", help="Folder for scores and verdicts as CSV.")
    ] = None,
) -> None:
    """Grade ANSWERS to a benchmark, without a study: accuracy with intervals, what is unscored.

    Answers are free text, as CSV, TSV, JSON lines or .xlsx. In a plain table, a further
    column `order` (ab or ba) tells answers to exchanged options.

    Several files are compared, too. What can't be read is unscored, counts as not correct, and is
    shown with its reason; nothing is guessed.
    """
    from clipblind.grading.printing import show
    from clipblind.grading.standalone import grade_files

    graded = grade_files(answers, benchmark, labels, patterns)
    show(graded)
    if out:
        _write(graded, out)


def _write(graded: "Graded", out: Path) -> None:
    from clipblind.ground.tables.answers import VERDICTS
    from clipblind.ground.tables.scores import BENCHMARK_SCORES, PAIRED, PATTERN_SCORES

    BENCHMARK_SCORES.write(graded.scores, out / "scores.csv")
    if len(graded.patterns):
        PATTERN_SCORES.write(graded.patterns, out / "patterns.csv")
    if len(graded.paired):
        PAIRED.write(graded.paired, out / "paired.csv")
    for name, frame in graded.verdicts.items():
        VERDICTS.write(frame, out / "verdicts" / f"{name}.csv")
