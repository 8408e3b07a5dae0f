# The study that is run, and what every chapter asks of it.
from pathlib import Path

from snakemake.exceptions import WorkflowError

from clipblind.config import chosen, compose, needs as slice_of
from clipblind.errors import UserError
from clipblind.files import hold_lock, wait_for_jobs
from clipblind.pools.shards import SETTINGS_OF_SPLIT, shard_names
from clipblind.settings import Thresholds
from clipblind.provenance import code_of as code

ROOT = Path(workflow.basedir)

try:
    asked = chosen(config)
    study = compose(ROOT / "conf", **asked)
    FOLDER = ROOT / "results" / study.name
    if asked["seed"] is not None:
        FOLDER /= f"seed_{study.seed}"
    # in place of Snakemake's own lock, which outlives a killed run
    if workflow.is_main_process and not workflow.dryrun:
        running = hold_lock(FOLDER / ".partial" / "run.lock")
        wait_for_jobs(FOLDER)
except UserError as error:
    raise WorkflowError(str(error))

# for the captions of `snakemake --report`
config["mining"] = study.mining.model_dump(mode="json")
config["thresholds"] = study.mining.describe()

THRESHOLDS = {key: f"mining.{key}" for key in Thresholds.model_fields}
TRAINED_ENCODERS = [name for name, encoder in study.encoder.items() if encoder.train]
CLIPS = [name for name in TRAINED_ENCODERS if study.encoder[name].train.objective == "clip"]
REFERENCES = [name for name in TRAINED_ENCODERS if name not in CLIPS]
TRAINED_CONTENDERS = [name for name, contender in study.contender.items() if contender.train]


wildcard_constraints:
    encoder="|".join(study.encoder),
    contender="|".join(study.contender),
    policy="|".join(study.pool.captions),
    figure="|".join(study.figure),
    split="|".join(SETTINGS_OF_SPLIT),


localrules:
    all,


def needs(*keys, **named):
    """What a rule's job may read of the study, and all that reruns it."""
    return slice_of(study, *keys, **named)


def flags(option, key):
    """For `params`: an option repeated for each input file under a key."""
    return lambda wildcards, input: [f"--{option}={file}" for file in input[key]]


def scenes(*splits):
    """Tables of scenes of some splits; of all, if none is named."""
    return expand("pool/scenes/{split}.parquet", split=splits or list(SETTINGS_OF_SPLIT))


def of_contenders(setting):
    """One setting of every contender, for `needs`."""
    return {name: f"contender.{name}.{setting}" for name in study.contender}


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


def scenes_slice(wildcards):
    """The settings that decide the scenes of one split."""
    sizes = {name: f"pool.{name}" for name in SETTINGS_OF_SPLIT[wildcards.split]}
    return needs("seed", sizes=sizes)(wildcards)


def contender_slice(wildcards):
    """A contender without its label, with the encoders that feed it and nothing of the others."""
    settings = study.contender[wildcards.contender]
    own = {
        key: f"contender.{{contender}}.{key}"
        for key in type(settings).model_fields
        if key != "label"
    }
    towers = {tower: f"encoder.{tower}" for tower in settings.towers}
    return needs("seed", contender=own, towers=towers)(wildcards)


def variants_slice(wildcards):
    """How each CLIP variant was trained, and what its zero-shot accuracy is taken over."""
    recipes = {name: f"encoder.{name}.train" for name in study.text_towers}
    return needs(
        "seed",
        "mining.probe",
        "pool.encoder_images",
        "often_named",
        encoders="text_towers",
        recipes=recipes,
    )(wildcards)


def vlm_slice(wildcards):
    """An encoder with the mention policy of its captions, if it was trained on any."""
    recipe = study.encoder[wildcards.encoder].train
    policy = f"pool.captions.{recipe.captions}" if recipe else {}
    return needs(
        "seed", "vlm.prefix", "pool.twin_pairs", policy=policy, encoder="encoder.{encoder}"
    )(wildcards)
