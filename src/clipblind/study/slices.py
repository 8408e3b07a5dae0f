"""Slices of a study: what one rule's job may read, as JSON, and all that reruns it.

The job validates its slice into a model of its own, so it can't read what its rule didn't name,
and a change of anything else doesn't rerun it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from clipblind.ground.errors import UserError

M = TypeVar("M", bound=BaseModel)


def needs(
    study: BaseModel, /, *keys: str, **named: str | Mapping[str, str]
) -> Callable[[Any], str]:
    """For a rule's `params`: the JSON of all that its job may read.

    Args:
        study: the composed study.
        keys: dotted keys, known to the job by their last part (`pool.image_size` as `image_size`).
        named: dotted keys, known to the job by the name given here; or several, each by its own.

    Keys may hold `{wildcard}` fields. The empty key is the whole study.
    """
    chosen = {key.rpartition(".")[2]: key for key in keys} | named

    def slice_for(wildcards: Any) -> str:
        fields = dict(wildcards.items())

        def found(key: str | Mapping[str, str]) -> Any:
            if isinstance(key, str):
                return select(study, key.format(**fields))
            return {name: found(inner) for name, inner in key.items()}

        return json.dumps({name: found(key) for name, key in chosen.items()})

    return slice_for


def select(study: BaseModel, key: str) -> Any:
    """The value at a dotted key, as plain JSON-able data.

    Raises:
        UserError: if the study has no such key.
    """
    value: Any = study
    for part in filter(None, key.split(".")):
        try:
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        except (KeyError, AttributeError):
            named = getattr(study, "name", "")
            raise UserError(f"The study {named!r} has no setting {key!r}.") from None
    return _plain(value)


def read_slice(model: type[M], text: str) -> M:
    """A job's slice, validated into the model of what the job reads.

    Raises:
        UserError: if the JSON doesn't fit the model.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        said = fault["msg"].removeprefix("Value error, ")
        raise UserError(f"--cfg: {where or 'the JSON'}: {said}.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value
