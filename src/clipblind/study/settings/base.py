"""What every setting is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Model(BaseModel):
    """Base of every part of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    megabytes: Annotated[int, Field(ge=0)] = 0
