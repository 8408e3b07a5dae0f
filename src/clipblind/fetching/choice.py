"""Which files of a repository are needed: those its loader reads, and one format of weights."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from clipblind.fetching.hub import HubFile, Unavailable
from clipblind.fetching.wanted import Wanted
from clipblind.models.answerers import LAYOUTS as ANSWERERS
from clipblind.models.answerers import Layout
from clipblind.models.layouts import LAYOUTS

LICENCES: Final = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE")
INDEX: Final = ".index.json"


Read = Callable[[HubFile], bytes]


def needed(wanted: Wanted, files: Mapping[str, HubFile], read: Read) -> list[HubFile]:
    """The files to fetch, weights last.

    Args:
        wanted: a model or a dataset; of a dataset, everything but git's own files.
        files: of its repository.
        read: brings a small file here; called where only some parts of the weights are wanted.

    Raises:
        Unavailable: if the repository lacks what the loader needs.
    """
    if wanted.kind == "dataset":
        return [file for path, file in sorted(files.items()) if path != ".gitattributes"]
    if wanted.loader in ANSWERERS:
        return _of_answerer(wanted, files, ANSWERERS[wanted.loader], read)
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


def _of_answerer(
    wanted: Wanted, files: Mapping[str, HubFile], layout: Layout, read: Read
) -> list[HubFile]:
    for group in layout.any_of:
        if not any(path in files for path in group):
            raise Unavailable(
                f"{wanted.source} holds no {' or '.join(group)}, which a model that answers needs;"
                f" check {wanted.setting}.{wanted.source_key}."
            )
    weights = next(path for path in layout.any_of[-1] if path in files)
    shards = _shards(weights, files)
    if shards and layout.parts:
        shards = _shards_of_parts(wanted, read(files[weights]), layout.parts, files)
    small = [
        path
        for path in sorted(files)
        if path in LICENCES or _is_small(path, layout) or (wanted.code and path.endswith(".py"))
    ]
    return [files[path] for path in (*small, *shards, weights)]


def _is_small(path: str, layout: Layout) -> bool:
    folder, _, name = path.rpartition("/")
    return name in layout.small and (not folder or folder.endswith(layout.inner))


def _shards_of_parts(
    wanted: Wanted, index: bytes, parts: tuple[str, ...], files: Mapping[str, HubFile]
) -> list[str]:
    """The shards that hold any weight whose name begins so, by the index's own words."""
    try:
        found = {
            file for key, file in json.loads(index)["weight_map"].items() if key.startswith(parts)
        }
        return sorted(files[file].path for file in found)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Unavailable(
            f"The index of weights of {wanted.source} can't be read; check"
            f" {wanted.setting}.{wanted.source_key}."
        ) from None


def _shards(weights: str, files: Mapping[str, HubFile]) -> list[str]:
    """The parts that an index of weights names: `model-00001-of-00002.safetensors` and so on."""
    if not weights.endswith(INDEX):
        return []
    stem, _, suffix = weights.removesuffix(INDEX).rpartition(".")
    part = re.compile(rf"{re.escape(stem)}-\d+-of-\d+\.{re.escape(suffix)}")
    return sorted(path for path in files if part.fullmatch(path))
