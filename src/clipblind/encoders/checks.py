"""Whether an encoder is what its entry says.

Weights that load without a complaint can still be the wrong ones: of another size, with another
activation, with a tensor that no file held. Whatever an entry of `conf/encoder/` claims is checked.
"""

from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.errors import UserError
from clipblind.models.loading import refuse_size
from clipblind.study.settings.encoder import Encoder


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
