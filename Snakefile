# The study as a table of contents: compose it once, include its chapters, name what it makes.
#   snakemake --cores 2
#   snakemake --cores 2 --config study=smoke
#   snakemake --cores 2 --config overrides="mining.probe_above=0.9"
from pathlib import Path

from snakemake.exceptions import WorkflowError

from clipblind.config import compose, needs as slice_of
from clipblind.errors import UserError
from clipblind.files import hold_lock
from clipblind.pools.shards import shard_names

ROOT = Path(workflow.basedir)

try:
    study = compose(ROOT / "conf", config.get("study", "world"), config.get("overrides", ""))
    # in place of Snakemake's own lock, which outlives a killed run
    if workflow.is_main_process and not workflow.dryrun:
        running = hold_lock(ROOT / "results" / study.name / ".partial" / "run.lock")
except UserError as error:
    raise WorkflowError(str(error))

# for the captions of `snakemake --report`
config["mining"] = study.mining.model_dump(mode="json")
config["thresholds"] = study.mining.describe()


workdir: f"{ROOT}/results/{study.name}"


def needs(*keys, **named):
    """What a rule's job may read of the study, and all that reruns it."""
    return slice_of(study, *keys, **named)


def code(*places):
    """Source files a rule depends on; relative, so that provenance holds in another clone."""
    source = ROOT / "src" / "clipblind"
    found = [
        file
        for place in places
        for file in ([source / place] if place.endswith(".py") else sorted(source.glob(f"{place}/*")))
        if file.is_file() or not file.exists()
    ]
    return [f"../../{file.relative_to(ROOT)}" for file in found]


wildcard_constraints:
    encoder="|".join(study.encoder),
    contender="|".join(study.contender),
    policy="|".join(study.pool.captions),
    figure="|".join(study.figure),


localrules:
    all,


include: "rules/pool.smk"
include: "rules/encoders.smk"
include: "rules/embed.smk"
include: "rules/pairs.smk"
include: "rules/benchmark.smk"
include: "rules/contenders.smk"
include: "rules/grading.smk"
include: "rules/vlm.smk"
include: "rules/report.smk"


# Everything is named, not only the report: in a fresh clone the small results are there already,
# and a study is whole only with all that they came from.
rule all:
    default_target: True
    input:
        rules.index.output,
        expand("encoders/{encoder}/curve.csv", encoder=TRAINED_ENCODERS),
        expand("embeddings/{encoder}/{shard}.arrow", encoder=study.encoder, shard=EMBEDDED_SHARDS),
        rules.mine.output,
        rules.select.output,
        rules.write_questions.output,
        rules.export_mmvp.output,
        expand("contenders/{contender}/curve.csv", contender=TRAINED_CONTENDERS),
        expand("answers/{contender}.parquet", contender=study.contender),
        expand("verdicts/{contender}.parquet", contender=study.contender),
        rules.score.output,
        rules.correlate.output,
        rules.gather_vlm.output,
        rules.gather_factors.output,
        expand("figures/{figure}.{suffix}", figure=study.figure, suffix=("png", "svg")),
        rules.page.output,
