"""Overrides as people write them: one line of `KEY=VALUE`, where a text may hold any sign."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import yaml
from pydantic import BaseModel

from clipblind.ground.errors import UserError
from clipblind.study.settings.study import Study

KEY: Final = rf"[+~]*(?:{'|'.join(Study.model_fields)})(?:[.@/][\w.@/-]*)?"
# one override: whole in quotes, with a value in quotes, or up to where the next begins
ONE: Final = re.compile(
    rf"""\s*(?:"(?P<double>{KEY}[^"]*)"(?=\s|$)|'(?P<single>{KEY}[^']*)'(?=\s|$)"""
    rf"""|(?P<bare>{KEY}=(?:"[^"]*"(?=\s|$)|'[^']*'(?=\s|$)|.*?(?=\s+["']?{KEY}=|\s+~{KEY}(?:\s|$)|\s*$))))""",
    re.DOTALL,
)
HOME: Final = "~/"


def as_written(given: Any, arguments: Sequence[str]) -> Any:
    """The overrides as they stand on the command line, which Snakemake has read as YAML.

    In YAML ` #` begins a comment and `: ` makes a table, so that parts of a path would be lost.

    Args:
        given: what Snakemake made of them.
        arguments: of the command line.
    """
    for argument in arguments:
        key, _, raw = argument.partition("=")
        if key == "overrides" and _read(raw) == given and raw[:1] not in ("'", '"'):
            return raw
    return given


def split(overrides: str) -> tuple[str, ...]:
    """Each override by itself; the value of a text is as it was written, without its quotes.

    Raises:
        UserError: if quotes of something else than a text don't close.
    """
    found: list[str] = []
    place = 0
    while match := ONE.match(overrides, place):
        whole = match["double"] or match["single"]
        if whole is None and is_text(_key(match["bare"])):
            whole = match["bare"]
        found += [whole] if whole is not None else _words(match["bare"])
        place = match.end()
    return (*found, *_words(overrides[place:]))


def for_hydra(override: str) -> str:
    """An override whose text is quoted, so that no sign in it means anything to Hydra."""
    key, equals, value = override.partition("=")
    if not equals or not is_text(_key(override)) or value == "???":
        return override
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    if value.startswith(HOME):
        value = str(Path(value).expanduser())
    # Hydra's own rule: a quote is escaped, and so are backslashes before one
    escaped = re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), value)
    return f"{key}='{escaped}'"


@cache
def is_text(key: str) -> bool:
    """Whether a setting is a text and nothing else, such as a path."""
    return any(_is_text(kind) for kind in _kinds(Study, key.split(".")))


def _kinds(kind: Any, parts: Sequence[str]) -> Iterator[Any]:
    """The types that a setting may have, one for each member of a union that has it."""
    if not parts:
        yield kind
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if parts[0] in kind.model_fields:
            yield from _kinds(kind.model_fields[parts[0]].annotation, parts[1:])
    elif get_origin(kind) in (dict, Mapping):
        yield from _kinds(get_args(kind)[1], parts[1:])
    else:
        for inner in get_args(kind):
            yield from _kinds(inner, parts)


def _is_text(kind: Any) -> bool:
    inner = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is None or kind is str:
        return kind is str
    if hasattr(kind, "__metadata__"):
        return _is_text(inner[0])
    return bool(inner) and all(_is_text(one) for one in inner) and get_origin(kind) is not tuple


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UserError(f"overrides={text.strip()!r} can't be read: {error}.") from error


def _read(raw: str) -> Any:
    try:
        return yaml.safe_load(raw)
    except yaml.YAMLError:
        return raw
