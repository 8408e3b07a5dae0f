"""What is wrong with a study, in a sentence that names the key, its value and the file to mend."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from clipblind.study.settings.base import SWITCH
from clipblind.study.settings.study import Study

Choices = Mapping[str, str | None]


@dataclass(frozen=True)
class Given:
    """What a study was composed of.

    Attributes:
        conf: the folder of configuration files.
        study: a file of `conf/study/`, without its suffix.
        overrides: as given, each by itself.
        choices: the file that was taken of each folder of which one is; none before it is composed.
        tree: what was composed, before it is checked.
    """

    conf: Path
    study: str
    overrides: tuple[str, ...] = ()
    choices: Choices | None = None
    tree: Any = None


def composition_fault(given: Given, error: Exception) -> str:
    """Why files and overrides make no study."""
    said = " ".join(str(error).split())
    for override in given.overrides:
        key = override.partition("=")[0].lstrip("+~")
        if f"'{key}'" in said or key in said:
            return f"overrides={override!r}: {_first_sentence(said)}{_hint(key)}"
    return f"conf/study/{given.study}.yaml can't be composed: {_first_sentence(said)}"


def missing_fault(given: Given, key: str) -> str:
    """That a setting which has no default has no value yet."""
    return (
        f"{key} ({origin(given, key)}) has no value yet; give it one there, or"
        f' with --config study={given.study} overrides="{key}=..."'
    )


def validation_fault(given: Given, error: ValidationError) -> str:
    """What the settings themselves refuse."""
    faults = []
    for fault in error.errors():
        loc, value = fault["loc"], fault["input"]
        if fault["type"] == SWITCH:  # found in the whole entry, before its fields are read
            loc, value = (*loc, fault["ctx"]["field"]), value[fault["ctx"]["field"]]
        key = ".".join(_keys(given.tree, loc))
        said = fault["msg"].removeprefix("Value error, ")
        if not key:  # a check over the whole study; its sentence begins with the key
            key, _, rest = said.partition(" ")
            faults.append(f"{key} ({origin(given, key)}) {rest}")
        else:
            faults.append(_fault_of(given, key, fault["type"], said, value, fault))
    return "; ".join(faults) + "."


def _fault_of(
    given: Given, key: str, kind: str, said: str, value: Any, fault: Mapping[str, Any]
) -> str:
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        context = fault["ctx"]
        key += "." + context["discriminator"].strip("'")
        known = str(context.get("expected_tags", "")).replace("'", "")
        where = origin(given, key)
        if kind == "union_tag_not_found":
            return f"{key} ({where}) is missing: it says what the entry is"
        return f"{key}={context['tag']!r} ({where}) is wrong: there are {known}"
    where = origin(given, key)
    if kind == "extra_forbidden":
        return f"{key}={value!r} ({where}) is no setting{_hint(key)}"
    if kind == "missing":
        return f"{key} ({where}) is missing"
    shown = "" if isinstance(value, dict | BaseModel) else f"={value!r}"
    return f"{key}{shown} ({where}) is wrong: {said[0].lower() + said[1:]}"


def _keys(tree: Any, loc: tuple[str | int, ...]) -> Iterator[str]:
    """The keys of a fault's place, without what tells the members of a union apart.

    An entry may be named like one: `contender.constant.constant.batch` is of the entry `constant`,
    whose `kind` is `constant`.
    """
    is_new = False  # whether the node was entered just now
    for part in loc:
        tags = (tree.get(name) for name in _discriminators()) if isinstance(tree, dict) else ()
        if part == "[key]" or (is_new and part in tags):
            is_new = False
            continue
        yield str(part)
        tree, is_new = _inside(tree, part), True


def _inside(tree: Any, part: str | int) -> Any:
    try:
        return tree[part]
    except (LookupError, TypeError):
        return None


def _discriminators() -> set[str]:
    """The keys that tell the members of unions apart, as the settings declare them."""
    return set(_values_of("propertyName", Study.model_json_schema()))


def _values_of(key: str, tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from _values_of(key, value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _values_of(key, value)


def _first_sentence(said: str) -> str:
    return said.split(" full_key:")[0].split(" To append")[0].rstrip(".") + "."


def _hint(key: str) -> str:
    last = key.rpartition(".")[2]
    close = difflib.get_close_matches(last, _known_names(), n=1)
    return f" (did you mean {close[0]}?)" if close and close[0] != last else ""


def _known_names() -> list[str]:
    names: set[str] = set()

    def collect(tree: Any) -> None:
        if isinstance(tree, dict):
            for key, value in tree.items():
                names.add(str(key))
                collect(value)

    collect(Study.model_json_schema())
    return sorted(names)


def origin(given: Given, key: str) -> str:
    """Where a key was set: an override, the study's file, or the file of what was chosen."""
    if any(_sets(override, key) for override in given.overrides):
        return "from overrides"
    own = given.conf / "study" / f"{given.study}.yaml"
    places = [(own, key), *_places(given, key), (given.conf / "config.yaml", key)]
    for path, dotted in places:
        if path.is_file() and _holds(path, dotted):
            return f"in {path.relative_to(given.conf.parent)}"
    # nobody set it: then who has the entry is to set it
    group, entry, *_ = [*key.split("."), ""]
    named = given.conf / group / f"{entry}.yaml"
    chosen = [given.conf / group / f"{name}.yaml" for name in _chosen(given, group)[:2]]
    if named.is_file() or len(chosen) == 1:
        own = named if named.is_file() else chosen[0]
    return f"in {own.relative_to(given.conf.parent)}"


def _sets(override: str, key: str) -> bool:
    """Whether an override gives a key its value, by itself or in a whole entry."""
    target, _, value = override.lstrip("+").partition("=")
    return target == key or (value.startswith("{") and key.startswith(f"{target}."))


def _places(given: Given, key: str) -> Iterator[tuple[Path, str]]:
    """The files that may hold a key of a group, an entry's own first, and the key inside them."""
    group, _, inside = key.partition(".")
    entry, _, below = inside.partition(".")
    # an entry's file goes by its name, whatever else names it
    for name in sorted(_chosen(given, group), key=lambda name: name != entry):
        path = given.conf / group / f"{name}.yaml"
        yield path, inside
        for shared, target in _shared(path):
            # `_base@entry` holds what several entries share, without their names
            if target in ("", entry):
                yield given.conf / group / f"{shared}.yaml", below if target else inside


def _chosen(given: Given, group: str) -> list[str]:
    """The files of a folder that may have been taken; of lists, Hydra doesn't tell."""
    if group in (given.choices or {}):
        choice = (given.choices or {})[group]
        return [choice] if choice else []
    return sorted(path.stem for path in (given.conf / group).glob("[!_]*.yaml"))


def _shared(path: Path) -> list[tuple[str, str]]:
    """The files that a file takes its other settings from, and for which entry."""
    if not path.is_file():
        return []
    tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    named = [one.partition("@") for one in tree.get("defaults", ()) if isinstance(one, str)]
    return [(name, target) for name, _, target in named if name != "_self_"]


def _holds(path: Path, dotted: str) -> bool:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in filter(None, dotted.split(".")):
        if not isinstance(tree, dict):
            return False
        under = next((k for k in tree if str(k) == part or str(k).endswith(f"@{part}")), None)
        if under is None:
            return False
        tree = tree[under]
    return True
