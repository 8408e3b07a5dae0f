# The study that is run, and what every chapter asks of it.
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

TRAINED_ENCODERS = [name for name, encoder in study.encoder.items() if encoder.train]
CLIPS = [name for name in TRAINED_ENCODERS if study.encoder[name].train.objective == "clip"]
REFERENCES = [name for name in TRAINED_ENCODERS if name not in CLIPS]
TRAINED_CONTENDERS = [name for name, contender in study.contender.items() if contender.train]


wildcard_constraints:
    encoder="|".join(study.encoder),
    contender="|".join(study.contender),
    policy="|".join(study.pool.captions),
    figure="|".join(study.figure),


localrules:
    all,


def needs(*keys, **named):
    """What a rule's job may read of the study, and all that reruns it."""
    return slice_of(study, *keys, **named)


def code(*places):
    """Source files a rule depends on; relative, so that provenance holds in another clone."""
    source = ROOT / "src" / "clipblind"
    files = [
        file
        for place in places
        for file in ([source / place] if "." in place else sorted(source.glob(f"{place}/*.*")))
    ]
    return [f"../../{file.relative_to(ROOT)}" for file in files]


def flags(option, key):
    """For `params`: an option repeated for each input file under a key."""
    return lambda wildcards, input: [f"--{option}={file}" for file in input[key]]


def encoder_files(*names):
    """The files that trained encoders consist of."""
    return [
        file
        for name in names
        if name in TRAINED_ENCODERS
        for file in expand(
            rules.train_clip.output if name in CLIPS else rules.train_simclr.output, encoder=name
        )
        if not file.endswith("curve.csv")
    ]


def tower_files(wildcards):
    """The files of the encoders that feed a contender."""
    return encoder_files(*study.contender[wildcards.contender].towers)


def contender_files(wildcards):
    """The files that a trained contender consists of; none for a baseline."""
    trained = wildcards.contender in TRAINED_CONTENDERS
    files = expand(rules.train_contender.output, contender=wildcards.contender) if trained else []
    return [file for file in files if not file.endswith("curve.csv")]


def contender_slice(wildcards):
    """A contender with the encoders that feed it, and nothing of the others."""
    towers = study.contender[wildcards.contender].towers
    named = {tower: f"encoder.{tower}" for tower in towers}
    return needs("seed", contender="contender.{contender}", towers=named)(wildcards)
