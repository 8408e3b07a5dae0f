"""What the paper and its successors printed: figures with their sources, to set ours beside."""

from clipblind.ground.patterns import AVERAGE, PATTERNS, TYPE_OF_PATTERN
from clipblind.printed.long import figure4, figure6, later_rows, table1, table2, table3
from clipblind.printed.tables import PRINTED, Printed, table

__all__ = [
    "AVERAGE",
    "PATTERNS",
    "PRINTED",
    "TYPE_OF_PATTERN",
    "Printed",
    "figure4",
    "figure6",
    "later_rows",
    "table",
    "table1",
    "table2",
    "table3",
]
