"""Which files of a repository are needed: those its loader reads, and one format of weights."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from clipblind.fetching.hub import HubFile, Unavailable
from clipblind.fetching.plan import Wanted

# what tokenizers read beside the files that hold their words
OF_TOKENIZERS: Final = (
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt"),
)
LICENCES: Final = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE")
INDEX: Final = ".index.json"


class Needs(NamedTuple):
    """What a loader reads: files it can't do without, weights best first, what else it may read."""

    required: Sequence[str]
    weights: Sequence[str]
    optional: Sequence[str]


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
    needs = _needs(wanted.loader)
    lacking = [path for path in needs.required if path not in files]
    weights = next((path for path in needs.weights if path in files), None)
    if lacking or weights is None:
        what = lacking[0] if lacking else " or ".join(needs.weights)
        raise Unavailable(
            f"{wanted.source} holds no {what}, which {wanted.loader} needs; check"
            f" {wanted.setting}.source and {wanted.setting}.loader."
        )
    small = [path for path in (*needs.required, *needs.optional, *LICENCES) if path in files]
    return [files[path] for path in (*small, *_shards(weights, files), weights)]


def _needs(loader: str) -> Needs:
    """The loaders' own lists; they import torch, so only a download asks for them."""
    if loader == "timm":
        from clipblind.encoders import timm_loader

        return Needs((timm_loader.CONFIG,), timm_loader.WEIGHTS, ())
    from clipblind.encoders.tokenizer import FILES

    texts = (*FILES, *OF_TOKENIZERS)
    if loader == "open_clip":
        from clipblind.encoders import open_clip_loader

        return Needs((open_clip_loader.CONFIG,), open_clip_loader.HUB_WEIGHTS, texts)
    from clipblind.encoders import transformers_loader

    required = (transformers_loader.CONFIG, transformers_loader.PROCESSOR)
    return Needs(required, transformers_loader.WEIGHTS, texts)


def _shards(weights: str, files: Mapping[str, HubFile]) -> list[str]:
    """The parts that an index of weights names: `model-00001-of-00002.safetensors` and so on."""
    if not weights.endswith(INDEX):
        return []
    stem, _, suffix = weights.removesuffix(INDEX).rpartition(".")
    part = re.compile(rf"{re.escape(stem)}-\d+-of-\d+\.{re.escape(suffix)}")
    return sorted(path for path in files if part.fullmatch(path))
