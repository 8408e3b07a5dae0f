"""The rooms of the house: imports go down, and no two rooms import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src/clipblind"
# from the ground up: a room imports from those before it
ROOMS = (
    *("ground", "study", "printed", "models", "pools", "encoders", "world", "embedding", "mining"),
    *("benchmark", "mof", "contenders", "patterns", "grading", "matching", "controls", "fetching"),
    *("figures", "report", "commands"),
)


def _imports() -> Iterator[tuple[str, str, str]]:
    for path in PACKAGE.rglob("*.py"):
        inner = path.relative_to(PACKAGE)
        if len(inner.parts) == 1:
            continue  # cli.py, which names every chapter
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == "clipblind":
                modules = [f"clipblind.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                if module.startswith("clipblind."):
                    yield inner.as_posix(), inner.parts[0], module.split(".")[1]


def test_every_folder_is_a_room_of_the_list():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(ROOMS)


def test_no_import_runs_back_up():
    upward = [
        f"{path} imports {other}"
        for path, room, other in _imports()
        if other in ROOMS and ROOMS.index(other) > ROOMS.index(room)
    ]
    assert upward == []


def test_no_file_lies_beside_the_rooms_but_the_command():
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "cli.py"}
