"""The code a job depends on, as a digest that reruns the job when it changes.

Followed from a verb through its imports, those inside functions included, so that no rule has to
list its source files and none can forget one. Layout, comments and docstrings don't count: they
can't change a result.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from clipblind.ground.files import digest

PACKAGE: Final = Path(__file__).parents[1]
BESIDE: Final = (".j2", ".css", ".js", ".csv")

# A change of these never changes a result: what they hand to a job shows in its settings, in its
# inputs or in its failure.
PLUMBING: Final = frozenset(
    {
        "cli",
        "commands.options",
        "ground.errors",
        "ground.files",
        "ground.progress",
        "ground.tables",
        "ground.tables.answers",
        "ground.tables.benchmark",
        "ground.tables.controls",
        "ground.tables.matching",
        "ground.tables.pairs",
        "ground.tables.pool",
        "ground.tables.scores",
        "ground.tables.table",
        "ground.tables.world",
        "study.compose",
        "study.provenance",
        "study.settings.contenders",
        "study.settings.real",
        "study.settings.recipes",
        "study.settings.world",
    }
)


def code_of(verb: str, *modules: str) -> str:
    """Digest of the source of one verb and of every module of this package that it reaches.

    Args:
        verb: a function in `commands/`, such as `pairs.mine`.
        modules: further modules it reaches in ways that its imports don't show.

    Raises:
        ValueError: if there is no such verb.
    """
    functions, paths = _reached(verb, modules)
    texts = [_code(ast.Module([function], [])) for function in functions]
    texts += [_code(ast.parse(_source(p))) for p in sorted(paths) if p.suffix == ".py"]
    return digest(*texts, *sorted(path for path in paths if path.suffix != ".py"))


def code_of_package(*others: Path) -> str:
    """Digest of all of this package's source, and of other files, such as rules."""
    own = [p for p in sorted(PACKAGE.rglob("*")) if p.suffix in (".py", *BESIDE)]
    texts = [_code(ast.parse(_source(p))) for p in own if p.suffix == ".py"]
    return digest(*texts, *(p for p in own if p.suffix != ".py"), *sorted(others))


def modules_of(verb: str, *modules: str) -> set[str]:
    """Names of the modules whose code counts for a verb, without the package's own name."""
    return {_name(path) for path in _reached(verb, modules)[1] if path.suffix == ".py"}


def _code(tree: ast.Module) -> str:
    """Source in a layout of its own, without comments and docstrings."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _reached(verb: str, modules: tuple[str, ...]) -> tuple[list[ast.FunctionDef], set[Path]]:
    """The verb's own functions, and the files it reaches."""
    chapter, _, name = verb.partition(".")
    tree = ast.parse(_source(PACKAGE / "commands" / f"{chapter}.py"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if name not in {function.name for function in functions}:
        raise ValueError(f"commands/{chapter}.py has no verb {name}")
    own = [f for f in functions if f.name in _mentioned(name, functions)]
    shared = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    reached: set[Path] = set()
    for path in (p for node in (*own, *shared) for p in _imported(node)):
        _follow(path, reached)
    for module in modules:
        for path in _files(PACKAGE.joinpath(*module.split("."))):
            _follow(path, reached)
    return own, reached


def _mentioned(name: str, functions: list[ast.FunctionDef]) -> set[str]:
    """A verb and those functions of its chapter that it calls, directly or not."""
    names = {function.name: function for function in functions}
    found, todo = set[str](), [name]
    while todo:
        current = todo.pop()
        if current in names and current not in found:
            found.add(current)
            todo += [n.id for n in ast.walk(names[current]) if isinstance(n, ast.Name)]
    return found


def _follow(path: Path, reached: set[Path]) -> None:
    if path in reached or _name(path) in PLUMBING:
        return
    reached.add(path)
    if path.parent != PACKAGE:
        # templates, styles and printed figures lie beside the code that reads them
        reached.update(p for p in path.parent.iterdir() if p.suffix in BESIDE)
    for found in _imports_of(path):
        _follow(found, reached)


@cache
def _imports_of(path: Path) -> tuple[Path, ...]:
    return tuple(_imported(ast.parse(_source(path))))


def _imported(tree: ast.AST) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]  # modules that are imported by name, as the loaders are
        else:
            continue
        for name in names:
            if name.startswith("clipblind."):
                yield from _files(PACKAGE.joinpath(*name.split(".")[1:]))


def _files(place: Path) -> Iterator[Path]:
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.is_file():
            yield candidate


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")
