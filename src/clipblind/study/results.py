"""Whether results that are kept are of the code that stands beside them.

Beside its results a study keeps `code.json`: the revision it was made from and, for each verb that
made anything, the digest of its code. Small as it is, git holds it with the tables.
"""

import ast
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from clipblind.ground.errors import UserError
from clipblind.ground.files import write_text
from clipblind.study.provenance import code_of
from clipblind.study.revision import revision
from clipblind.study.settings.base import Model

NOTE: Final = "code.json"


class Note(Model):
    """What a study was made by.

    Attributes:
        revision: the last commit that changed any code; empty outside a repository.
        is_clean: whether that commit holds all of the code that was used.
        verbs: by verb, and the modules it imported by name, the digests of its code.
    """

    revision: str
    is_clean: bool
    verbs: dict[str, tuple[str, ...]]


def found_json(path: Path) -> dict[str, Any]:
    """A JSON object that a study may have made already; empty if it isn't there, or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note_code(folder: Path, project: Path, target: Path) -> Note:
    """Write down what a study was made by, as Snakemake's record of each output tells.

    Args:
        folder: the study's; those of its seeds lie in it.
        project: whose code it is.
        target: the file to write.
    """
    verbs: dict[str, set[str]] = {}
    for record in folder.rglob(".snakemake/metadata/*"):
        for code in _codes(record) if _is_there(record) else ():
            verb, _, digest = code.rpartition(" ")
            verbs.setdefault(verb, set()).add(digest)
    found = revision(project)
    note = Note(
        revision=found.commit,
        is_clean=found.is_clean,
        verbs={verb: tuple(sorted(digests)) for verb, digests in sorted(verbs.items())},
    )
    write_text(target, json.dumps(note.model_dump(mode="json"), indent=1) + "\n")
    return note


def read_note(path: Path) -> Note:
    """What a study was made by.

    Raises:
        UserError: if the file can't be read.
    """
    try:
        return Note.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise UserError(f"{path} can't be read; make its study again.") from error


def faults_of(note: Note) -> list[str]:
    """Why results aren't of the present code; empty if they are."""
    faults = [] if note.is_clean else ["it was made with changes that no commit holds"]
    changed = [verb.partition(" ")[0] for verb, codes in note.verbs.items() if codes != _now(verb)]
    if changed:
        names = ", ".join(dict.fromkeys(changed))
        faults.append(f"made by another code than the present one: {names}")
    return faults


def _now(verb: str) -> tuple[str, ...]:
    name, *modules = verb.split(" ")
    try:
        return (code_of(name, *modules).rpartition(" ")[2],)
    except ValueError:  # there is no such verb any more
        return ()


def _is_there(record: Path) -> bool:
    """Whether the output that a record tells of is still there; its name is in base 64."""
    try:
        output = base64.urlsafe_b64decode(record.name).decode()
    except ValueError:
        return True
    return (record.parents[2] / output).exists()


def _codes(record: Path) -> Iterator[str]:
    """The code that Snakemake's record of one output tells, see `code_of`."""
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        params = [] if told.get("incomplete") else told.get("params") or []
    except (OSError, ValueError, AttributeError):
        return
    for param in params:
        try:
            value = ast.literal_eval(param)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, str) and _is_code(value):
            yield value


def _is_code(text: str) -> bool:
    """Whether a parameter is of the form that `code_of` gives: a verb, modules, a digest."""
    words = text.split(" ")
    is_digest = len(words[-1]) == 16 and not set(words[-1]) - set("0123456789abcdef")
    return is_digest and len(words) > 1 and all("." in w or w.islower() for w in words[:-1])
