"""A small study's folder, made by the package's own functions from invented skills."""

import json
import random
from pathlib import Path

import numpy as np
import polars as pl

from clipblind.benchmark.from_truth import random_pairs, write_questions
from clipblind.config import compose
from clipblind.embeddings import write_embeddings
from clipblind.figures import draw_figure, save_figure
from clipblind.files import write_text
from clipblind.grading.scores import score
from clipblind.grading.verdicts import grade
from clipblind.mining.candidates import mine_candidates
from clipblind.mining.selection import select_pairs
from clipblind.pools.images import write_shard
from clipblind.pools.shards import SETTINGS_OF_SPLIT
from clipblind.pools.world.draw import png
from clipblind.pools.world.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.pools.world.scenes import sample_split, scene_of, twin_pairs
from clipblind.settings import Study
from clipblind.stats import wilson
from clipblind.tables import (
    ANSWERS,
    BENCHMARK_SCORES,
    CONTENDER_SCORES,
    CORRELATION,
    CURVE,
    PAIRS,
    PATTERN_SCORES,
    QUESTIONS,
    SCENES,
    VERDICTS,
    VLM_SCORES,
    ZERO_SHOT,
)
from clipblind.vlm.scores import correlate, score_matches

CONF = Path(__file__).parents[2] / "conf"
SEEN_BY_CLIP = ("kind", "background", "colour", "hat", "coat")


def small_study(search_images: int = 300, twin: int = 12) -> Study:
    """The default study with a small pool."""
    study = compose(CONF, "world")
    small = {
        "encoder_images": 10, "contender_images": 10, "heldout_images": 10,
        "search_images": search_images, "twin_pairs": twin,
    }  # fmt: skip
    selection = study.mining.selection.model_copy(update={"pairs": 40})
    return study.model_copy(
        update={
            "pool": study.pool.model_copy(update=small),
            "benchmark": study.benchmark.model_copy(update={"random_pairs": search_images // 3}),
            "mining": study.mining.model_copy(
                update={"selection": selection, "probe_quantile": 0.995, "reference_quantile": 0.3}
            ),
        }
    )


def make_folder(study: Study, folder: Path, *, figures: tuple[str, ...] = ()) -> Path:
    """Write every table of a study, and the figures named."""
    rng = random.Random(0)
    for split, keys in SETTINGS_OF_SPLIT.items():
        sizes = {key: getattr(study.pool, key) for key in keys}
        path = folder / f"pool/scenes/{split}.parquet"
        SCENES.write(sample_split(split, sizes, study.seed), path)
    scenes = SCENES.read_all(sorted((folder / "pool/scenes").iterdir()))
    known = {row["image_id"]: scene_of(row) for row in scenes.iter_rows(named=True)}
    searched = sorted(i for i in known if i.startswith("search"))
    shard = folder / "pool/shards/search-0.parquet"
    write_shard([(i, png(known[i], 64)) for i in searched], shard)
    _mine(study, folder, known, searched)
    _benchmark(study, folder, scenes, known, searched)
    _answers(study, folder, rng)
    _vlm(study, folder, rng)
    _times(study, folder)
    for name in figures:
        settings = study.figure[name]
        save_figure(
            draw_figure(name, figure_inputs(study, folder)[name], settings),
            folder / "figures" / name,
            settings,
        )
    return folder


def figure_inputs(study: Study, folder: Path) -> dict[str, dict[str, list[Path]]]:
    """What each figure reads, by key."""
    labels = [folder / "scores/labels.json"]
    probe, reference = study.mining.probe, study.mining.reference
    curves = sorted(folder.glob("*/*/curve.csv"))
    return {
        "density": {
            "probe": sorted((folder / "embeddings" / probe).glob("search-*.arrow")),
            "reference": sorted((folder / "embeddings" / reference).glob("search-*.arrow")),
            "summary": [folder / "pairs/summary.json"],
        },
        "blind_pairs": {
            "pairs": [folder / "pairs/selected.parquet"],
            "shards": sorted((folder / "pool/shards").glob("search-*.parquet")),
        },
        "contenders": {"scores": [folder / "scores/contenders.csv"], "labels": labels},
        "controls": {"scores": [folder / "scores/benchmarks.csv"], "labels": labels},
        "patterns": {"scores": [folder / "scores/patterns.csv"], "labels": labels},
        "scaling": {"scores": [folder / "vlm/scores.csv"]},
        "mention": {"scores": [folder / "vlm/zero_shot.csv"]},
        "correlation": {
            "vlm": [folder / "vlm/scores.csv"],
            "patterns": [folder / "scores/patterns.csv"],
            "correlation": [folder / "scores/correlation.csv"],
            "labels": labels,
        },
        "training": {"curves": curves},
    }


def _mine(study: Study, folder: Path, known: dict[str, Scene], ids: list[str]) -> None:
    rows = []
    for name, seen, noise in (
        (study.mining.probe, SEEN_BY_CLIP, 0.06),
        (study.mining.reference, ("facing", "side", "view", "background", "hat", "kind"), 0.35),
    ):
        draws = np.random.default_rng(len(name))
        codes = {(f, v): draws.normal(size=24) for f in seen for v in FACTORS[f].values}
        vectors = np.array(
            [sum(codes[f, getattr(known[i], f)] for f in seen) for i in ids]
        ) + noise * draws.normal(size=(len(ids), 24))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        write_embeddings(ids, vectors, folder / f"embeddings/{name}/search-0.arrow")
        rows.append(vectors)
    pairs, summary = mine_candidates(ids, rows[0], rows[1], study.mining)
    backgrounds = {i: known[i].background for i in ids}
    chosen, fates = select_pairs(pairs, backgrounds, study.mining.selection, study.seed)
    PAIRS.write(chosen, folder / "pairs/selected.parquet")
    write_text(folder / "pairs/summary.json", json.dumps(summary))
    write_text(folder / "pairs/selection.json", json.dumps(fates))


def _benchmark(
    study: Study, folder: Path, scenes: pl.DataFrame, known: dict[str, Scene], ids: list[str]
) -> None:
    mined = PAIRS.read(folder / "pairs/selected.parquet")
    twins = twin_pairs(scenes, study.pool.twin_pairs).select("pair_id", "image_a", "image_b")
    of_benchmark = {
        "mined": list(mined.select("pair_id", "image_a", "image_b").iter_rows()),
        "random": random_pairs(ids, 40, study.seed),
        "twins": list(twins.iter_rows()),
    }
    written = [write_questions(n, p, known, study.seed) for n, p in of_benchmark.items()]
    QUESTIONS.write(pl.concat(written), folder / "benchmark/questions.parquet")


def _answers(study: Study, folder: Path, rng: random.Random) -> None:
    questions = QUESTIONS.read(folder / "benchmark/questions.parquet")
    scores: dict[str, list[pl.DataFrame]] = {"": [], "benchmark": [], "both": []}
    for name, contender in study.contender.items():
        reference = study.mining.reference in contender.towers
        seen = {FACTORS[f].pattern or f for f in SEEN_BY_CLIP} if contender.towers else set()
        seen |= {"orientation", "position", "viewpoint"} if reference else set()
        rows = []
        for q in questions.iter_rows(named=True):
            fixed = {"random": rng.choice("ab")}.get(contender.kind, "a")
            choice = q["answer"] if q["pattern"] in seen and rng.random() < 0.93 else fixed
            said = "no idea" if rng.random() < 0.005 and contender.towers else f"({choice})"
            rows.append((q["question_id"], said))
        answers = pl.DataFrame(rows, schema=dict(ANSWERS.columns), orient="row")
        ANSWERS.write(answers, folder / f"answers/{name}.parquet")
        verdicts = grade(questions, answers)
        VERDICTS.write(verdicts, folder / f"verdicts/{name}.parquet")
        mined = verdicts.filter(pl.col("benchmark") == "mined")
        for key, frame, by in (
            ("", mined, ()), ("benchmark", verdicts, ("benchmark",)),
            ("both", verdicts, ("benchmark", "pattern")),
        ):  # fmt: skip
            if len(frame):
                scores[key].append(score(frame, by).with_columns(contender=pl.lit(name)))
    for key, table, file in (
        ("", CONTENDER_SCORES, "contenders"), ("benchmark", BENCHMARK_SCORES, "benchmarks"),
        ("both", PATTERN_SCORES, "patterns"),
    ):  # fmt: skip
        frame = pl.concat(scores[key]) if scores[key] else pl.DataFrame(schema=dict(table.columns))
        table.write(frame, folder / f"scores/{file}.csv")
    labels = {name: contender.label for name, contender in study.contender.items()}
    write_text(folder / "scores/labels.json", json.dumps(labels))


def _vlm(study: Study, folder: Path, rng: random.Random) -> None:
    scores, factors = [], []
    for encoder in study.vlm.encoders:
        recipe = study.encoder[encoder].train
        rates = study.pool.captions[recipe.captions]
        matches = []
        for pattern, factor in FACTOR_OF_PATTERN.items():
            sees = 0.1 + 0.85 * min(1, 3 * rates[factor])
            matches += [
                (f"{pattern}-{i}", pattern, rng.random() < sees, rng.random() < sees)
                for i in range(60)
            ]
        columns = ("pair_id", "pattern", "text_to_image", "image_to_text")
        frame = pl.DataFrame(matches, schema=columns, orient="row")
        scores.append(score_matches(encoder, 64, 0.31 + 0.7 * ("wide" in encoder), frame))
        for factor, kind in FACTORS.items():
            chance = 1 / len(kind.values)
            right = round(400 * (chance + (1 - chance) * min(1, 3 * rates[factor])))
            share = wilson(max(0, min(400, right - rng.randint(0, 30))), 400)
            factors.append(
                (encoder, factor, rates[factor], 400, share.value, share.low, share.high, chance)
            )
    VLM_SCORES.write(pl.concat(scores), folder / "vlm/scores.csv")
    frame = pl.DataFrame(factors, schema=dict(ZERO_SHOT.columns), orient="row")
    ZERO_SHOT.write(frame, folder / "vlm/zero_shot.csv")
    fed = {n: [study.mining.probe] for n, c in study.contender.items() if c.kind == "llava"}
    patterns = PATTERN_SCORES.read(folder / "scores/patterns.csv")
    CORRELATION.write(
        correlate(pl.concat(scores), patterns, fed), folder / "scores/correlation.csv"
    )


def _times(study: Study, folder: Path) -> None:
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
            f"{60 + i}.5\t0:01:0{i}\t505.93\t1720.20\t405.50\t449.89\t0.00\t0.19\t91.88\t9.99\n",
        )
