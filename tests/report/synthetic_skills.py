"""Invented towers and contenders: what each sees, and what it would embed, match and answer.

What a tower sees follows from how often its captions name a factor, as in the study.
"""

import random
import zlib

import numpy as np
import polars as pl

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.ground.tables.matching import MATCHES, NAMED
from clipblind.study.settings.contenders import Contender
from clipblind.study.settings.study import Study

SEEN_BY_REFERENCE = {
    "facing": 1.0, "side": 1.0, "view": 1.0, "count": 0.9, "lamp": 0.8, "hat": 0.72,
    "kind": 0.6, "background": 0.6,
}  # fmt: skip
WEAKER = {"clip_narrow": 0.95, "clip_32px": 0.85, "clip_few": 0.8}


def skill(study: Study, encoder: str, factor: str) -> float:
    """How well a tower sees a factor, from 0 to 1: the better, the oftener captions name it."""
    recipe = study.encoder[encoder].train
    if encoder not in study.text_towers:
        return SEEN_BY_REFERENCE.get(factor, 0.0)
    rates = study.world.captions[recipe.captions]
    return WEAKER.get(encoder, 1.0) * min(1.0, 3 * rates[factor])


def vectors(study: Study, encoder: str, scenes: list[Scene]) -> np.ndarray:
    """Unit-norm float32 `[N, 24]` in which each factor weighs what the tower's skill is."""
    draws = np.random.default_rng(zlib.crc32(encoder.encode()))
    rows = 0.06 * draws.normal(size=(len(scenes), 24))
    if encoder == study.mining.reference:
        rows += 0.3 * draws.normal(size=rows.shape)
    codes = np.random.default_rng(zlib.crc32(encoder.encode()) + 1)
    for factor, kind in FACTORS.items():
        code = dict(zip(kind.values, codes.normal(size=(len(kind.values), 24)), strict=True))
        seen = np.array([code[getattr(scene, factor)] for scene in scenes])
        rows += skill(study, encoder, factor) ** 2 * seen
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def said(
    study: Study, contender: Contender, questions: pl.DataFrame, rng: random.Random
) -> dict[str, str]:
    """A contender knows what its towers see, but for slips, and says (a) of the rest."""
    ids = questions["question_id"].to_list()
    if contender.kind == "random":
        return {question: rng.choice(("(a)", "(b)")) for question in ids}
    answers = dict.fromkeys(ids, "(a)")
    seen = [
        factor.pattern or name
        for name, factor in FACTORS.items()
        if any(skill(study, tower, name) > 0.7 for tower in getattr(contender, "towers", ()))
    ]
    for question in questions.filter(pl.col("pattern").is_in(seen)).iter_rows(named=True):
        if rng.random() < 0.93:
            known = f"({question['answer']})"
            answers[question["question_id"]] = "no idea" if rng.random() < 0.01 else known
    return answers


def matched(study: Study, encoder: str, twins: pl.DataFrame) -> pl.DataFrame:
    """The table `MATCHES` of an encoder: the better it sees a factor, the oftener right."""
    rng = random.Random(f"{encoder}/twins")
    right = [
        [rng.random() < 0.1 + 0.85 * skill(study, encoder, FACTOR_OF_PATTERN[p]) for _ in "ab"]
        for p in twins["pattern"]
    ]
    directions = {"text_to_image": pl.Boolean, "image_to_text": pl.Boolean}
    matches = pl.DataFrame(right, schema=directions, orient="row")
    pairs = twins.select("pair_id", "pattern", benchmark=pl.lit("statements"))
    return pairs.hstack(matches).select(list(MATCHES.columns))


def named(study: Study, encoder: str, ids: list[str]) -> pl.DataFrame:
    """The table `NAMED` of an encoder: chance where it does not see a factor."""
    rng = random.Random(f"{encoder}/zero-shot")
    rows = []
    for name, factor in FACTORS.items():
        chance = 1 / len(factor.values)
        right = chance + (0.98 - chance) * skill(study, encoder, name)
        rows += [(i, name, rng.random() < right) for i in ids]
    return pl.DataFrame(rows, schema=dict(NAMED.columns), orient="row")
