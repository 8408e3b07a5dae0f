"""CONTRIBUTING.md names files and places that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TASKS = re.findall(r"^\*\*(\d+)\. (.+?)\.\*\*", PAGE, re.MULTILINE)
PLACES = ("", "src/clipblind", "conf/encoder", "conf/contender", "conf/benchmark", "conf/prompt")


def test_there_are_eleven_tasks():
    assert [int(number) for number, _ in TASKS] == list(range(1, 12))


def _files() -> list[str]:
    quoted = re.findall(r"`([^`\n]+)`", PAGE)
    named = [q for q in quoted if re.fullmatch(r"[\w./-]*\w+\.(py|yaml|md|json)|[\w./-]+/", q)]
    return sorted({name for name in named if "NAME" not in name} - {"answers/patterns.csv"})


@pytest.mark.parametrize("name", _files())
def test_a_file_that_it_names_is_there(name):
    assert any((ROOT / place / name).exists() for place in PLACES), name


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("LOADERS", "encoders/__init__.py"),
        ("BACKENDS", "contenders/backends/__init__.py"),
        ("READERS", "benchmark/readers.py"),
        ("LISTERS", "pools/sources.py"),
        ("SECTIONS", "report/sections/__init__.py"),
    ],
)
def test_the_one_dict_of_a_kind_is_where_it_says(place, file):
    assert (f"`{place}`" in PAGE and f"`{file}`" in PAGE) or f"/{file}`" in PAGE
    text = (ROOT / "src/clipblind" / file).read_text(encoding="utf-8")
    assert re.search(rf"^{place}\b", text, re.MULTILINE)
