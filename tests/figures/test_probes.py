"""Linear probes beside zero-shot accuracy."""

from itertools import product

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import BLUE, GREEN, ORANGE
from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.matching import ZERO_SHOT
from tests.figures.made_up.looks import dots_of
from tests.figures.made_up.of_controls import of_controls
from tests.figures.made_up.of_world import CLIPS
from tests.figures.made_up.tables import SMALL, write


def test_probes_stand_beside_zero_shot_corrected_for_chance(tmp_path):
    rows = [
        {"encoder": clip, "factor": factor, "mention_rate": 0.3, "images": 1_000}
        | {"accuracy": 0.6, "low": 0.57, "high": 0.63, "chance": 0.5}
        for clip, factor in product(CLIPS, FACTORS)
    ]
    inputs = {
        "probes": of_controls(tmp_path, list(CLIPS), [])["probes"],
        "zero_shot": write(ZERO_SHOT, rows, tmp_path / "zero_shot.csv"),
    }
    dots = dots_of(draw_figure("probes", inputs, SMALL))
    assert len(dots) == 3 * len(FACTORS)
    assert {(colour, round(x, 3)) for colour, x in dots} == {
        (ORANGE, 0.2), (BLUE, 0.6), (GREEN, 0.8),
    }  # fmt: skip
