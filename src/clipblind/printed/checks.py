"""All that can be recomputed from the printed tables."""

from clipblind.printed.check_mmvp import check_counts, check_repeated
from clipblind.printed.check_patterns import (
    check_cells,
    check_clip_column,
    check_correlations,
    check_sizes,
)
from clipblind.printed.lines import Line, Tables
from clipblind.printed.tables import PRINTED


def check(tables: Tables | None = None) -> list[Line]:
    """What fits and what does not, line by line.

    What does not fit was printed so: it is the papers', not an error of this package.

    Args:
        tables: all tables as printed; the package's own if none are given.
    """
    tables = tables or {name: table.frame() for name, table in PRINTED.items()}
    later = tables["mmvp_vlm_later_rows"]
    return [
        *check_cells("Table 1", tables["mmvp_vlm_table1"], ["model", "image_size"]),
        *check_cells("GenHancer's Table 1", later, ["backbone", "method"]),
        check_clip_column(tables),
        *check_correlations(tables),
        *check_sizes(tables),
        *check_counts(tables),
        *check_repeated(tables),
    ]
