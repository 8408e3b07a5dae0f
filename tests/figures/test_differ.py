"""How often factors differ among pairs that a CLIP takes for one picture."""

import polars as pl

from clipblind.figures import draw_figure
from clipblind.figures.parts.style import BLUE
from clipblind.ground.factors import FACTORS
from clipblind.ground.tables.controls import DIFFER_RATES
from tests.figures.made_up.looks import dots_of, words_of
from tests.figures.made_up.of_controls import of_controls
from tests.figures.made_up.of_world import CLIPS, variants
from tests.figures.made_up.tables import SMALL


def inputs_of(folder, clips, **changed):
    return {**of_controls(folder, clips, []), "variants": variants(folder, clips, **changed)}


def test_only_clips_that_differ_in_captions_stand_side_by_side(drawn):
    words = words_of(drawn("differ", "full"))
    assert [word for word in words if word in CLIPS] == ["clip_web", "clip_told", "clip_swap"]
    assert words.count("cosine > 0.920: 7,998 similar, 1,355 blind") == 3
    by_place = [word for word in words if word in FACTORS]
    assert by_place == list(reversed(FACTORS)), "the factor that differs most stands on top"


def test_clips_from_elsewhere_are_shown_all_the_same(tmp_path):
    inputs = inputs_of(tmp_path, ["clip_web", "clip_told"], axis="unknown", label="")
    words = words_of(draw_figure("differ", inputs, SMALL))
    assert [word for word in words if word in CLIPS] == ["clip_web", "clip_told"]


def test_without_blind_pairs_the_similar_ones_are_drawn(tmp_path):
    inputs = inputs_of(tmp_path, ["clip_web"])
    blind = pl.col("among") == "blind"
    rates = DIFFER_RATES.read(inputs["rates"][0]).with_columns(
        pl.when(blind).then(0).otherwise(pl.col("pairs")).alias("pairs"),
        *(
            pl.when(blind).then(float("nan")).otherwise(pl.col(c)).alias(c)
            for c in ("rate", "low", "high")
        ),
    )
    DIFFER_RATES.write(rates, inputs["rates"][0])
    figure = draw_figure("differ", inputs, SMALL)
    assert {colour for colour, _ in dots_of(figure)} == {BLUE}
    assert "cosine > 0.950: 7,998 similar, 0 blind" in words_of(figure)
