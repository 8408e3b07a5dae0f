"""What every setting is made of."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

# counts that any machine can hold; what is above is a slip of the hand
MOST = 10**9
PositiveInt = Annotated[int, Field(gt=0, le=MOST)]
NonNegativeInt = Annotated[int, Field(ge=0, le=MOST)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
# the type of the fault that `true` stands for a number, under the field's name
SWITCH = "switch"
# pixels of a side
Side = Annotated[int, Field(ge=8, le=8192)]
Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Model(BaseModel):
    """Base of every part of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _takes_no_switch_for_a_number(cls, data: Any) -> Any:
        for name, value in data.items() if isinstance(data, dict) else ():
            field = cls.model_fields.get(name)
            kinds = set(_plain(field.annotation)) if field else set()
            if kinds & {int, float} and bool not in kinds and _holds_switch(value):
                raise PydanticCustomError(SWITCH, "a number is wanted", {"field": name})
        return data


def _holds_switch(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else ()
    return isinstance(value, bool) or any(map(_holds_switch, inner))


def _plain(annotation: Any) -> Iterator[Any]:
    """The types that an annotation is made of; of other parts of the configuration none."""
    inner = get_args(annotation)
    for one in inner:
        yield from _plain(one)
    if not inner:
        yield annotation


class FromHub(Model):
    """What `clipblind fetch` gets from a hub, or somebody puts in place by hand.

    Attributes:
        source: the hub id; empty: it is put there by hand.
        revision: the commit on the hub; empty: the newest, which `fetch` writes down.
        licence: as its card says.
        megabytes: of the download, about.
    """

    source: str = ""
    revision: str = ""
    licence: str = ""
    megabytes: NonNegativeInt = 0
