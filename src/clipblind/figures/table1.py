"""The models of the study against the nine patterns, each cell above the paper's (its Table 1)."""

from collections.abc import Mapping
from typing import Any, Final

from matplotlib.figure import Figure

from clipblind.figures import Inputs
from clipblind.figures.heat import Heat
from clipblind.figures.models import NEEDS as READ
from clipblind.figures.models import ClipModel, Tested, read_models
from clipblind.figures.style import nothing, percent, sheet, styled
from clipblind.ground.tables.matching import IMAGENET
from clipblind.printed import table1
from clipblind.study.settings.figure import FigureOfModels

NEEDS: Final = READ
TITLE: Final = "Table 1 anew: which CLIP sees which pattern"
HEADING: Final = "ImageNet"
NONE: Final = "\N{EN DASH}"


@styled
def draw(inputs: Inputs, settings: FigureOfModels) -> Figure:
    """One row a model: its size, zero-shot ImageNet, nine patterns and their average."""
    tested = read_models(inputs, settings)
    if not tested.models:
        return nothing(settings, TITLE, "No CLIP model was scored on MMVP-VLM.")
    measured = _measured(inputs)
    names = {model.name for model in tested.models}
    made = Heat(
        rows={model.name: model.label for model in tested.models},
        columns=tested.columns,
        cells=tested.cells,
        facts=_facts(tested, measured),
        strong={(name, HEADING) for name in measured},
        second={m.name: "" if m.row else "not in Table 1" for m in tested.models},
        breaks=_breaks(tested),
        beneath={key: share for key, share in tested.paper.items() if key[0] in names},
        note="pairs right; 25 %: independent guessing. In a cell: this run, its 95 % interval"
        + (", and in the strip the paper's." if tested.paper else "."),
    )
    on = sheet(settings, TITLE, _subtitle(tested, measured), made.height)
    made.draw(on)
    return on.figure


def _measured(inputs: Inputs) -> dict[str, Mapping[str, Any]]:
    """Rows of `IMAGENET` by model."""
    files = inputs.get("imagenet", [])
    rows = [row for file in files for row in IMAGENET.read(file).iter_rows(named=True)]
    return {row["encoder"]: row for row in rows if row["images"]}


def _subtitle(tested: Tested, measured: Mapping[str, object]) -> str:
    words = (
        f"Per cent of MMVP-VLM's pairs ({tested.pairs_in_words} a pattern) whose two statements"
        " both pick their own image, with 95 % Wilson intervals."
    )
    if tested.paper:
        words += " Strips: the paper's Table 1."
    if measured:
        words += " ImageNet: zero-shot accuracy in per cent, dark where measured in this run."
    if any(model.row and model.name not in measured for model in tested.models):
        words += (
            " ImageNet in grey is the paper's."
            if measured
            else " ImageNet: zero-shot accuracy in per cent as the paper prints it; this run did"
            " not measure it."
        )
    return words


def _facts(tested: Tested, measured: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    printed = dict(table1().select("row", "imagenet").iter_rows())
    facts = {
        "pixels": {m.name: str(m.image_size) for m in tested.models},
        "M params": {m.name: f"{m.params_m:,.0f}" for m in tested.models},
        HEADING: {m.name: _imagenet(m, measured, printed) for m in tested.models},
    }
    # what no model is known of says nothing
    return {heading: texts for heading, texts in facts.items() if set(texts.values()) != {NONE}}


def _imagenet(
    model: ClipModel, measured: Mapping[str, Mapping[str, Any]], printed: Mapping[str, float]
) -> str:
    paper = f"{printed[model.row]:.1f}" if model.row in printed else ""
    if model.name in measured:
        own = percent(measured[model.name]["accuracy"], 1)
        return f"{own}\npaper {paper}" if paper else own
    return f"{paper}\npaper" if paper else NONE


def _breaks(tested: Tested) -> list[str]:
    """A line above the first model that the paper has not, if it has others."""
    others = [model.name for model in tested.models if not model.row]
    return others[:1] if len(others) < len(tested.models) else []
