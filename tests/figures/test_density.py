"""All pairs by their two cosines."""

import pytest

from clipblind.figures.density import Window, pair_counts
from clipblind.mining import dense
from tests.figures.made_up.of_world import unit_rows


def test_every_pair_is_counted_once_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "BLOCK", 7)
    counts = pair_counts(unit_rows(30, 0), unit_rows(30, 1), Window(-1.01, 1.01, -1.01, 1.01))
    assert counts.sum() == 30 * 29 // 2
