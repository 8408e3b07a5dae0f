"""The report's interactive charts, as Vega-Lite specifications without their data.

Colours are the page's CSS variables, which an SVG in the page follows, so a switch between light
and dark needs no new drawing. The page's script puts in the data and sets the parameters.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import altair as alt

EVERY: Final = "every"
"""What the parameter `pattern` says where all patterns are meant."""

OUTCOMES: Final = (2, 1, 0)
SHAPES: Final = ("circle", "diamond", "cross")
SIDES: Final = (1, 0, -1)
COLOURS: Final = ("var(--accent)", "var(--quiet)", "var(--warm)")
ROW: Final = 30
INK: Final = "var(--ink)"
PAPER: Final = "var(--card)"


def pairs_chart(
    points: Sequence[tuple[float, float]],
    *,
    contender: str,
    encoders: tuple[str, str],
    thresholds: tuple[float | None, float | None],
) -> dict[str, Any]:
    """Mined pairs by both cosines, coloured and shaped by how many answers are right.

    The data `pairs` has `pair`, `x`, `y`, `pattern` and `right`, a count by contender. Parameters:
    `contender`, `pattern` and `picked`, the pair that is ringed.

    Args:
        points: both cosines of each pair; they set the axes, whatever is filtered.
        contender: the one to begin with.
        encoders: names of the probe and the reference.
        thresholds: of the two cosines, marked by lines where known.
    """
    x, y = (
        _cosine(f"cosine of the {role}, {encoder}", values, level)
        for role, encoder, values, level in zip(
            ("probe", "reference"), encoders, zip(*points, strict=True), thresholds, strict=True
        )
    )
    base = (
        alt.Chart(alt.NamedData(name="pairs"))
        .transform_filter(f"pattern == '{EVERY}' || datum.pattern == pattern")
        .transform_calculate(outcome="datum.right[contender]")
        .encode(x=alt.X("x:Q", **x), y=alt.Y("y:Q", **y))
    )
    marks = base.mark_point(filled=True, size=62, opacity=0.85, aria=False).encode(
        color=_looks(alt.Color, "outcome:N", OUTCOMES, COLOURS),
        shape=_looks(alt.Shape, "outcome:N", OUTCOMES, SHAPES),
    )
    ring = base.transform_filter("datum.pair == picked").mark_point(
        filled=False, shape="circle", size=330, stroke=INK, strokeWidth=2, aria=False
    )
    layers = [*_limits(thresholds, x, y), marks.properties(name="points"), ring]
    return _spec(
        layers,
        {"contender": contender, "pattern": EVERY, "picked": ""},
        "Mined pairs by how alike their two pictures are to the probe (across) and to the"
        " reference (up). Buttons below step through them; a table below holds the same numbers.",
        fit="fit",
        height="container",
    )


def scores_chart(labels: Mapping[str, str], benchmark: str) -> dict[str, Any]:
    """Pair accuracy of each contender with its interval, a row each.

    The data `scores` has `contender`, `benchmark`, `pattern`, `share`, `low`, `high` (shares) and
    `side` (of guessing: 1 above, -1 below) and `chance`, what guessing gives.
    Parameters: `benchmark` and `pattern`.

    Args:
        labels: of every contender, in the order of the rows.
        benchmark: the one to begin with.
    """
    base = (
        alt.Chart(alt.NamedData(name="scores"))
        .transform_filter("datum.benchmark == benchmark && datum.pattern == pattern")
        .transform_calculate(percent="format(100 * datum.share, '.1f') + '\N{NO-BREAK SPACE}%'")
        .encode(y=_contenders(labels), color=_looks(alt.Color, "side:N", SIDES, COLOURS))
    )
    across = alt.X("low:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=_shares())
    guessing = base.transform_aggregate(chance="max(chance)").mark_rule(
        strokeDash=[3, 3], stroke="var(--quiet)", aria=False
    )
    guessing = guessing.encode(
        x=alt.X("chance:Q", axis=_shares()), y=alt.value(0), y2=alt.value("height"),
        color=alt.value("var(--quiet)"),
    )  # fmt: skip
    spans = base.mark_rule(strokeWidth=3, strokeCap="round", opacity=0.5, aria=False)
    dots = base.mark_circle(size=64, opacity=1, stroke=PAPER, strokeWidth=1.5, aria=False)
    numbers = base.mark_text(align="right", fontSize=13, aria=False).encode(
        x=alt.value(alt.ExprRef("width + 66")), text="percent:N"
    )
    layers = [
        guessing,
        spans.encode(x=across, x2="high:Q"),
        dots.encode(x="share:Q").properties(name="points"),
        numbers,
    ]
    return _spec(
        layers,
        {"benchmark": benchmark, "pattern": EVERY, "labels": dict(labels)},
        "Share of pairs with both answers right, by contender, with its 95 % interval. A table"
        " below holds the same numbers.",
        fit="fit-x",
        height=ROW * len(labels),
    )


def _spec(
    layers: Sequence[alt.Chart],
    parameters: Mapping[str, Any],
    description: str,
    fit: Literal["fit", "fit-x"],
    **options: Any,
) -> dict[str, Any]:
    whole: Any = alt.layer(*layers)
    made: dict[str, Any] = (
        whole.add_params(*(alt.param(name=name, value=v) for name, v in parameters.items()))
        .properties(
            width="container",
            background="transparent",
            description=description,
            autosize=alt.AutoSizeParams(type=fit, contains="padding"),
            **options,
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--quiet)", titleColor="var(--quiet)", gridColor="var(--line)",
            domain=False, ticks=False, labelFontSize=13, titleFontSize=13, titleFontWeight="normal",
            labelPadding=6, titlePadding=10, aria=False,
        )
        .to_dict()
    )  # fmt: skip
    return made


def _contenders(labels: Mapping[str, str]) -> alt.Y:
    return alt.Y(
        "contender:N",
        title=None,
        scale=alt.Scale(domain=list(labels)),
        axis=alt.Axis(
            labelExpr="labels[datum.value]",
            labelLimit=alt.ExprRef("containerSize()[0] < 480 ? 135 : 220"),
            labelColor=INK,
            labelPadding=10,
            grid=False,
        ),
    )


def _shares() -> alt.Axis:
    return alt.Axis(
        labelExpr="format(100 * datum.value, '.0f') + (datum.value < 1 ? '' : ' %')",
        values=[0, 0.25, 0.5, 0.75, 1],
        orient="top",
        grid=True,
    )


def _looks(channel: Any, field: str, values: Sequence[int], looks: Sequence[str]) -> Any:
    return channel(field, scale=alt.Scale(domain=list(values), range=list(looks)), legend=None)


def _limits(
    thresholds: tuple[float | None, float | None], x: Mapping[str, Any], y: Mapping[str, Any]
) -> list[alt.Chart]:
    """Dashed lines at the thresholds: pairs lie to the right of one and below the other."""
    probe, reference = thresholds
    rules = []
    if probe is not None:
        rules.append(_line().encode(x=alt.XDatum(probe, **x)))
    if reference is not None:
        rules.append(_line().encode(y=alt.YDatum(reference, **y)))
    return rules


def _line() -> alt.Chart:
    line: alt.Chart = alt.Chart().mark_rule(strokeDash=[3, 3], stroke="var(--quiet)", aria=False)
    return line


def _cosine(title: str, values: Sequence[float], threshold: float | None) -> dict[str, Any]:
    """Axis and scale from the least to the greatest value and the threshold, with a margin."""
    marked = [*values, *([] if threshold is None else [threshold])]
    low, high = min(marked), max(marked)
    margin = 0.06 * (high - low) or 0.01
    # a cosine is at most 1
    domain = [round(low - margin, 4), round(min(1.0, high + margin), 4)]
    return {
        "axis": alt.Axis(title=title, format=".2f", tickCount=5, grid=True),
        "scale": alt.Scale(domain=domain, nice=False, zero=False),
    }
