"""A study's configuration: composed once by Hydra, validated; the only module that knows Hydra."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from clipblind.ground.errors import UserError
from clipblind.ground.files import digest
from clipblind.study.faults import Given, composition_fault, missing_fault, validation_fault
from clipblind.study.memory import Memory
from clipblind.study.overrides import as_written, for_hydra, split
from clipblind.study.settings.study import Study

MOST: Final = 16  # compositions that are remembered
# what Hydra reads of the environment or the clock isn't in the files
UNSTABLE: Final = ("${oc.", "${now", "${hydra")


def chosen(config: Mapping[str, Any], arguments: Sequence[str] = ()) -> dict[str, Any]:
    """The study, overrides and seed that `snakemake --config` was given, for `compose`.

    Args:
        config: what Snakemake made of it.
        arguments: of the command line, where overrides stand as they were written.

    Raises:
        UserError: if it was given anything else.
    """
    if unknown := sorted(set(config) - {"study", "overrides", "seed"}):
        raise UserError(
            f"--config knows study, overrides and seed, not {', '.join(unknown)}: settings go into"
            ' overrides="KEY=VALUE", and files to make stand before --config.'
        )
    config = {**config, "overrides": as_written(config.get("overrides"), arguments)}
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
    """Compose and validate one study.

    Args:
        conf: the folder of configuration files.
        study: a file of `conf/study/`, without its suffix.
        overrides: Hydra overrides as one shell-like string, such as `mining.probe_above=0.9`.
        seed: one run of the study with this seed, whatever its `seeds`.

    Raises:
        UserError: one sentence that names the key, the value and the file.
    """
    studies = sorted(path.stem for path in (conf / "study").glob("*.yaml"))
    if study not in studies:
        raise UserError(
            f"There is no study {study!r} in {conf / 'study'}; there are {', '.join(studies)}."
        )
    given = _composed(Given(conf, study, split(overrides)))
    try:
        composed = Study.model_validate(given.tree)
    except ValidationError as error:
        raise UserError(validation_fault(given, error)) from error
    if composed.name != study:
        raise UserError(
            f"conf/study/{study}.yaml names itself {composed.name!r}; its results go by its"
            f" file's name: write `name: {study}`."
        )
    if seed is not None:
        return composed.model_copy(update={"seed": seed, "seeds": ()})
    return composed


def _composed(given: Given) -> Given:
    """With the tree and the choices; Hydra is asked only of files and overrides that are new.

    It takes half a second, which every start of Snakemake would wait for.
    """
    files = sorted(given.conf.rglob("*.yaml"))
    names = [path.relative_to(given.conf).as_posix() for path in files]
    key = digest(given.study, *given.overrides, *names, *files)
    known = Memory("compose", given.conf.absolute().parent, MOST)
    if found := known.get(key):
        return replace(given, tree=found[0], choices=found[1])
    tree, choices = _asked(given)
    texts = (*given.overrides, *(path.read_text(encoding="utf-8") for path in files))
    is_stable = not any(word in text for text in texts for word in UNSTABLE)
    if is_stable and json.loads(json.dumps(tree, default=str)) == tree:
        known.put(key, [tree, choices])
        known.save()
    return replace(given, tree=tree, choices=choices)


def _asked(given: Given) -> tuple[Any, dict[str, Any]]:
    """What Hydra makes of files and overrides: the tree, and the file or files of each folder."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

    try:
        with initialize_config_dir(str(given.conf.resolve()), version_base="1.3"):
            forced = [_readable(given.conf, override) for override in given.overrides]
            whole = hydra_compose(
                "config", overrides=[f"study={given.study}", *forced], return_hydra_config=True
            )
        choices: Any = OmegaConf.to_container(whole.hydra.runtime.choices)
        with open_dict(whole):
            del whole["hydra"]
        tree = OmegaConf.to_container(whole, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        raise UserError(missing_fault(given, str(error.full_key))) from error
    except (HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError) as error:
        raise UserError(composition_fault(given, error)) from error
    return tree, choices


def _readable(conf: Path, override: str) -> str:
    """An override as Hydra reads it.

    Raises:
        UserError: if it can't, which it says in words of its grammar.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    forced = _forced(conf, override)
    try:
        OverridesParser.create().parse_override(forced)
    except HydraException:
        key = override.partition("=")[0]
        raise UserError(
            f"overrides={override!r} can't be read: KEY=VALUE is wanted, with lists as"
            f" {key}=[a,b], tables as {key}={{a: 1}}, and a value with other signs in quotes."
        ) from None
    return forced


def _forced(conf: Path, override: str) -> str:
    """Let Hydra set keys that no file holds: whether they exist is the models' to say."""
    key, equals, value = override.partition("=")
    is_choice = (conf / key).is_dir()
    if is_choice and value == "null":
        return f"~{key}"
    override = for_hydra(override)
    return override if not equals or is_choice or key[0] in "+~" else f"++{override}"
