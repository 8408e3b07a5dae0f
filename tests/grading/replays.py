"""What is known of MMVP's answers, graded by the command; `docs/replays.md` holds what it printed.

`python -m tests.grading.replays` writes the page's blocks anew.
"""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from clipblind.printed import table

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "replays.md"
QUESTIONS: Final = ROOT.parent / "shared" / "reference" / "mmvp_questions.csv"
BLOCK: Final = re.compile(r"(<!-- replay: (\w+) -->\n```\n)(.*?)(\n```\n<!-- end -->)", re.DOTALL)
HEADER: Final = ("Index", "Question", "Options", "Correct Answer")


def mmvp(folder: Path) -> Path:
    """MMVP's questions as a benchmark without images."""
    folder.mkdir()
    (folder / "Questions.csv").write_bytes(QUESTIONS.read_bytes())
    return folder


def figure3(folder: Path) -> tuple[Path, list[Path]]:
    """The 15 pairs of the paper's Figure 3 as a benchmark, and its four models' answers."""
    folder.mkdir()
    answers = table("paper_fig3_answers")
    number = {index: n for n, index in enumerate(sorted(answers["Index"].unique()), 1)}
    rows = [row for row in _questions() if int(row["Index"]) in number]
    renumbered = [{**row, "Index": number[int(row["Index"])]} for row in rows]
    _write(folder / "Questions.csv", HEADER, [[row[c] for c in HEADER] for row in renumbered])
    files = []
    for (model,), said in answers.group_by("model", maintain_order=True):
        given = [[number[i], f"({letter})"] for i, letter in said.select("Index", "answer").rows()]
        files.append(_write(folder / f"{model}.csv", ("question_id", "answer"), given))
    return folder, files


def constant(folder: Path, letter: str = "a") -> Path:
    """A file that answers one letter to all of MMVP."""
    said = [[index, f"({letter})"] for index in range(1, 301)]
    return _write(folder / f"always_{letter}.csv", ("question_id", "answer"), said)


def printed(*args: object) -> str:
    """What `clipblind score` prints, trailing space aside."""
    code = "import sys; from clipblind.cli import app; sys.argv[0] = 'clipblind'; app()"
    command = [sys.executable, "-c", code, "score", *map(str, args)]
    environment = {**os.environ, "COLUMNS": "110"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(line for line in lines if line)


def blocks(folder: Path) -> dict[str, str]:
    """Every block of the page, made anew."""
    whole = mmvp(folder / "mmvp")
    few, answers = figure3(folder / "figure3")
    return {
        "figure3": printed(*answers, "--benchmark", few),
        "constant": printed(constant(folder), constant(folder, "b"), "--benchmark", whole),
    }


def shown() -> dict[str, str]:
    """Every block as it stands on the page."""
    return {found[2]: found[3] for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


def labelled() -> pl.DataFrame:
    """`Index` and MMVP's published label as a letter."""
    rows = [(int(row["Index"]), row["Correct Answer"].strip("()")) for row in _questions()]
    return pl.DataFrame(rows, schema=["Index", "label"], orient="row")


def options() -> dict[int, tuple[str, str]]:
    """The two options of each of MMVP's questions."""
    found = {}
    for row in _questions():
        both = re.fullmatch(r"\(a\) (.+) \(b\) (.+)", row["Options"].strip())
        assert both, row["Index"]
        found[int(row["Index"])] = (both[1], both[2])
    return found


def _questions() -> list[dict[str, str]]:
    with QUESTIONS.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: tuple[str, ...], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        made = blocks(Path(scratch))
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda b: f"{b[1]}{made[b[2]]}{b[4]}", text), encoding="utf-8")
