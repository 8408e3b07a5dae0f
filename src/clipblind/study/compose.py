"""The configuration of a study: composed once, validated, sliced for each rule.

`compose` is the only function that imports Hydra. `needs` cuts out what one rule may read; the job
gets it as JSON and validates it into a model of its own, so it can't read what its rule didn't
name, and a change of anything else doesn't rerun it.
"""

import difflib
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from clipblind.ground.errors import UserError
from clipblind.study.settings.real import RealStudy
from clipblind.study.settings.world import Study

M = TypeVar("M", bound=BaseModel)

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


def compose(conf: Path, study: str, overrides: str = "", seed: int | None = None) -> Study:
    """Compose and validate a study of the rendered world; see `compose_any`.

    Raises:
        UserError: as `compose_any` does, or if the study is one of real images and models.
    """
    composed = compose_any(conf, study, overrides, seed)
    if not isinstance(composed, Study):
        raise UserError(f"The study {study!r} is not of the rendered world.")
    return composed


def compose_any(
    conf: Path, study: str, overrides: str = "", seed: int | None = None
) -> Study | RealStudy:
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
    model: type[Study | RealStudy] = RealStudy
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
        update = {"seed": seed, "seeds": ()} if model is Study else {"seed": seed}
        return composed_study.model_copy(update=update)
    return composed_study


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
    collect(RealStudy.model_json_schema())
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
