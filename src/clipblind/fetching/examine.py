"""What a machine offers, and whether that and what was fetched will do for a study."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from clipblind.fetching.answerers import answerers
from clipblind.fetching.network import described
from clipblind.fetching.plan import elsewhere_of, free_bytes, megabytes, state_of, wanted_by
from clipblind.fetching.show import is_there
from clipblind.fetching.wanted import Elsewhere, Wanted
from clipblind.study.settings.contenders import Endpoint, LocalModel, setting_of
from clipblind.study.settings.study import Study

OPTIONAL: Final = {
    "dvc": "versions of results",
    "img2dataset": "downloading LAION's images",
    "datasets": "pools of the hub's datasets",
}
GPU: Final = Path("/dev/nvidiactl")
CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
FLOAT32, HALF = 4, 2  # bytes a parameter
PROCESSOR: Final = "the processor"
# of memory that a model's weights may take; the rest is for pictures and activations
SHARE_OF_WEIGHTS: Final = 0.8


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        what: it is.
        said: what was found.
        is_good: whether a study can run with that.
        remedy: what to do if not.
    """

    what: str
    said: str
    is_good: bool = True
    remedy: str = ""


def examine_machine() -> list[Check]:
    """What this machine offers; torch is asked only where there is a GPU."""
    from clipblind.mining.kernel import kernel_named

    packages = [
        Check(name, f"{_version(name) or 'not installed'}: {use}") for name, use in OPTIONAL.items()
    ]
    return [
        Check("Python", platform.python_version()),
        _torch(),
        Check("device", ", ".join(f"{name}, {megabytes(size)}" for name, size in devices())),
        Check("cores", str(_cores())),
        Check("memory", megabytes(memory_bytes())),
        Check("mining kernel", kernel_named().name),
        *packages,
        Check("hub", described()),
    ]


def examine_study(study: Study, root: Path, fetch: str) -> list[Check]:
    """Whether all that a study needs is there and fits.

    Args:
        study: composed.
        root: the project's folder.
        fetch: the command that gets what is missing.
    """
    wanted, elsewhere, keys = wanted_by(study, root), elsewhere_of(study, root), _keys(study)
    if not (wanted or elsewhere or keys):
        return [Check("from elsewhere", "nothing: it makes all that it needs")]
    left = sum(state_of(one).left for one in wanted if not state_of(one).is_usable)
    free = free_bytes(root / study.assets)
    disk = f"{megabytes(free)} free for {study.assets}, about {megabytes(left)} to come"
    return [
        *(_fetched(one, f"run `{fetch}`") for one in wanted),
        *(_other(one) for one in elsewhere),
        *_packages(study),
        *keys,
        *_largest_encoder(study),
        *_largest_model(study),
        Check("disk", disk, left <= free, "make room on the disk"),
    ]


def devices() -> list[tuple[str, int]]:
    """The devices that encoders run on and their memory in bytes: GPUs, else the processor."""
    if GPU.exists():
        import torch

        if torch.cuda.is_available():
            found = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
            return [(device.name, device.total_memory) for device in found]
    return [(PROCESSOR, memory_bytes())]


def memory_bytes() -> int:
    """Main memory that this process may use."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP.read_text().strip() if CGROUP.is_file() else ""
    return min(whole, int(limit)) if limit.isdigit() else whole


def _torch() -> Check:
    found = _version("torch")
    return Check("torch", found or "not installed", bool(found), "install clipblind anew")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _fetched(wanted: Wanted, remedy: str) -> Check:
    state = state_of(wanted)
    said = state.said
    if state.standing == "missing":
        said = f"missing, about {megabytes(state.left)}"
    return Check(wanted.name, said, state.is_usable, remedy)


def _other(other: Elsewhere) -> Check:
    if is_there(other.folder):
        return Check(other.name, f"there: {other.folder}")
    return Check(other.name, f"not at {other.folder}", False, other.advice)


def _packages(study: Study) -> list[Check]:
    """Packages that a source needs to be read."""
    kinds = {source.kind for source in study.pool.sources.values()} if study.pool else set()
    if "huggingface" in kinds and find_spec("datasets") is None:
        remedy = 'run `pip install "clipblind[corpora]"`'
        return [Check("datasets", "not installed, and the pool is one", False, remedy)]
    return []


def _keys(study: Study) -> list[Check]:
    """Whether the keys of servers are in the environment; what they are is looked at by nobody."""
    found = []
    for name, who in answerers(study).items():
        if isinstance(who, Endpoint) and who.key_env:
            is_set = bool(os.environ.get(who.key_env, "").strip())
            said = f"{who.base_url}: {who.key_env} is {'set' if is_set else 'not set'}"
            found.append(Check(name, said, is_set, f"set {who.key_env} in the environment"))
    return found


def _largest_encoder(study: Study) -> list[Check]:
    """Whether the largest encoder's weights leave room for anything else."""
    sizes = {name: encoder.params_m or 0.0 for name, encoder in study.encoder.items()}
    name = max(sizes, key=lambda key: sizes[key], default="")
    if not name or not sizes[name]:
        return []
    whole = int(sizes[name] * 1_000_000)
    device, memory = min(devices(), key=lambda found: found[1])
    fits = whole * FLOAT32 <= memory * SHARE_OF_WEIGHTS
    said = (
        f"{name}: {megabytes(whole * FLOAT32)} as float32 ({megabytes(whole * HALF)} as bfloat16);"
        f" {device} has {megabytes(memory)}"
    )
    return [Check("largest encoder", said, fits, f"leave {name} out of the study's encoders")]


def _largest_model(study: Study) -> list[Check]:
    """Whether the weights of the largest model that answers leave room for anything else."""
    device, memory = min(devices(), key=lambda found: found[1])
    sizes: dict[str, int] = {}
    precisions: dict[str, str] = {}
    for name, who in answerers(study).items():
        if isinstance(who, LocalModel) and who.params_m:
            # a processor computes in float32 whatever is set
            precisions[name] = "float32" if device == PROCESSOR else who.precision
            each = FLOAT32 if precisions[name] == "float32" else HALF
            sizes[name] = int(who.params_m * 1_000_000) * each
    if not sizes:
        return []
    name = max(sizes, key=lambda key: sizes[key])
    fits = sizes[name] <= memory * SHARE_OF_WEIGHTS
    remedy = f"leave {name} out of the study's contenders"
    if name not in study.contender:
        remedy = f"take a smaller model in {setting_of(name)}"
    said = (
        f"{name}: {megabytes(sizes[name])} as {precisions[name]}; {device} has {megabytes(memory)}"
    )
    return [Check("largest model", said, fits, remedy)]
