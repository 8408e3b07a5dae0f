# What the chapters of real images and models ask of their study: where things lie.
from clipblind.ground.devices import visible_devices
from clipblind.models.places import model_folder, weights_stamp
from clipblind.study.stamps import folder_stamp, tree_stamp

ASSETS = ROOT / study.assets
GPUS = len(visible_devices(len(list(Path("/proc/driver/nvidia/gpus").glob("*")))))
# jobs that load a model: as many side by side as there are GPUs
MODEL_THREADS = max(1, workflow.cores // max(1, GPUS))
# tables of labels beside images: small, and written anew in place
LABELS = ("LOC_val_solution.csv",)

# what decides an embedding; names, licences and the like are for the page and the figures
DECIDING = (
    *("loader", "source", "pretrained", "feature", "image_size", "quick_gelu", "params_m"),
    *("text", "revision", "folder"),
)
ENCODER = {key: f"encoder.{{encoder}}.{key}" for key in DECIDING}
EMBEDDING = {key: f"embedding.{key}" for key in ("batch", "precision", "compiled")}


def folder_of(wildcards):
    """The folder of an encoder's files."""
    return model_folder(ROOT, study.assets, wildcards.encoder, study.encoder[wildcards.encoder])


def weights_of(wildcards):
    """Which weights these are: other ones embed anew."""
    name = wildcards.encoder
    return weights_stamp(ROOT, study.assets, name, study.encoder[name])


def scenes(*splits):
    """Real images have no scenes."""
    return []


def repeats():
    """The table of images that repeat another."""
    return [rules.gather_pool.output.duplicates]
