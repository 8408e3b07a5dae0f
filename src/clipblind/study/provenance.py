"""The code a job depends on, with a digest that reruns the job when it changes.

Followed from a verb through its imports, those inside functions included, so that no rule has to
list its source files and none can forget one. Layout, comments and docstrings don't count: they
can't change a result.

Loaders and back-ends are imported by name, out of a table. A loader that a job doesn't load with
can't rerun it: the rule names those of the entry at hand. A verb that reaches a table of which its
rule names nothing is a fault.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from clipblind.ground.files import digest
from clipblind.study.reading import Function, Source, read_source, remember, table_of
from clipblind.study.settings.contenders import Contender
from clipblind.study.settings.encoder import Encoder

PACKAGE: Final = Path(__file__).parents[1]
BESIDE: Final = (".j2", ".css", ".js", ".csv")

# A change of these never changes a result: what they hand to a job shows in its settings, in its
# inputs or in its failure. A room stands for all of its modules.
PLUMBING: Final = frozenset(
    {
        *("cli", "commands.options", "study"),
        *("ground.errors", "ground.files", "ground.progress", "ground.tables"),
    }
)
CHOOSES_LOADER: Final = "encoders"
CHOOSES_BACKEND: Final = "contenders.backends"
TABLES: Final = {CHOOSES_LOADER: "LOADERS", CHOOSES_BACKEND: "BACKENDS"}
"""Modules that import others by name, and what their table of names is called."""


def code_of(verb: str, *modules: str) -> str:
    """A verb, the modules it imports by name, and a digest of the source of all that it reaches.

    Args:
        verb: a function in `commands/`, such as `pairs.mine`.
        modules: further modules that it imports by name; see `loader_modules`, `backend_modules`.

    Raises:
        ValueError: if there is no such verb, or it reaches a table of modules and none is named.
    """
    modules = tuple(sorted(set(modules)))
    functions, paths = _reached(verb, modules)
    if unnamed := sorted({_name(path) for path in paths} & set(TABLES) - set(modules)):
        raise ValueError(f"{verb} imports by name what {unnamed[0]} lists; name what it takes")
    codes = [function.code for function in functions]
    codes += [_source(path).code for path in sorted(paths) if path.suffix == ".py"]
    remember()
    texts = [_text(path) for path in sorted(paths) if path.suffix != ".py"]
    return " ".join((verb, *modules, digest(*codes, *texts)))


def loader_modules(*encoders: Encoder) -> tuple[str, ...]:
    """For `code_of`: the modules that load encoders, and the one that chooses among them."""
    return (CHOOSES_LOADER, *_listed(CHOOSES_LOADER, (encoder.loader for encoder in encoders)))


def backend_modules(*answerers: Contender) -> tuple[str, ...]:
    """For `code_of`: the back-ends of who answers, and the module that chooses among them.

    Those that encoders feed need `loader_modules` of these, too.
    """
    return (CHOOSES_BACKEND, *_listed(CHOOSES_BACKEND, (answerer.kind for answerer in answerers)))


def code_of_package(*others: Path) -> str:
    """Digest of all of this package's source, and of other files, such as rules."""
    own = [p for p in sorted(PACKAGE.rglob("*")) if p.suffix in (".py", *BESIDE)]
    codes = [_source(path).code for path in own if path.suffix == ".py"]
    remember()
    texts = [_text(path) for path in own if path.suffix != ".py"]
    return digest(*codes, *texts, *sorted(others))


def modules_of(verb: str, *modules: str) -> set[str]:
    """Names of the modules whose code counts for a verb, without the package's own name."""
    return {_name(path) for path in _reached(verb, modules)[1] if path.suffix == ".py"}


def _listed(module: str, keys: Iterable[str]) -> list[str]:
    """What a module's table of names holds at some keys, without the package's own name."""
    path = _files(module)[0]
    names = table_of(_text(path), TABLES[module])
    if names is None:
        raise ValueError(f"{path} has no table {TABLES[module]}")
    return sorted({names[key].partition(".")[2] for key in keys})


def _reached(verb: str, modules: tuple[str, ...]) -> tuple[list[Function], set[Path]]:
    """The verb's own functions, and the files it reaches."""
    chapter, _, name = verb.partition(".")
    source = _source(PACKAGE / "commands" / f"{chapter}.py")
    if name not in source.functions:
        raise ValueError(f"commands/{chapter}.py has no verb {name}")
    own = [source.functions[called] for called in _called(name, source.functions)]
    reached: set[Path] = set()
    starts = (*source.shared, *(module for function in own for module in function.imports))
    for module in (*starts, *modules):
        for path in _files(module):
            _follow(path, reached)
    return own, reached


def _called(name: str, functions: dict[str, Function]) -> list[str]:
    """A verb and those functions of its chapter that it calls, directly or not, in their order."""
    found, todo = set[str](), [name]
    while todo:
        current = todo.pop()
        if current in functions and current not in found:
            found.add(current)
            todo += functions[current].names
    return [function for function in functions if function in found]


def _follow(path: Path, reached: set[Path]) -> None:
    if path in reached or _is_plumbing(_name(path)):
        return
    reached.add(path)
    reached.update(_beside(path.parent))
    for module in _source(path).imports:
        for found in _files(module):
            _follow(found, reached)


@cache
def _beside(folder: Path) -> tuple[Path, ...]:
    """Templates, styles and printed figures lie beside the code that reads them."""
    return tuple(path for path in folder.iterdir() if path.suffix in BESIDE)


@cache
def _is_plumbing(name: str) -> bool:
    return any(f"{name}.".startswith(f"{module}.") for module in PLUMBING)


@cache
def _files(module: str) -> tuple[Path, ...]:
    place = PACKAGE.joinpath(*module.split("."))
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return tuple(path for path in candidates if path.is_file())


@cache
def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _source(path: Path) -> Source:
    return read_source(_text(path))


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
