"""`study=paper` from start to end on a shrunken copy of all that it reads."""

import json
import re
import shutil

import polars as pl

from clipblind.ground.tables.matching import AGAINST_TABLE1, MATCH_SCORES
from clipblind.ground.tables.pairs import PAIRS
from clipblind.ground.tables.pool import DUPLICATES, REJECTED
from clipblind.ground.tables.scores import BENCHMARK_SCORES
from tests.workflow.conftest import Project, planned_jobs
from tests.workflow.shrunken import ROWS

WORLDS_OWN = {"scenes", "render", "captions", "train_clip", "train_simclr", "train_contender"}
# what only a rendered world, a study over seeds or a search in tiles has
ELSEWHERE = WORLDS_OWN | {
    *("export_mmvp", "gather_factors", "gather_rates", "gather_probes"),
    *("one_seed", "gather_seeds", "plan_tiles", "mine_tile"),
}


def rules_of(project: Project) -> set[str]:
    texts = [path.read_text() for path in (project.folder / "rules").glob("*.smk")]
    return {name for text in texts for name in re.findall(r"^ *rule (\w+):", text, re.MULTILINE)}


def test_no_rule_is_skipped(shrunken_paper):
    project, _, done = shrunken_paper
    assert rules_of(project) - set(done) == ELSEWHERE
    assert not WORLDS_OWN & set(done)
    encoders = {"encoder_part_0", "encoder_part_1", "encoder_match"}
    assert encoders <= set(done)


def test_nothing_is_left_to_do_and_a_setting_reruns_its_own_alone(shrunken_paper):
    project, options, _ = shrunken_paper
    assert not planned_jobs(project.run(f"snakemake -n {options}"))
    larger = options.replace("selection.pairs=9", "selection.pairs=8")
    assert set(planned_jobs(project.run(f"snakemake -n {larger}"))) == {
        *("select", "pictures", "export_tables", "figure", "note_code", "page"),
    }


def test_a_clone_at_another_path_with_pulled_artifacts_is_up_to_date(shrunken_paper, tmp_path):
    project, options, _ = shrunken_paper
    project.run("dvc commit -q -f paper && git add -A && git commit -qm results")
    project.run(f"dvc remote add -f -d store '{tmp_path}/remote' && dvc push -q")
    clone = Project(tmp_path / "another place")
    # the configuration of the remote is not committed
    project.run(f"git clone -q . '{clone.folder}' && cp .dvc/config '{clone.folder}/.dvc/'")
    assert not (clone.folder / "results/paper/answers").exists()
    clone.run("dvc pull -q paper")
    # fetched there, too: other times, the same bytes
    shutil.copytree(project.folder / "assets", clone.folder / "assets", copy_function=shutil.copy)
    assert not planned_jobs(clone.run(f"snakemake -n {options}"))


def test_other_weights_embed_anew_with_that_encoder_alone(shrunken_paper):
    project, options, _ = shrunken_paper
    weights = project.folder / "assets/models/siglip_so400m_384/open_clip_model.safetensors"
    whole = weights.read_bytes()
    weights.touch()
    assert not planned_jobs(project.run(f"snakemake -n {options}"))
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        planned = planned_jobs(project.run(f"snakemake -n {options}"))
    finally:
        weights.write_bytes(whole)
    assert planned["encoder_match"] == planned["imagenet"] == 1
    assert not {"encoder_part_0", "encoder_part_1"} & set(planned)


def test_bad_images_are_listed_and_repeats_noted(shrunken_paper):
    results = shrunken_paper[0].folder / "results/paper"
    rejected = REJECTED.read(results / "pool/rejected.parquet")
    assert len(rejected) == 2 and rejected["reason"].str.len_chars().min() > 5
    repeated = DUPLICATES.read(results / "pool/duplicates.parquet")
    assert "exact" in set(repeated["kind"])
    chosen = PAIRS.read(results / "pairs/selected.parquet")
    assert 0 < len(chosen) <= 9
    assert not {*chosen["image_a"], *chosen["image_b"]} & set(repeated["image_id"])


def test_every_clip_has_its_rows_beside_table_1(shrunken_paper):
    results = shrunken_paper[0].folder / "results/paper"
    scores = MATCH_SCORES.read(results / "matching/scores.csv")
    against = AGAINST_TABLE1.read(results / "matching/against_table1.csv")
    assert scores["encoder"].n_unique() == 3
    assert against["row"].n_unique() == 3
    averages = against.filter(pl.col("pattern") == "average")
    assert set(averages["pairs"]) == {135} and averages["paper"].null_count() == 0


def test_mmvp_was_read_and_the_baselines_score_what_theory_says(shrunken_paper):
    results = shrunken_paper[0].folder / "results/paper"
    scores = BENCHMARK_SCORES.read(results / "scores/benchmarks.csv")
    asked = (pl.col("contender") == "constant") & (pl.col("benchmark") == "mmvp")
    constant = scores.row(by_predicate=asked, named=True)
    assert (constant["pairs"], constant["question_accuracy"], constant["pair_accuracy"]) == (
        *(ROWS // 2, 0.5, 0.0),
    )


def test_every_embedding_names_its_feature(shrunken_paper):
    made = json.loads(
        (shrunken_paper[0].folder / "results/paper/embeddings/dinov2_l14/0.json").read_text()
    )
    assert made["feature"] == "class token"


def test_the_page_tells_of_all_of_it(shrunken_paper):
    page = (shrunken_paper[0].folder / "results/paper/report.html").read_text()
    for words in ("What CLIP cannot see", "Does scale help?", "MMVP", "could not be used"):
        assert words in page
    assert "not made in this study" not in page
