"""The settings as people and editors read them: a page with every one, and a JSON schema."""

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from clipblind.study.settings.study import Study

SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
HEAD: Final = """\
# Settings

All that may stand in `conf/`, and on the command line as `overrides="KEY=VALUE"`. This page and
`conf/schema.json` are written by `clipblind settings` from the types that check a study.

An editor that knows the YAML language server completes and checks `conf/` by the schema. Put a line
on top of a file, here of an encoder's:

```yaml
# yaml-language-server: $schema=../schema.json#/$defs/encoder
```

`conf/schema.json` describes a whole study; under `$defs` it has one schema for the files of each
folder, and one for each kind of entry. No setting is asked for there, as a file holds a part of
what a study is put together from; what is missing in the end is said when the study is composed.
Folders: {groups}.
"""


def settings_page() -> str:
    """Markdown: every setting with its type, its default and what it is for."""
    groups = ", ".join(f"`{name}`" for name in groups_of_files())
    lines = [HEAD.format(groups=groups)]
    for model in _models():
        summary, about = _documented(model)
        lines += [f"## {model.__name__}", "", summary, ""]
        lines += ["| setting | type | default | |", "| --- | --- | --- | --- |"]
        for name, field in model.model_fields.items():
            said = about.get(name, "") or _of_kind(field)
            cells = (f"`{name}`", _type(field.annotation), _default(field), said)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def settings_schema() -> str:
    """JSON schema of a whole study, with one for the files of each folder of `conf/`."""
    whole = Study.model_json_schema()
    models = whole.pop("$defs")
    for name, schema in models.items():
        model = next((one for one in _models() if one.__name__ == name), None)
        _describe(schema, model)
    _describe(whole, Study)
    files = {group: _file(whole["properties"][group]) for group in groups_of_files()}
    # Hydra's own key, which every file may have
    for schema in (*models.values(), whole):
        if "properties" in schema:
            schema["properties"]["defaults"] = {"type": "array"}
    study = {"$schema": SCHEMA, "$defs": dict(sorted((models | files).items())), **whole}
    # what tells the members of a union apart may stand in another file, so several may fit
    text = json.dumps(study, indent=1, ensure_ascii=False).replace('"oneOf"', '"anyOf"')
    return text + "\n"


def groups_of_files() -> tuple[str, ...]:
    """The folders of `conf/` that hold settings of the same name."""
    return tuple(
        name
        for name, field in Study.model_fields.items()
        if any(issubclass(model, BaseModel) for model in _classes(field.annotation))
        and name not in ("embedding", "patterns")
    )


@cache
def _documented(model: type[BaseModel]) -> tuple[str, dict[str, str]]:
    """A model's first sentence, and what its docstring says of each setting."""
    about: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            about |= _attributes(inspect.cleandoc(parent.__doc__ or ""))
    summary = inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0]
    return " ".join(summary.split()), about


def _attributes(text: str) -> dict[str, str]:
    """`Attributes:` of a Google docstring, by name; one line may be of several."""
    _, found, listed = text.partition("Attributes:\n")
    about: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", inspect.cleandoc("\n" + listed) if found else ""):
        names, _, said = entry.partition(": ")
        about |= {name.strip(): " ".join(said.split()) for name in names.split(",")}
    return about


def _models() -> list[type[BaseModel]]:
    """Every class of settings, the study's first, then as they are reached."""
    found: dict[type[BaseModel], None] = {}

    def collect(model: type[BaseModel]) -> None:
        if model not in found:
            found[model] = None
            for field in model.model_fields.values():
                for inner in _classes(field.annotation):
                    collect(inner)

    collect(Study)
    return list(found)


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _classes(inner)


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if inspect.isclass(annotation) and not get_args(annotation):
        names = {"str": "text", "bool": "true or false", "float": "number", "int": "whole number"}
        return "nothing" if annotation is type(None) else names.get(annotation.__name__, "any")
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"by name: {_type(inner[1])}"
    if origin is tuple:
        return f"list: {_type(inner[0])}"
    if hasattr(annotation, "__metadata__") or origin is None:
        return _type(inner[0]) if inner else "any"
    return " or ".join(_type(one) for one in inner)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "needed"
    if isinstance(value, BaseModel):
        return "its own"
    return f"`{json.dumps(value)}`"


def _of_kind(field: FieldInfo) -> str:
    """What tells the entries of one folder apart needs no further words."""
    return "says what it is" if get_origin(field.annotation) is Literal else ""


def _describe(schema: dict[str, Any], model: type[BaseModel] | None) -> None:
    """Put docstrings beside the settings, and let a file leave out what another holds."""
    schema.pop("required", None)
    if model is None:
        return
    schema["description"], about = _documented(model)
    for name, inner in schema["properties"].items():
        if said := about.get(name):
            inner["description"] = said


def _file(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a folder's files: what a study holds under the folder's name.

    A file whose name begins with `_` holds what entries share, and is none of these.
    """
    kept = {key: value for key, value in schema.items() if key not in ("default", "title")}
    if "anyOf" in kept:  # or nothing
        kept = next(one for one in kept["anyOf"] if one.get("type") != "null")
    if by_name := kept.pop("patternProperties", None):
        ((pattern, inner),) = by_name.items()
        kept |= {"propertyNames": {"pattern": pattern}, "additionalProperties": inner}
        kept["properties"] = {"defaults": {"type": "array"}}
    return kept
