"""What a source file says, as provenance asks: its code, what it imports, who calls whom in it.

Reading the whole package takes a second or two at every start, so it is remembered by content.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from clipblind.ground.files import digest
from clipblind.study.memory import Memory, memory

OWN: Final = "clipblind."
MOST: Final = 2000  # files of which is remembered what they say


class Function(NamedTuple):
    """One function of a file: its code as a digest, the modules it imports, the names in it."""

    code: str
    imports: tuple[str, ...]
    names: frozenset[str]


class Source(NamedTuple):
    """One file.

    Attributes:
        code: a digest that layout, comments and docstrings don't change.
        imports: modules of this package, those inside functions included, as dotted names; what is
            imported from a module may be one, too.
        shared: those that are imported at its top.
        functions: by name.
    """

    code: str
    imports: tuple[str, ...]
    shared: tuple[str, ...]
    functions: dict[str, Function]


@cache
def read_source(text: str) -> Source:
    """What a source file says."""
    # another Python writes the same code in another way
    key = digest(text, str(sys.version_info[:2]))
    known = _memory().get(key)
    if known is None:
        known = _read(ast.parse(text))
        _memory().put(key, known)
    code, imports, shared, functions = known
    return Source(
        code,
        tuple(imports),
        tuple(shared),
        {name: Function(of, tuple(i), frozenset(n)) for name, (of, i, n) in functions.items()},
    )


def remember() -> None:
    """Keep what was read for the next start."""
    _memory().save()


def table_of(text: str, name: str) -> dict[str, str] | None:
    """A table of strings that a source file holds at its top; none if it holds none of that name.

    It is read without importing it: torch would come along.
    """
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return dict(ast.literal_eval(node.value))
    return None


def _memory() -> Memory:
    return memory("code", MOST)


def _read(tree: ast.Module) -> list[Any]:
    imports = sorted(set(_imported(tree)))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    shared = sorted({name for node in top for name in _imported(node)})
    _strip(tree)
    functions = {
        node.name: [
            digest(ast.unparse(node)),
            sorted(set(_imported(node))),
            sorted({inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}),
        ]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return [digest(ast.unparse(tree)), imports, shared, functions]


def _strip(tree: ast.Module) -> None:
    """Take away docstrings."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name.removeprefix(OWN) for name in names if name.startswith(OWN))
