"""Whether an encoder is what its entry says.

Weights that load without a complaint can still be the wrong ones: of another size, with another
activation, with a tensor that no file held. Whatever an entry of `conf/encoder/` claims is checked.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.models.loading import refuse_size
from clipblind.study.settings.encoder import Encoder

TRAINED_SO: Final = (384, 14)  # SigLIP SO400M at 384 pixels, which misses six of them


def check(loaded: LoadedEncoder, encoder: Encoder) -> None:
    """Compare a loaded model with what its configuration says of it.

    Raises:
        UserError: naming the first thing that differs.
    """
    where = f"encoder.{loaded.name}"
    refuse_size(where, loaded.model, encoder.params_m)
    if encoder.image_size and loaded.image_size != encoder.image_size:
        raise UserError(
            f"{where}.image_size is {encoder.image_size}, but what was loaded takes"
            f" {loaded.image_size} pixels; another model lies there, or the setting is wrong."
        )
    if has_quick_gelu(loaded) != encoder.quick_gelu:
        built, other = ("QuickGELU", "GELU") if has_quick_gelu(loaded) else ("GELU", "QuickGELU")
        raise UserError(
            f"{where}.quick_gelu is {str(encoder.quick_gelu).lower()}, so its weights want"
            f" {other}, but the model's own configuration builds it with {built}; every embedding"
            " would be wrong."
        )
    if encoder.text and loaded.embed_texts is None:
        raise UserError(f"{where}.text is true, but what was loaded has no text tower.")


def refuse_margin(name: str, image_size: Any, patch: Any, *, siglip: bool = False) -> None:
    """Raise if patches don't cover an image, so that its right and lower margin is never seen.

    Args:
        name: as the study calls the encoder.
        image_size: side of its input in pixels, or height and width.
        patch: side of a patch, or height and width; of models that pad, 1.
        siglip: whether it is one of SigLIP's, of which one was trained and published so.

    Raises:
        UserError: naming the sizes beside it that fit.
    """
    for side, step in zip(_pair(image_size), _pair(patch), strict=True):
        if side % step == 0 or (siglip and (side, step) == TRAINED_SO):
            continue
        below = side // step * step
        fitting = " or ".join(str(size) for size in (below, below + step) if size)
        raise UserError(
            f"The encoder {name} takes {side} pixels in patches of {step}, so it never sees the"
            f" last {side - below} of each row or column: set encoder.{name}.image_size to"
            f" {fitting}, or take a model of such a size."
        )


def normalisation(
    name: str,
    encoder: Encoder,
    weights: Path,
    tags: Mapping[str, Mapping[str, Any]],
    decides: Sequence[str],
) -> dict[str, Any]:
    """How a file of weights, which doesn't say it itself, wants pixels.

    Args:
        name: as the study calls the encoder.
        encoder: its entry, whose word goes first.
        weights: the file, for the message.
        tags: the settings of all published weights of its architecture.
        decides: the settings that tell how pixels are made.

    Raises:
        UserError: if published weights differ, and the entry doesn't say which way is this file's.
    """
    said = encoder.pixels.model_dump(exclude_none=True) if encoder.pixels else {}
    found: dict[str, Any] = {}
    for key in decides:
        ways = {tag: _plain(settings.get(key)) for tag, settings in tags.items()}
        unlike: dict[Any, str] = {}
        for tag, way in ways.items():
            unlike.setdefault(way, tag)
        if key in said:
            found[key] = said[key]
        elif len(unlike) > 1:
            shown = "; ".join(f"{way} ({tag})" for way, tag in unlike.items())
            raise UserError(
                f"The weights {weights} of the encoder {name} don't say how they want pixels, and"
                f" published ones of {encoder.source} differ in {key}, such as {shown}: say it as"
                f" encoder.{name}.pixels.{key}."
            )
        elif None not in unlike:
            found |= dict.fromkeys((key,) if unlike else (), next(iter(unlike), None))
    return found


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


def _pair(size: Any) -> tuple[int, int]:
    return (int(size[0]), int(size[1])) if isinstance(size, Sequence) else (int(size), int(size))


def has_quick_gelu(loaded: LoadedEncoder) -> bool:
    """Whether any activation of the model is `x * sigmoid(1.702 x)`, whatever library built it."""
    return any("quickgelu" in type(module).__name__.lower() for module in loaded.model.modules())


def not_cached(name: str, encoder: Encoder) -> UserError:
    """The error that a published tag's weights would have to be downloaded first."""
    return UserError(
        f"The weights {encoder.pretrained} of {encoder.source} (encoder {name}) aren't in this"
        " machine's cache of the hub, and nothing is downloaded here: name the hub repository as"
        " its source instead, and `clipblind fetch` gets it."
    )
