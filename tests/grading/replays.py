"""What is known of MMVP's answers, graded by the command; `docs/replays.md` holds what it printed.

`python -m tests.grading.replays` writes the page's blocks anew.
"""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table

from clipblind.grading import parse_choice, read_answer
from clipblind.grading.calibration import calibrate
from clipblind.grading.printing import show_agreement
from clipblind.printed import table as printed_table

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "replays.md"
REFERENCE: Final = ROOT.parent / "shared" / "reference"
BLINK: Final = REFERENCE / "answers_blink.csv"
HARD: Final = REFERENCE / "answers_hard.csv"
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
    answers = printed_table("paper_fig3_answers")
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


def real_answers() -> list[dict[str, str]]:
    """Six models' published answers to BLINK, with a second reader's reading."""
    with BLINK.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def real_agreement() -> pl.DataFrame:
    """The parser beside the second reader, for each model: the table `CALIBRATION`."""
    rows, frames = real_answers(), []
    for model in dict.fromkeys(row["model"] for row in rows):
        said = [row for row in rows if row["model"] == model]
        ids = [row["blink_id"] for row in said]
        blank = [""] * len(said)
        asked = pl.DataFrame(
            {
                "question_id": ids,
                "question": blank,
                "option_a": [row["option_a"] for row in said],
                "option_b": [row["option_b"] for row in said],
                "answer": [row["gold"] for row in said],
            }
        )
        replies = asked.select("question_id", order=pl.lit("ab"), fault=pl.lit("")).with_columns(
            answer=pl.Series([row["answer"] for row in said])
        )
        second = replies.select("question_id", "order", contender=pl.lit(model)).with_columns(
            choice=pl.Series([row["read_by_gpt35"] or None for row in said], dtype=pl.String),
            verdict=pl.lit("unscored"),
        )
        read = any(row["read_by_gpt35"] for row in said)
        frames.append(calibrate(model, asked, replies, people=second if read else None))
    return pl.concat(frames)


def tiers() -> pl.DataFrame:
    """How many of each model's answers the parser read in which tier."""
    read = [
        (
            row["model"],
            read_answer(row["answer"], (row["option_a"], row["option_b"])).tier or "open",
        )
        for row in real_answers()
    ]
    counted = pl.DataFrame(read, schema=["model", "tier"], orient="row").to_dummies("tier")
    return counted.group_by("model", maintain_order=True).sum()


def _real() -> str:
    wide = io.StringIO()
    console = Console(file=wide, width=124)
    show_agreement(real_agreement(), console)
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("model", "certain", "read", "unscored"):
        table.add_column(head, justify="left" if head == "model" else "right")
    columns = ("model", "tier_certain", "tier_read", "tier_open")
    for row in tiers().select(columns).iter_rows():
        table.add_row(*map(str, row))
    console.print(table)
    lines = [line.rstrip() for line in wide.getvalue().splitlines()]
    shown = "\n".join(line for line in lines if line)
    return shown.replace("people", "second").replace("people", "second")


def hard_outcomes() -> dict[str, int]:
    """How many of the adversarial answers are read as a person reads them."""
    counts = {"as a person": 0, "unscored": 0, "wrong": 0}
    with HARD.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            choice = parse_choice(row["answer"], (row["option_a"], row["option_b"])) or ""
            agreed, left = choice == row["choice"], not choice
            counts["as a person" if agreed else "unscored" if left else "wrong"] += 1
    return counts


def blocks(folder: Path) -> dict[str, str]:
    """Every block of the page, made anew."""
    whole = mmvp(folder / "mmvp")
    few, answers = figure3(folder / "figure3")
    return {
        "figure3": printed(*answers, "--benchmark", few),
        "constant": printed(constant(folder), constant(folder, "b"), "--benchmark", whole),
        "blink": _real(),
        "hard": ", ".join(f"{count} {what}" for what, count in hard_outcomes().items()),
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
