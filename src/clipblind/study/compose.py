"""A study's configuration: composed once by Hydra, validated; the only module that knows Hydra."""

import difflib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from clipblind.ground.errors import UserError
from clipblind.study.settings.study import Study

TAGS: Final = frozenset(
    {"[key]", "clip", "simclr"}
    | {"constant", "random", "transformers", "minigpt4", "openai", "recorded"}
)


def chosen(config: Mapping[str, Any]) -> dict[str, Any]:
    """The study, overrides and seed that `snakemake --config` was given, for `compose`.

    Raises:
        UserError: if it was given anything else.
    """
    if unknown := sorted(set(config) - {"study", "overrides", "seed"}):
        raise UserError(f"--config knows study, overrides and seed, not {', '.join(unknown)}.")
    seed = config.get("seed")
    if seed is not None and (type(seed) is not int or seed < 0):
        raise UserError(f"--config seed={seed!r} is no seed; give a whole number from 0.")
    for key in ("study", "overrides"):
        if not isinstance(config.get(key), str | None):
            raise UserError(f"--config {key}={config[key]!r} is no text; quote it twice.")
    return {
        "study": config.get("study") or "world",
        "overrides": config.get("overrides") or "",
        "seed": seed,
    }


def compose(conf: Path, study: str, overrides: str = "", seed: int | None = None) -> Study | Study:
    """Compose and validate one study, of the rendered world or of real images and models.

    Args:
        conf: the folder of configuration files.
        study: a file of `conf/study/`, without its suffix.
        overrides: Hydra overrides as one shell-like string, such as `mining.probe_above=0.9`.
        seed: one run of the study with this seed, whatever its `seeds`.

    Raises:
        UserError: one sentence that names the key, the value and the file.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

    studies = sorted(path.stem for path in (conf / "study").glob("*.yaml"))
    if study not in studies:
        raise UserError(
            f"There is no study {study!r} in {conf / 'study'}; there are {', '.join(studies)}."
        )
    given = _split(overrides)
    try:
        with initialize_config_dir(str(conf.resolve()), version_base="1.3"):
            forced = [_forced(conf, override) for override in given]
            composed = hydra_compose("config", overrides=[f"study={study}", *forced])
        tree: Any = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        key = str(error.full_key)
        raise UserError(
            f"{key} ({_origin(conf, study, given, key)}) has no value yet; give it one there, or"
            f' with --config study={study} overrides="{key}=..."'
        ) from error
    except (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError) as error:
        raise UserError(_composition_fault(conf, study, given, error)) from error
    # only the rendered world writes captions for its pictures
    model: type[Study | Study] = Study
    if "captions" in (tree.get("pool") or {}):
        model = Study
    try:
        composed_study = model.model_validate(tree)
    except ValidationError as error:
        raise UserError(_validation_fault(conf, study, given, error)) from error
    if composed_study.name != study:
        raise UserError(
            f"conf/study/{study}.yaml names itself {composed_study.name!r}; its results go by its"
            f" file's name: write `name: {study}`."
        )
    if seed is not None:
        return composed_study.model_copy(update={"seed": seed, "seeds": ()})
    return composed_study


def _split(overrides: str) -> list[str]:
    try:
        return shlex.split(overrides)
    except ValueError as error:
        raise UserError(f"overrides={overrides!r} can't be read: {error}.") from error


def _forced(conf: Path, override: str) -> str:
    """Let Hydra set keys that no file holds: whether they exist is the models' to say."""
    key, equals, value = override.partition("=")
    is_choice = (conf / key).is_dir()
    if is_choice and value == "null":
        return f"~{key}"
    return override if not equals or is_choice or key[0] in "+~" else f"++{override}"


def _composition_fault(conf: Path, study: str, overrides: list[str], error: Exception) -> str:
    said = " ".join(str(error).split())
    for override in overrides:
        key = override.partition("=")[0].lstrip("+~")
        if f"'{key}'" in said or key in said:
            return f"overrides={override!r}: {_first_sentence(said)}{_hint(key)}"
    return f"conf/study/{study}.yaml can't be composed: {_first_sentence(said)}"


def _first_sentence(said: str) -> str:
    return said.split(" full_key:")[0].split(" To append")[0].rstrip(".") + "."


def _validation_fault(conf: Path, study: str, overrides: list[str], error: ValidationError) -> str:
    faults = []
    for fault in error.errors():
        loc = [str(part) for part in fault["loc"]]
        # what tells the members of a union apart is no key, but an entry may be named like it
        key = ".".join(part for at, part in enumerate(loc) if at < 2 or part not in TAGS)
        said = fault["msg"].removeprefix("Value error, ")
        if not key:  # a check over the whole study; its sentence begins with the key
            key, _, rest = said.partition(" ")
            faults.append(f"{key} ({_origin(conf, study, overrides, key)}) {rest}")
            continue
        where = _origin(conf, study, overrides, key)
        if fault["type"] == "extra_forbidden":
            faults.append(f"{key}={fault['input']!r} ({where}) is no setting{_hint(key)}")
        elif fault["type"] == "missing":
            faults.append(f"{key} ({where}) is missing")
        else:
            said = said[0].lower() + said[1:]
            value = "" if isinstance(fault["input"], dict) else f"={fault['input']!r}"
            faults.append(f"{key}{value} ({where}) is wrong: {said}")
    return "; ".join(faults) + "."


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
    collect(Study.model_json_schema())
    return sorted(names)


def _origin(conf: Path, study: str, overrides: list[str], key: str) -> str:
    """Where a key was set: an override, the study's file, or the first file that holds it."""
    if any(o.lstrip("+").startswith(f"{key}=") for o in overrides):
        return "from overrides"
    group, _, inside = key.partition(".")
    own = conf / "study" / f"{study}.yaml"
    candidates = [(own, key)]
    for path in sorted((conf / group).glob("*.yaml")):
        # a file named _base.yaml holds what several entries share, without their names
        shared = path.stem.startswith("_")
        candidates.append((path, inside.partition(".")[2] if shared else inside))
    candidates.append((conf / "config.yaml", key))
    for path, dotted in candidates:
        if _holds(path, dotted):
            return f"in {path.relative_to(conf.parent)}"
    return f"in {own.relative_to(conf.parent)}"


def _holds(path: Path, dotted: str) -> bool:
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in dotted.split("."):
        if not isinstance(tree, dict):
            return False
        under = next((k for k in tree if str(k) == part or str(k).endswith(f"@{part}")), None)
        if under is None:
            return False
        tree = tree[under]
    return True
