# The study that is run, and what every chapter asks of it.
from pathlib import Path

from snakemake.exceptions import WorkflowError

from clipblind.study.compose import chosen, compose_any, needs as slice_of
from clipblind.ground.errors import UserError
from clipblind.ground.files import hold_lock, wait_for_jobs
from clipblind.study.provenance import code_of as code
from clipblind.study.settings.world import Study, Thresholds

ROOT = Path(workflow.basedir)

try:
    asked = chosen(config)
    study = compose_any(ROOT / "conf", **asked)
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
if study.mining:
    config["mining"] = study.mining.model_dump(mode="json")
    config["thresholds"] = study.mining.describe()

THRESHOLDS = {key: f"mining.{key}" for key in Thresholds.model_fields}


wildcard_constraints:
    encoder="|".join(study.encoder) or "none",
    contender="|".join(study.contender) or "none",
    figure="|".join(study.figure) or "none",


localrules:
    all,


def needs(*keys, **named):
    """What a rule's job may read of the study, and all that reruns it."""
    return slice_of(study, *keys, **named)


def flags(option, key):
    """For `params`: an option repeated for each input file under a key."""
    return lambda wildcards, input: [f"--{option}={file}" for file in input[key]]


def of_contenders(setting):
    """One setting of every contender, for `needs`."""
    return {name: f"contender.{name}.{setting}" for name in study.contender}
