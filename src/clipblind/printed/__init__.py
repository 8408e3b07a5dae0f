"""What the paper and its successors printed: figures with their sources, to set ours beside."""

from clipblind.ground.patterns import AVERAGE, PATTERNS, TYPE_OF_PATTERN
from clipblind.printed.long import figure4, figure6, later_rows, table1, table2, table3
from clipblind.printed.published import PUBLISHED, Published, table

__all__ = [
    "AVERAGE",
    "PATTERNS",
    "PUBLISHED",
    "TYPE_OF_PATTERN",
    "Published",
    "figure4",
    "figure6",
    "later_rows",
    "table",
    "table1",
    "table2",
    "table3",
]
