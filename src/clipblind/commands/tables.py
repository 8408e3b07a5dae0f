"""Tables: what several jobs wrote, in one."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Out, folder_to_write

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def gather(
    kind: Annotated[
        str,
        typer.Argument(help="match_scores, zero_shot, survey, differ_rates, probes, imagenet."),
    ],
    table: Annotated[list[Path], typer.Option(help="One of them; repeatable.")],
    out: Out,
) -> None:
    """Put tables of one kind below each other, in the order given."""
    from clipblind.ground.errors import UserError
    from clipblind.ground.tables import named

    schema = named(kind)
    if schema is None:
        raise UserError(f"{kind!r} is no kind of table.")
    schema.write(schema.read_all(table), out)


@app.command()
def export(
    out: Annotated[Path, folder_to_write(help="Folder to write to.")],
    pairs: Annotated[Path | None, typer.Option(help="The chosen blind pairs.")] = None,
    questions: Annotated[Path | None, typer.Option(help="The questions.")] = None,
    verdicts: Annotated[
        list[Path] | None, typer.Option(help="One contender's; repeatable.")
    ] = None,
    matches: Annotated[list[Path] | None, typer.Option(help="One encoder's; repeatable.")] = None,
    named: Annotated[list[Path] | None, typer.Option(help="One encoder's; repeatable.")] = None,
) -> None:
    """Write all that tests and intervals are computed from as CSV, for git and for anybody."""
    from clipblind.ground.tables.answers import VERDICTS
    from clipblind.ground.tables.benchmark import QUESTIONS
    from clipblind.ground.tables.matching import MATCHES, NAMED
    from clipblind.ground.tables.pairs import PAIRS
    from clipblind.ground.tables.table import write_csv
    from clipblind.ground.tables.wide import side_by_side

    if pairs:
        write_csv(PAIRS.read(pairs), out / "pairs.csv")
    if questions:
        write_csv(QUESTIONS.read(questions), out / "questions.csv")
    if verdicts:
        frames = {path.stem: VERDICTS.read(path) for path in verdicts}
        keys = ("question_id", "pair_id", "benchmark", "pattern")
        write_csv(side_by_side(frames, keys, {"verdict": ""}), out / "verdicts.csv")
    if matches:
        frames = {path.parent.name: MATCHES.read(path) for path in matches}
        both = {"text_to_image": ".text_to_image", "image_to_text": ".image_to_text"}
        table = side_by_side(frames, ("benchmark", "pair_id", "pattern"), both)
        write_csv(table, out / "matches.csv")
    if named:
        frames = {path.parent.name: NAMED.read(path) for path in named}
        table = side_by_side(frames, ("image_id", "factor"), {"right": ""})
        write_csv(table, out / "named.csv")
