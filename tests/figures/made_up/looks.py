"""What a drawn figure says and shows."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Drawn

UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"


def words_of(figure: Drawn) -> list[str]:
    """All texts, those of axes last."""
    return [text.get_text() for holder in (figure, *figure.axes) for text in holder.texts]


def dots_of(figure: Drawn) -> list[tuple[str, float]]:
    """Colour and place across of each dot, the key's left out."""
    return [
        (to_hex(line.get_color()), float(line.get_xdata()[0]))
        for axes in figure.axes
        if axes.axison
        for line in axes.lines
        if line.get_marker() == "o"
    ]


def texts_lie_apart(figure: Drawn) -> None:
    """Fails if a text lies on another one or leaves the sheet."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    ticks = [
        label
        for axes in figure.axes
        if axes.axison
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if min(low, high) <= at <= max(low, high)
    ]
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts), *ticks]
    boxes = [(t, t.get_window_extent(renderer)) for t in texts if t.get_text()]
    for text, box in boxes:
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1, f"{text.get_text()!r} leaves the sheet"
        assert box.y0 >= 0 and box.y1 <= figure.bbox.y1, f"{text.get_text()!r} leaves the sheet"
    # a slanted heading's box is wider than its words
    level = [(t.get_text(), box.padded(-1)) for t, box in boxes if not t.get_rotation()]
    for i, (words, box) in enumerate(level):
        for others, other in level[:i]:
            assert not box.overlaps(other), f"{words!r} lies on {others!r}"
