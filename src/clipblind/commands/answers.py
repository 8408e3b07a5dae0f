"""Answers: asking everybody who answers a published benchmark, and grading what they said."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipblind.commands.options import Cfg, Out
from clipblind.config import read_slice
from clipblind.recipes import Model
from clipblind.settings_contenders import Asked, Prompt

if TYPE_CHECKING:
    import polars as pl

    from clipblind.contenders.asking import Ask, Reply

app = typer.Typer(help=__doc__, no_args_is_help=True)

Name = Annotated[str, typer.Option(help="The contender, as the study calls it.")]
Questions = Annotated[Path, typer.Option(help="The questions.")]
Ledger = Annotated[Path, typer.Option(help="Folder of all answers that were ever given.")]
Files = Annotated[Path | None, typer.Option(help="The model's files, or the recorded answers.")]
Devices = Annotated[
    Path | None, typer.Option(help="Folder of locks: take a GPU that no other job has.")
]


class AskSlice(Model):
    seed: int
    contender: Asked
    prompt: Prompt


@app.command()
def ask(
    cfg: Cfg,
    name: Name,
    questions: Questions,
    images: Annotated[Path, typer.Option(help="Their images as they were listed.")],
    ledger: Ledger,
    out: Out,
    folder: Files = None,
    devices: Devices = None,
) -> None:
    """Ask a contender every question, each one alone; only what the ledger doesn't know yet."""
    from clipblind.contenders.ask import ask_all
    from clipblind.contenders.asks import make_asks
    from clipblind.contenders.backends import load
    from clipblind.pools.corpus import Corpus
    from clipblind.tables import LISTED, QUESTIONS, REPLIES

    slice_ = read_slice(AskSlice, cfg)
    contender, prompt = slice_.contender, slice_.prompt
    corpus = Corpus(LISTED.read(images)) if contender.image else None
    asks = make_asks(QUESTIONS.read(questions), prompt, contender.orders, corpus)
    if devices:
        from clipblind.devices import claim_device

        claim_device(devices)
    backend = load(name, contender, folder, slice_.seed)
    wording, version = contender.prompt, prompt.version
    replies = ask_all(backend, asks, ledger, f"ask {name}", wording=wording, version=version)
    REPLIES.write(_table(asks, replies), out)


def _table(asks: "list[Ask]", replies: "list[Reply]") -> "pl.DataFrame":
    import polars as pl

    from clipblind.tables import REPLIES

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
