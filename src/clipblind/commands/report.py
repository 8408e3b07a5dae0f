"""The report: single figures, and the page that tells the study's story."""

from pathlib import Path
from typing import Annotated

import typer

from clipblind.commands.options import Cfg, Out, file_to_write
from clipblind.ground.errors import UserError
from clipblind.study.settings.base import Model
from clipblind.study.settings.figure import Figure
from clipblind.study.settings.study import Study
from clipblind.study.slices import read_slice

app = typer.Typer(help=__doc__, no_args_is_help=True)


class FigureSlice(Model):
    figure: Figure


class PageSlice(Model):
    study: Study


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="The figure's name.")],
    cfg: Cfg,
    input_: Annotated[
        list[str], typer.Option("--input", help="key=path of what it reads; repeatable.")
    ],
    out: Annotated[Path, file_to_write(help="Path of the files to write, without suffix.")],
) -> None:
    """Draw one figure, as PNG and as SVG."""
    from clipblind.figures import draw_figure, save_figure

    settings = read_slice(FigureSlice, cfg).figure
    save_figure(draw_figure(name, _by_key(input_), settings), out, settings)


@app.command()
def page(
    cfg: Cfg,
    out: Out,
    results: Annotated[Path, typer.Option(help="The study's folder.")] = Path(),
    root: Annotated[
        Path | None, typer.Option(help="The project's folder, to tell what was fetched.")
    ] = None,
) -> None:
    """Write the study's report, one self-contained page."""
    from clipblind.ground.files import write_text
    from clipblind.report.page import render_page

    study = read_slice(PageSlice, cfg).study
    if not results.is_dir():
        raise UserError(f"{results} is no folder; --results wants the study's folder.")
    write_text(out, render_page(study, results, root))


@app.command()
def docs(
    pages: Annotated[list[Path], typer.Argument(help="Markdown pages to bring up to date.")],
    conf: Annotated[Path, typer.Option(help="The folder of settings.")] = Path("conf"),
    results: Annotated[Path, typer.Option(help="The folder of all results.")] = Path("results"),
) -> None:
    """Write the numbers of hand-written pages from results, between their marks."""
    from clipblind.ground.files import write_text
    from clipblind.report.docs import fill

    for page in pages:
        if not page.is_file():
            raise UserError(f"{page} is no file; name the Markdown pages to bring up to date.")
        write_text(page, fill(page.read_text(encoding="utf-8"), conf, results))


def _by_key(given: list[str]) -> dict[str, list[Path]]:
    inputs: dict[str, list[Path]] = {}
    for item in given:
        key, equals, path = item.partition("=")
        if not (key and equals and path):
            raise UserError(f"--input {item!r} is not of the form key=path.")
        inputs.setdefault(key, []).append(Path(path))
    return inputs
