"""Which files of a repository are needed: those its loader reads, and one format of weights."""

import re
from collections.abc import Mapping
from typing import Final

from clipblind.fetching.hub import HubFile, Unavailable
from clipblind.fetching.plan import Wanted
from clipblind.layouts import LAYOUTS

LICENCES: Final = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE")
INDEX: Final = ".index.json"


def needed(wanted: Wanted, files: Mapping[str, HubFile]) -> list[HubFile]:
    """The files to fetch, weights last.

    Args:
        wanted: a model or a dataset; of a dataset, everything but git's own files.
        files: of its repository.

    Raises:
        Unavailable: if the repository lacks what the loader needs.
    """
    if wanted.kind == "dataset":
        return [file for path, file in sorted(files.items()) if path != ".gitattributes"]
    layout = LAYOUTS[wanted.loader]
    lacking = [path for path in layout.required if path not in files]
    weights = next((path for path in layout.weights if path in files), None)
    if lacking or weights is None:
        what = lacking[0] if lacking else " or ".join(layout.weights)
        raise Unavailable(
            f"{wanted.source} holds no {what}, which {wanted.loader} needs; check"
            f" {wanted.setting}.source and {wanted.setting}.loader."
        )
    small = [path for path in (*layout.required, *layout.texts, *LICENCES) if path in files]
    return [files[path] for path in (*small, *_shards(weights, files), weights)]


def _shards(weights: str, files: Mapping[str, HubFile]) -> list[str]:
    """The parts that an index of weights names: `model-00001-of-00002.safetensors` and so on."""
    if not weights.endswith(INDEX):
        return []
    stem, _, suffix = weights.removesuffix(INDEX).rpartition(".")
    part = re.compile(rf"{re.escape(stem)}-\d+-of-\d+\.{re.escape(suffix)}")
    return sorted(path for path in files if part.fullmatch(path))
