"""The page of settings and the schema are as the types say, and fit what ships."""

import json
from pathlib import Path

import jsonschema
import pytest
from omegaconf import OmegaConf

from clipblind.study.documents import groups_of_files, settings_page, settings_schema

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for group in groups_of_files()
    for path in sorted((ROOT / "conf" / group).glob("[!_]*.yaml"))
]


def read(path):
    """As editors read it: `1e-3` is a number to them, and to Hydra."""
    return OmegaConf.to_container(OmegaConf.load(path))


def checked(name, tree):
    """The faults that an editor shows of a file."""
    schema = json.loads(settings_schema())
    schema = schema if name == "study" else {"$defs": schema["$defs"], **schema["$defs"][name]}
    return [fault.message for fault in jsonschema.Draft202012Validator(schema).iter_errors(tree)]


def test_what_is_committed_was_written_from_the_present_settings():
    said = "run `make docs`"
    assert (ROOT / "docs/settings.md").read_text() == settings_page(), said
    assert (ROOT / "conf/schema.json").read_text() == settings_schema(), said


def test_every_setting_says_what_it_is_for():
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_that_ships_fits_its_schema(path):
    assert checked(path.parent.name, read(path)) == []


@pytest.mark.parametrize("path", sorted((ROOT / "conf/study").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_study_that_ships_fits_the_whole_schema(path):
    assert checked("study", read(path)) == []


@pytest.mark.parametrize(
    ("group", "entry"),
    [
        ("encoder", {"mine": {"loader": "torch"}}),
        ("encoder", {"mine": {"loadr": "timm"}}),
        ("contender", {"mine": {"kind": "openai", "retries": -1}}),
        ("pool", {"sources": {"mine": {"kind": "folder", "paths": "x"}}}),
    ],
)
def test_an_editor_sees_what_is_wrong(group, entry):
    assert checked(group, entry)
