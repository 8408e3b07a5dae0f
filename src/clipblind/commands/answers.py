"""Answers: asking everybody who answers, and reading what was said."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import Field

from clipblind.commands.options import Cfg, Out, file_to_write
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.contenders import Contender, Prompt
from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.judge import Judge
from clipblind.study.slices import read_slice

if TYPE_CHECKING:
    import polars as pl

    from clipblind.contenders.protocol import Ask, Backend, Reply

app = typer.Typer(help=__doc__, no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The contender, as the study calls it.")]
Questions = Annotated[Path, typer.Option(help="The questions.")]
Ledger = Annotated[Path, typer.Option(help="Folder of all answers that were ever given.")]
Files = Annotated[Path | None, typer.Option(help="The model's files, or the recorded answers.")]
Towers = Annotated[
    list[str] | None,
    typer.Option(help="NAME=FOLDER of an encoder that feeds the contender; repeatable."),
]
Devices = Annotated[
    Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
]
Replies = Annotated[Path, typer.Option(help="What a contender replied.")]
Several = Annotated[list[Path], typer.Option("--replies", help="One contender's; repeatable.")]
Judgements = Annotated[list[Path] | None, typer.Option("--judged", help="What judges said.")]


class AskSlice(Model):
    seed: int
    contender: Contender
    prompt: Prompt
    towers: dict[str, Encoder] = Field(default_factory=dict)


class JudgeSlice(Model):
    judge: Judge


@app.command()
def ask(
    cfg: Cfg,
    name: Name,
    questions: Questions,
    images: Annotated[Path, typer.Option(help="Their images as they were listed.")],
    ledger: Ledger,
    out: Out,
    folder: Files = None,
    towers: Towers = None,
    devices: Devices = None,
) -> None:
    """Ask a contender every question, each one alone; only what the ledger doesn't know yet."""
    from clipblind.contenders.backends import load
    from clipblind.contenders.questions import make_asks
    from clipblind.contenders.run import ask_all
    from clipblind.ground.tables.answers import REPLIES
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.pool import LISTED
    from clipblind.pools.corpus import Corpus

    slice_ = read_slice(AskSlice, cfg)
    contender, prompt = slice_.contender, slice_.prompt
    feeding = _feeding(towers or [], slice_.towers)
    corpus = Corpus(LISTED.read(images)) if contender.image else None
    asked = QUESTIONS.read(questions)
    asks = make_asks(asked, prompt, contender.orders, corpus, slice_.seed)
    if devices:
        from clipblind.ground.devices import claim_device

        claim_device(devices)
    backend = load(name, contender, folder, slice_.seed, feeding)
    wording, version = contender.prompt, prompt.version
    replies = ask_all(backend, asks, ledger, f"ask {name}", wording=wording, version=version)
    REPLIES.write(_table(asks, replies), out)


@app.command()
def judge(
    cfg: Cfg,
    questions: Questions,
    replies: Replies,
    ledger: Ledger,
    out: Out,
    folder: Files = None,
    devices: Devices = None,
) -> None:
    """Have judged which option an answer chooses, where the parser can't tell (or everywhere)."""
    from clipblind.contenders.backends import load
    from clipblind.contenders.run import ask_all
    from clipblind.grading.judging import judge as have_judged
    from clipblind.ground.tables.answers import JUDGED, REPLIES
    from clipblind.ground.tables.benchmark import QUESTIONS

    settings = read_slice(JudgeSlice, cfg).judge

    @cache
    def backend() -> "Backend":
        if devices:
            from clipblind.ground.devices import claim_device

            claim_device(devices)
        return load("judge", settings.by, folder)

    def asking(asks: "list[Ask]", wording: str) -> "list[Reply]":
        # nothing is loaded, nor paid for, where the parser could tell everything
        if not asks:
            return []
        label, version = f"judge {replies.stem}", settings.version
        return ask_all(backend(), asks, ledger, label, wording=wording, version=version)

    asked, said = QUESTIONS.read(questions), REPLIES.read(replies)
    JUDGED.write(have_judged(asked, said, settings, asking), out)


@app.command()
def grade(
    questions: Questions,
    replies: Replies,
    out: Out,
    choices: Annotated[Path, file_to_write(help="File for the options chosen.")],
    judged: Annotated[Path | None, typer.Option(help="What judges said of them.")] = None,
    patterns: Annotated[Path | None, typer.Option(help="The pairs' visual patterns.")] = None,
) -> None:
    """Give verdicts, by every set of labels: correct, incorrect, or unscored with a reason."""
    from clipblind.grading.choices import choose
    from clipblind.grading.verdicts import grade as give_verdicts
    from clipblind.ground.tables.answers import CHOICES, JUDGED, REPLIES, VERDICTS
    from clipblind.ground.tables.benchmark import PAIR_PATTERNS, QUESTIONS
    from clipblind.patterns.person import with_patterns

    asked = QUESTIONS.read(questions)
    if patterns is not None:
        asked = with_patterns(asked, PAIR_PATTERNS.read(patterns))
    judgements = JUDGED.read(judged) if judged else None
    chosen = choose(asked, REPLIES.read(replies), judgements)
    CHOICES.write(chosen, choices)
    VERDICTS.write(give_verdicts(asked, chosen, judgements), out)


@app.command()
def calibrate(
    questions: Annotated[
        Path, typer.Option(help="The questions: a table, or a benchmark in MMVP's layout.")
    ],
    replies: Annotated[
        list[Path],
        typer.Option("--replies", help="One contender's, or a CSV of answers; repeatable."),
    ],
    out: Out,
    judged: Judgements = None,
    people: Annotated[
        Path | None,
        typer.Option(help="CSV: question_id, contender, and choice or verdict as people read it."),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="CSV to write: answers for a person to read, drawn blindly."),
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Answers in the sheet.")] = 100,
    seed: Annotated[int, typer.Option(help="Of the sheet's sample.")] = 0,
) -> None:
    """Set the parser, our judge, the paper's and people beside each other, by Cohen's kappa.

    A person fills in a --sheet without seeing how its answers were read; --people takes it back.
    """
    import polars as pl

    from clipblind.grading.calibration import calibrate as agree
    from clipblind.grading.people import read_people, reading_sheet
    from clipblind.ground.tables.answers import JUDGED
    from clipblind.ground.tables.scores import CALIBRATION
    from clipblind.ground.tables.table import write_csv

    asked = _questions(questions)
    said = {path.stem: _said(path, asked) for path in replies}
    if sheet:
        if sheet.exists():
            raise UserError(f"{sheet} exists and may be filled in; name another file.")
        write_csv(reading_sheet(asked, said, sample, seed), sheet)
    read = read_people(people, asked["question_id"].to_list(), list(said)) if people else None
    judgements = {path.stem: JUDGED.read(path) for path in judged or ()}
    frames = [agree(name, asked, frame, judgements.get(name), read) for name, frame in said.items()]
    agreement = pl.concat(frames)
    CALIBRATION.write(agreement, out)
    if questions.is_dir():
        from clipblind.grading.printing import show_agreement

        show_agreement(agreement)


def _questions(path: Path) -> "pl.DataFrame":
    from clipblind.benchmark.mmvp import read_mmvp
    from clipblind.ground.tables.benchmark import QUESTIONS

    return read_mmvp(path, images=False).questions if path.is_dir() else QUESTIONS.read(path)


def _said(path: Path, questions: "pl.DataFrame") -> "pl.DataFrame":
    from clipblind.grading.standalone import read_replies
    from clipblind.ground.tables.answers import REPLIES

    if path.suffix == ".parquet":
        return REPLIES.read(path)
    return read_replies(path, questions)[0]


@app.command()
def consistency(
    choices: Annotated[list[Path], typer.Option(help="One contender's; repeatable.")], out: Out
) -> None:
    """Count how often choices stay when the options are exchanged."""
    import polars as pl

    from clipblind.grading.calibration import consistency as count
    from clipblind.ground.tables.answers import CHOICES
    from clipblind.ground.tables.scores import CONSISTENCY

    CONSISTENCY.write(pl.concat([count(p.stem, CHOICES.read(p)) for p in choices]), out)


@app.command()
def costs(replies: Several, out: Out) -> None:
    """Add up what each contender's answers cost: tokens and dollars, as far as they are known."""
    import polars as pl

    from clipblind.grading.calibration import costs as add_up
    from clipblind.ground.tables.answers import COSTS, REPLIES

    COSTS.write(pl.concat([add_up(path.stem, REPLIES.read(path)) for path in replies]), out)


def _feeding(given: list[str], settings: dict[str, Encoder]) -> dict[str, tuple[Encoder, Path]]:
    folders = {name: Path(folder) for name, _, folder in (one.partition("=") for one in given)}
    if odd := sorted(set(folders) ^ set(settings)):
        raise UserError(
            f"--towers and the towers of --cfg differ in {odd[0]}; give one --towers NAME=FOLDER"
            " for each encoder that feeds the contender."
        )
    return {name: (settings[name], folder) for name, folder in folders.items()}


def _table(asks: "list[Ask]", replies: "list[Reply]") -> "pl.DataFrame":
    import polars as pl

    from clipblind.ground.tables.answers import REPLIES

    rows = [
        {
            "question_id": ask.question_id,
            "order": ask.order,
            "answer": reply.text,
            "fault": reply.fault,
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "cost_usd": reply.cost_usd,
        }
        for ask, reply in zip(asks, replies, strict=True)
    ]
    return pl.DataFrame(rows, schema=dict(REPLIES.columns)).sort("question_id", "order")
