# What the chapters of real images and models ask of their study: where things lie.
from clipblind.fetching.places import model_folder
from clipblind.stamps import folder_stamp, tree_stamp

ASSETS = ROOT / study.assets
GPUS = len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def folder_of(wildcards):
    """The folder of an encoder's files."""
    return model_folder(ROOT, study.assets, wildcards.encoder, study.encoder[wildcards.encoder])


def weights_of(wildcards):
    """Which weights these are: other ones embed anew."""
    return folder_stamp(folder_of(wildcards))


def scenes(*splits):
    """Real images have no scenes."""
    return []


def repeats():
    """The table of images that repeat another."""
    return [rules.gather_pool.output.duplicates]
