# The study that is run, and what every chapter asks of it.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from clipblind.ground.devices import visible_devices
from clipblind.ground.errors import UserError
from clipblind.ground.files import check_target, hold_lock, mend_times, wait_for_jobs
from clipblind.models.places import model_folder, weights_stamp
from clipblind.study.compose import chosen, compose
from clipblind.study.provenance import backend_modules, code_of as code, loader_modules
from clipblind.study.results import found_json
from clipblind.study.settings.mining import Thresholds
from clipblind.study.slices import needs as slice_of
from clipblind.study.stamps import file_stamp, folder_stamp, tree_stamp

ROOT = Path(workflow.basedir)

# Snakemake asks of every parameter whether it is pandas', and loads it to know: ours are texts
sys.modules.setdefault("pandas", None)
# jobs keep the bytecode of this project's own sources, which they would else compile each time
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

try:
    asked = chosen(config, sys.argv)
    study = compose(ROOT / "conf", **asked)
    FOLDER = ROOT / "results" / study.name
    if asked["seed"] is not None:
        FOLDER /= f"seed_{study.seed}"
    check_target(FOLDER, folder=True)
    # in place of Snakemake's own lock, which outlives a killed run
    if workflow.is_main_process and not workflow.dryrun:
        running = hold_lock(FOLDER / ".partial" / "run.lock")
        wait_for_jobs(FOLDER)
        if ahead := mend_times(FOLDER):
            print(
                f"{ahead} files of {FOLDER} were dated ahead of the clock; now they aren't.",
                file=sys.stderr,
            )
except UserError as error:
    raise WorkflowError(str(error))

# for the captions of `snakemake --report`
if study.mining:
    config["mining"] = study.mining.model_dump(mode="json")
    # what was used, once there is something to report: quantiles are cosines only then
    config["thresholds"] = study.mining.describe(found_json(FOLDER / "pairs" / "summary.json"))

THRESHOLDS = {key: f"mining.{key}" for key in Thresholds.model_fields}
# jobs that load somebody's model: as many side by side as there are GPUs, counted without torch
CORES = workflow.global_resources["_cores"].value or 1  # a report asks for none
GPUS = len(visible_devices(len(list(Path(os.sep, "proc", "driver", "nvidia", "gpus").glob("*")))))
MODEL_THREADS = max(1, CORES // max(1, GPUS))
# tables of labels beside images: small, and written anew in place
LABELS = ("LOC_val_solution.csv",)
# what decides an embedding; names, licences and the like are for figures and the page
DECIDING = (
    *("loader", "source", "train", "pretrained", "feature", "image_size", "quick_gelu"),
    *("params_m", "text", "revision", "folder"),
)
# what of a benchmark's entry is for `fetch`, figures and the page, and makes no question or match
UNREAD = ("source", "revision", "licence", "megabytes", "beside")
# the encoders that mining needs come first: most of the study waits for them
FIRST = {study.mining.probe, study.mining.reference} if study.mining else set()
# all that the study makes; every chapter adds its own
MADE = []
# what these were made from, and what a run makes anew if it was lost: where what came of it is there,
# nothing else asks for it
KEPT = []

if study.world:
    from clipblind.world.shards import SETTINGS_OF_SPLIT, shard_names

    # the one source of such a pool
    WORLD = "pool.sources." + next(iter(study.pool.sources))


wildcard_constraints:
    encoder="|".join(study.encoder) or "none",
    contender="|".join(study.contender) or "none",
    figure="|".join(study.figure) or "none",
    part=r"\d+",


localrules:
    all,


def here(path):
    """A path of the project as its jobs see it: no parameter tells where a checkout lies."""
    path = ROOT / path
    return os.path.relpath(path, FOLDER) if path.is_relative_to(ROOT) else str(path)


# the locks of jobs that each take a GPU
DEVICES = here(Path(study.assets) / ".devices")


def needs(*keys, **named):
    """What a rule's job may read of the study, and all that reruns it."""
    return slice_of(study, *keys, **named)


def fixed(value):
    """For `params`: somebody's path or name as it is; braces in it are no wildcards."""
    return lambda wildcards: value


def flat(files):
    """One file or several, as a list."""
    return [files] if isinstance(files, str) else list(files)


def flags(option, key):
    """For `params`: an option repeated for each input file under a key."""

    def flagged(wildcards, input):
        return [f"--{option}={file}" for file in flat(input[key])]

    return flagged


def of_contenders(setting):
    """One setting of every contender, for `needs`."""
    return {name: f"contender.{name}.{setting}" for name in study.contender}


def scenes(*splits):
    """Tables of scenes of some splits; real images have none."""
    return expand("pool/scenes/{split}.parquet", split=splits) if study.world else []


def shards(*splits):
    """Packed pictures of some splits; real images lie where they are."""
    names = shard_names(study.world, *splits) if study.world else []
    return expand("pool/shards/{shard}.tar", shard=names)


def loaders(*names):
    """For `code`: the modules that load these encoders, or none of those that could."""
    return loader_modules(*(study.encoder[name] for name in names))


def lost_pictures(folder, table, pictures):
    """The folder of an exported benchmark's pictures, if some of those in its table are lost."""
    if not (folder / table).exists():
        return []
    rows = (folder / table).read_text(encoding="utf-8").count("\n") - 1
    return [] if len(list((folder / pictures).glob("*.jpg"))) >= rows else [pictures]


def encoder_files(*names):
    """The files that trained encoders consist of; none of those that are loaded from elsewhere."""
    return [
        file
        for name in names
        if name in study.trained
        for file in expand(
            rules.train_clip.output if name in CLIPS else rules.train_simclr.output, encoder=name
        )
        if not file.endswith("curve.csv")
    ]
