"""Small multiples: equal panels in a grid, with row names at the left of each grid line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from clipblind.figures.parts.style import BODY, MARGIN, MUTED, SMALL, Sheet, shorten, width_of

GAP = 0.22
MOST_OF_NAMES = 0.2
"""The largest share of a sheet's width that names of rows take."""


@dataclass(frozen=True)
class Grid:
    """Where equal panels stand on a sheet, measured in inches.

    Attributes:
        count: how many panels there are.
        columns: panels side by side.
        height: of one panel's axes.
        names: room at the left for the names of rows.
        head: room above each panel for its title.
        foot: room below each panel for its ticks.
    """

    count: int
    columns: int
    height: float
    names: float
    head: float = 0.38
    foot: float = 0.3

    @property
    def total(self) -> float:
        """Height of the whole grid."""
        return -(-self.count // self.columns) * (self.head + self.height + self.foot)

    def draw(
        self,
        sheet: Sheet,
        top: float,
        titles: Sequence[tuple[str, str]],
        panel: Callable[[int, Axes], None],
        rows: Sequence[str] = (),
    ) -> None:
        """Draw each panel under its title and second line, row names at the left margin.

        Args:
            sheet: where.
            top: of the grid, from the sheet's heading.
            titles: a panel's title and a quieter second line.
            panel: draws panel number i.
            rows: names of the rows that all panels share.
        """
        left = MARGIN + self.names
        wide = (sheet.width - MARGIN - 0.08 - left - GAP * (self.columns - 1)) / self.columns
        for i, (title, second) in enumerate(titles):
            line, column = divmod(i, self.columns)
            x = left + column * (wide + GAP)
            y = top + line * (self.head + self.height + self.foot)
            # bold type is wider than what `shorten` measures
            fits = shorten(title, BODY, 0.88 * wide)
            sheet.text(x, y, fits, fontsize=BODY, fontweight="bold")
            sheet.text(
                x, y + 0.16, shorten(second, SMALL - 0.5, wide), color=MUTED, fontsize=SMALL - 0.5
            )
            panel(i, sheet.axes(x, y + self.head, wide, self.height))
            if column == 0:
                step = self.height / max(1, len(rows))
                for k, name in enumerate(rows):
                    middle = y + self.head + step * (k + 0.5)
                    sheet.text(left - 0.1, middle, name, va="center", ha="right")


def grid_of_rows(
    panels: int, labels: Sequence[str], row: float, width: float
) -> tuple[Grid, list[str]]:
    """A grid whose panels share rows with long names, and the names as they fit.

    Args:
        panels: how many; two or three side by side.
        labels: of the rows, at least one.
        row: height of one, in inches.
        width: of the sheet, in inches.
    """
    most = MOST_OF_NAMES * width
    room = min(max(width_of(label, SMALL) for label in labels), most) + 0.14
    columns = min(panels, 3 if width >= 7 else 2)
    names = [shorten(label, SMALL, most) for label in labels]
    return Grid(panels, columns, row * len(labels), room), names
