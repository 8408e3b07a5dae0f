"""The parts of a synthetic study, in the order of the study: each writes its files by verbs."""

import random
from pathlib import Path

import numpy as np
import polars as pl

from clipblind.commands import benchmark, controls, grading, pairs, tables, vlm
from clipblind.embedding.files import write_embeddings
from clipblind.ground.factors import Scene
from clipblind.ground.files import write_text
from clipblind.ground.tables.answers import ANSWERS
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.matching import NAMED, MATCHES, MATCH_SCORES, ZERO_SHOT
from clipblind.ground.tables.world import CURVE, SCENES
from clipblind.matching.scores import score_matches
from clipblind.matching.zero_shot import zero_shot
from clipblind.study.settings.mining import Thresholds
from clipblind.study.settings.study import Study
from clipblind.study.slices import needs
from clipblind.world.draw import png
from clipblind.world.pictures import write_shard
from clipblind.world.scenes import sample_split, scene_of, twin_pairs
from clipblind.world.shards import SETTINGS_OF_SPLIT
from tests.report.synthetic_skills import matched, named, said, vectors

PARAMS_M = {"clip_narrow": 0.1, "clip_wide": 1.1}


def render_and_embed(study: Study, folder: Path) -> None:
    """Scenes, pictures of the searched ones, embeddings of these and of the held-out ones."""
    for split, keys in SETTINGS_OF_SPLIT.items():
        sizes = {key: getattr(study.pool, key) for key in keys}
        SCENES.write(sample_split(split, sizes, study.seed), _scenes(folder, split)[0])
    searched = _known(folder, "search")
    pictures = [(i, png(scene, 64)) for i, scene in searched.items()]
    write_shard(pictures, folder / "pool/shards/search-0.parquet")
    for split in ("search", "heldout"):
        known = _known(folder, split)
        for encoder in study.encoder:
            rows = vectors(study, encoder, list(known.values()))
            write_embeddings(list(known), rows, _embedded(folder, encoder, split)[0])


def train(study: Study, folder: Path) -> None:
    """A curve and a time for everything that is trained."""
    trained = [("encoders", n) for n, e in study.encoder.items() if e.train]
    trained += [("contenders", n) for n, c in study.contender.items() if c.train]
    for i, (kind, name) in enumerate(trained):
        step = np.arange(1, 301)
        loss = 4 * np.exp(-step / (40 + 10 * i)) + 0.4 + 0.1 * np.sin(step * 1.7)
        curve = pl.DataFrame({"step": step, "loss": loss, "learning_rate": loss * 0 + 1e-3})
        CURVE.write(curve, folder / kind / name / "curve.csv")
        write_text(
            folder / f"times/train-{name}.tsv",
            "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
            f"{60 + i}.5\t0:01:{i:02}\t505.93\t1720.2\t405.5\t449.89\t0.0\t0.19\t91.88\t9.99\n",
        )


def mine_and_ask(study: Study, folder: Path) -> None:
    """Candidates, the pairs chosen among them, and the questions."""
    at = folder / "pairs"
    pairs.mine(
        _cfg(study, mining=_thresholds()),
        probe=_embedded(folder, study.mining.probe, "search"),
        reference=_embedded(folder, study.mining.reference, "search"),
        out=at / "pairs.parquet",
        summary=at / "summary.json",
    )
    pairs.select(
        _cfg(study, "seed", "mining.selection"),
        pairs=at / "pairs.parquet",
        scenes=_scenes(folder, "search"),
        out=at / "selected.parquet",
        summary=at / "selection.json",
    )
    benchmark.write(
        _cfg(study, "seed", "benchmark"),
        pairs=at / "selected.parquet",
        scenes=_scenes(folder, *SETTINGS_OF_SPLIT),
        out=folder / "benchmark/questions.parquet",
    )


def answer(study: Study, folder: Path) -> None:
    """Answers of every contender, and verdicts on them."""
    path = folder / "benchmark/questions.parquet"
    questions = QUESTIONS.read(path)
    for name, contender in study.contender.items():
        given = said(study, contender, questions, random.Random(name))
        answers = pl.DataFrame({"question_id": list(given), "answer": list(given.values())})
        ANSWERS.write(answers, folder / f"answers/{name}.parquet")
        grading.grade(path, folder / f"answers/{name}.parquet", folder / f"verdicts/{name}.parquet")


def vlm_study(study: Study, folder: Path) -> None:
    """Matches and zero-shot verdicts of every CLIP variant, what they add up to, comparisons."""
    twins = twin_pairs(SCENES.read_all(_scenes(folder, "twins")), study.pool.twin_pairs)
    heldout, at = list(_known(folder, "heldout")), folder / "vlm"
    for encoder in study.text_towers:
        recipe = study.encoder[encoder].train
        matches, verdicts = matched(study, encoder, twins), named(study, encoder, heldout)
        size, params_m = recipe.vision.image_size, PARAMS_M.get(encoder, 0.4)
        scores = score_matches(encoder, size, params_m, matches)
        rates = study.pool.captions[recipe.captions]
        MATCHES.write(matches, at / encoder / "pairs.parquet")
        MATCH_SCORES.write(scores, at / encoder / "scores.csv")
        NAMED.write(verdicts, at / encoder / "named.parquet")
        ZERO_SHOT.write(zero_shot(encoder, verdicts, rates), at / encoder / "factors.csv")
    of_each = [at / encoder for encoder in study.text_towers]
    tables.gather("vlm_scores", [of / "scores.csv" for of in of_each], at / "scores.csv")
    tables.gather("zero_shot", [of / "factors.csv" for of in of_each], at / "zero_shot.csv")
    recipes = {name: f"encoder.{name}.train" for name in study.text_towers}
    keys = ("seed", "mining.probe", "pool.encoder_images", "often_named")
    vlm.variants(
        _cfg(study, *keys, encoders="text_towers", recipes=recipes),
        scores=at / "scores.csv",
        named=[of / "named.parquet" for of in of_each],
        out=at / "variants.csv",
    )
    vlm.compare(
        _cfg(study, "mining.probe"),
        pairs=[of / "pairs.parquet" for of in of_each],
        named=[of / "named.parquet" for of in of_each],
        out=at / "paired.csv",
    )


def score(study: Study, folder: Path) -> None:
    """Scores and comparisons of the contenders, and how each was made."""
    verdicts, at = _verdicts(study, folder), folder / "scores"
    grading.score(
        _cfg(study, "often_named"),
        verdicts=verdicts,
        contenders=at / "contenders.csv",
        benchmarks=at / "benchmarks.csv",
        patterns=at / "patterns.csv",
        named=at / "named.csv",
        metrics=at / "metrics.json",
    )
    kinds = _of_contenders(study, "kind")
    grading.compare(_cfg(study, kinds=kinds), verdicts, at / "paired.csv")
    grading.correlate(
        _cfg(study, "seed", "mining.probe", towers=_of_contenders(study, "towers")),
        pairs=[folder / f"vlm/{name}/pairs.parquet" for name in study.text_towers],
        verdicts=verdicts,
        out=at / "correlation.csv",
    )
    made = _cfg(study, "contender", "encoder", "mining.probe", "mining.reference")
    grading.labels(made, at / "labels.json", at / "made.csv")


def check(study: Study, folder: Path) -> None:
    """The controls."""
    at = folder / "controls"
    for encoder in study.encoder:
        searched = _embedded(folder, encoder, "search")
        controls.probe(
            encoder,
            scenes=_scenes(folder, "search", "heldout"),
            fit=searched,
            test=_embedded(folder, encoder, "heldout"),
            out=at / encoder / "probes.csv",
        )
        if encoder in study.text_towers:
            controls.survey(
                _cfg(study, "seed", mining=_thresholds()),
                encoder,
                scenes=_scenes(folder, "search"),
                probe=searched,
                reference=_embedded(folder, study.mining.reference, "search"),
                counts=at / encoder / "survey.csv",
                rates=at / encoder / "rates.csv",
            )
    for kind, name, encoders in (
        ("survey", "survey", study.text_towers),
        ("differ_rates", "rates", study.text_towers),
        ("probes", "probes", study.encoder),
    ):
        of_each = [at / encoder / f"{name}.csv" for encoder in encoders]
        tables.gather(kind, of_each, at / f"{name}.csv")
    kinds = _of_contenders(study, "kind")
    scores, questions = folder / "scores/benchmarks.csv", folder / "benchmark/questions.parquet"
    controls.baselines(_cfg(study, kinds=kinds), scores, at / "baselines.csv")
    controls.shuffle(
        _cfg(study, "seed", kinds=kinds), questions, _verdicts(study, folder), at / "shuffled.csv"
    )


def _cfg(study: Study, *keys: str, **named: str | dict[str, str]) -> str:
    return needs(study, *keys, **named)({})


def _thresholds() -> dict[str, str]:
    return {key: f"mining.{key}" for key in Thresholds.model_fields}


def _of_contenders(study: Study, setting: str) -> dict[str, str]:
    return {name: f"contender.{name}.{setting}" for name in study.contender}


def _scenes(folder: Path, *splits: str) -> list[Path]:
    return [folder / f"pool/scenes/{split}.parquet" for split in splits]


def _embedded(folder: Path, encoder: str, split: str) -> list[Path]:
    return [folder / f"embeddings/{encoder}/{split}-0.arrow"]


def _verdicts(study: Study, folder: Path) -> list[Path]:
    return [folder / f"verdicts/{name}.parquet" for name in study.contender]


def _known(folder: Path, split: str) -> dict[str, Scene]:
    rows = SCENES.read_all(_scenes(folder, split)).sort("image_id")
    return {row["image_id"]: scene_of(row) for row in rows.iter_rows(named=True)}
