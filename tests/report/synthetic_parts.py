"""The parts of a synthetic study, in the order of the study: each writes its files by verbs."""

import random
from pathlib import Path

import numpy as np
import polars as pl

from clipblind.commands import answers, benchmark, contender, controls, matching, pairs, scores
from clipblind.commands import tables as table_verbs
from clipblind.controls.probes import probe_factors
from clipblind.embedding.files import read_embeddings, write_embeddings
from clipblind.ground.factors import Scene
from clipblind.ground.files import write_text
from clipblind.ground.tables.answers import REPLIES
from clipblind.ground.tables.benchmark import QUESTIONS
from clipblind.ground.tables.controls import PROBES
from clipblind.ground.tables.matching import MATCH_SCORES, MATCHES, NAMED, ZERO_SHOT
from clipblind.ground.tables.pool import CHECKED, DUPLICATES, LISTED, REJECTED
from clipblind.ground.tables.world import CURVE, SCENES
from clipblind.matching.scores import score_matches
from clipblind.matching.zero_shot import zero_shot
from clipblind.pools.tars import list_shards
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
        sizes = {key: getattr(study.world, key) for key in keys}
        SCENES.write(sample_split(split, sizes, study.seed), _scenes(folder, split)[0])
    for split in ("search", "twins"):
        drawn = ((i, png(scene, 64)) for i, scene in _known(folder, split).items())
        write_shard(drawn, folder / f"pool/shards/{split}-0.tar")
    _pool(folder)
    for split in ("search", "heldout"):
        known = _known(folder, split)
        for encoder in study.encoder:
            rows = vectors(study, encoder, list(known.values()))
            write_embeddings(list(known), rows, _embedded(folder, encoder, split)[0])


def _pool(folder: Path) -> None:
    """The searched pictures as listed and checked; none is refused, none repeats another."""
    listed = list_shards([folder / "pool/shards/search-0.tar"])
    LISTED.write(listed, folder / "pool/parts/0.parquet")
    checked = listed.select(
        "image_id",
        "source",
        part=pl.lit(0, pl.Int32),
        width=pl.lit(64, pl.Int32),
        height=pl.lit(64, pl.Int32),
        sha256="image_id",
        hash=pl.lit(0, pl.UInt64),
    )
    CHECKED.write(checked, folder / "pool/images.parquet")
    for table, name in ((REJECTED, "rejected"), (DUPLICATES, "duplicates")):
        table.write(pl.DataFrame(schema=dict(table.columns)), folder / f"pool/{name}.parquet")


def train(study: Study, folder: Path) -> None:
    """A curve and a time for everything that is trained."""
    trained = [("encoders", n) for n in study.trained]
    trained += [("contenders", n) for n, c in study.contender.items() if hasattr(c, "train")]
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
    pairs.pictures(
        [folder / "pool/parts/0.parquet"], at / "selected.parquet", at / "pictures.parquet"
    )
    benchmark.write(
        _cfg(study, "seed", benchmark={name: f"benchmark.{name}" for name in study.asked}),
        pairs=at / "selected.parquet",
        scenes=_scenes(folder, "search", "twins"),
        shard=[folder / f"pool/shards/{split}-0.tar" for split in ("search", "twins")],
        out=folder / "benchmark/questions.parquet",
        images=folder / "benchmark/images.parquet",
        benchmarks=folder / "tables/benchmarks.csv",
    )
    benchmark.thumbnails(
        folder / "benchmark/images.parquet", folder / "benchmark/thumbnails.parquet"
    )


def answer(study: Study, folder: Path) -> None:
    """Answers of every contender, and verdicts on them."""
    path = folder / "benchmark/questions.parquet"
    questions = QUESTIONS.read(path)
    for name, settings in study.contender.items():
        given = said(study, settings, questions, random.Random(name))
        rows = [
            {"question_id": question, "order": "ab", "answer": text, "fault": ""}
            for question, text in given.items()
        ]
        unknown = {"tokens_in": None, "tokens_out": None, "cost_usd": None}
        replies = pl.DataFrame([{**row, **unknown} for row in rows], dict(REPLIES.columns))
        REPLIES.write(replies, folder / f"answers/{name}.parquet")
        answers.grade(
            path,
            folder / f"answers/{name}.parquet",
            folder / f"verdicts/{name}.parquet",
            folder / f"choices/{name}.parquet",
        )


def match(study: Study, folder: Path) -> None:
    """Matches and zero-shot verdicts of every CLIP variant, what they add up to, comparisons."""
    twins = twin_pairs(SCENES.read_all(_scenes(folder, "twins")), study.world.twin_pairs)
    heldout, at = list(_known(folder, "heldout")), folder / "matching"
    for encoder in study.text_towers:
        recipe = study.encoder[encoder].train
        matches, verdicts = matched(study, encoder, twins), named(study, encoder, heldout)
        size, params_m = recipe.vision.image_size, PARAMS_M.get(encoder, 0.4)
        rates = study.world.captions[recipe.captions]
        of = folder / "encoded" / encoder
        MATCHES.write(matches, of / "matches.parquet")
        MATCH_SCORES.write(score_matches(encoder, size, params_m, matches), of / "scores.csv")
        NAMED.write(verdicts, of / "named.parquet")
        ZERO_SHOT.write(zero_shot(encoder, verdicts, rates), of / "factors.csv")
    of_each = [folder / "encoded" / encoder for encoder in study.text_towers]
    table_verbs.gather("match_scores", [of / "scores.csv" for of in of_each], at / "scores.csv")
    table_verbs.gather("zero_shot", [of / "factors.csv" for of in of_each], at / "zero_shot.csv")
    facts = ("train", "label", "row", "data", "samples_m")
    entries = {n: {key: f"encoder.{n}.{key}" for key in facts} for n in study.text_towers}
    keys = ("seed", "mining.probe", "pool.sources.world.encoder_images", "often_named")
    matching.variants(
        _cfg(study, *keys, encoders=entries),
        scores=at / "scores.csv",
        named=[of / "named.parquet" for of in of_each],
        out=at / "variants.csv",
    )
    matching.compare(
        _cfg(study, "mining.probe"),
        matches=[of / "matches.parquet" for of in of_each],
        named=[of / "named.parquet" for of in of_each],
        out=at / "paired.csv",
    )


def score(study: Study, folder: Path) -> None:
    """Scores and comparisons of the contenders, and how each was made."""
    verdicts, at = _verdicts(study, folder), folder / "scores"
    scores.score(
        _cfg(study, "often_named", "headline"),
        verdicts=verdicts,
        benchmarks_table=folder / "tables/benchmarks.csv",
        contenders=at / "contenders.csv",
        benchmarks=at / "benchmarks.csv",
        patterns=at / "patterns.csv",
        named=at / "named.csv",
        metrics=at / "metrics.json",
    )
    seeing = {"kinds": _of_contenders(study, "kind"), "images": _of_contenders(study, "image")}
    scores.compare(_cfg(study, **seeing), verdicts, at / "paired.csv")
    small = [name for name, who in study.contender.items() if hasattr(who, "towers")]
    scores.correlate(
        _cfg(
            study,
            "seed",
            "mining.probe",
            beside={name: f"benchmark.{name}.beside" for name in study.matched},
            encoders={name: f"encoder.{name}.row" for name in study.text_towers},
            rows=_of_contenders(study, "row"),
            towers={name: f"contender.{name}.towers" for name in small},
            **seeing,
        ),
        matches=[folder / f"encoded/{name}/matches.parquet" for name in study.text_towers],
        verdicts=verdicts,
        out=at / "correlation.csv",
    )
    made = _cfg(study, "contender", "encoder", "mining.probe", "mining.reference")
    contender.describe(made, at / "labels.json", at / "made.csv")


def check(study: Study, folder: Path) -> None:
    """The controls."""
    at, of = folder / "controls", folder / "surveys"
    scenes = SCENES.read_all(_scenes(folder, "search", "heldout"))
    for encoder in study.encoder:
        searched = _embedded(folder, encoder, "search")
        ids, rows = read_embeddings([*searched, *_embedded(folder, encoder, "heldout")])
        probed = probe_factors(encoder, scenes, dict(zip(ids, rows, strict=True)))
        PROBES.write(probed, folder / f"encoded/{encoder}/probes.csv")
        if encoder in study.text_towers:
            controls.survey(
                _cfg(study, "seed", mining=_thresholds()),
                encoder,
                scenes=_scenes(folder, "search"),
                probe=searched,
                reference=_embedded(folder, study.mining.reference, "search"),
                counts=of / encoder / "survey.csv",
                rates=of / encoder / "rates.csv",
            )
    probes = [folder / f"encoded/{encoder}/probes.csv" for encoder in study.encoder]
    table_verbs.gather("probes", probes, at / "probes.csv")
    for kind, name in (("survey", "survey"), ("differ_rates", "rates")):
        of_each = [of / encoder / f"{name}.csv" for encoder in study.text_towers]
        table_verbs.gather(kind, of_each, at / f"{name}.csv")
    questions, benchmarks = (
        folder / f for f in ("benchmark/questions.parquet", "tables/benchmarks.csv")
    )
    kinds, images = _of_contenders(study, "kind"), _of_contenders(study, "image")
    controls.baselines(
        _cfg(study, kinds=kinds), folder / "scores/benchmarks.csv", benchmarks, at / "baselines.csv"
    )
    cfg = _cfg(study, "seed", kinds=kinds, images=images)
    controls.shuffle(cfg, questions, _verdicts(study, folder), at / "shuffled.csv")


def _cfg(study: Study, *keys: str, **named: str | dict[str, str]) -> str:
    return needs(study, *keys, **named)({})


def _thresholds() -> dict[str, str]:
    return {key: f"mining.{key}" for key in Thresholds.model_fields}


def _of_contenders(study: Study, setting: str) -> dict[str, str]:
    return {name: f"contender.{name}.{setting}" for name in study.contender}


def _scenes(folder: Path, *splits: str) -> list[Path]:
    return [folder / f"pool/scenes/{split}.parquet" for split in splits]


def _embedded(folder: Path, encoder: str, split: str) -> list[Path]:
    part = "0" if split == "search" else split
    return [folder / f"embeddings/{encoder}/{part}.arrow"]


def _verdicts(study: Study, folder: Path) -> list[Path]:
    return [folder / f"verdicts/{name}.parquet" for name in study.contender]


def _known(folder: Path, split: str) -> dict[str, Scene]:
    rows = SCENES.read_all(_scenes(folder, split)).sort("image_id")
    return {row["image_id"]: scene_of(row) for row in rows.iter_rows(named=True)}
