"""The schemas of all tables on disk, one file a chapter."""

from importlib import import_module
from pkgutil import iter_modules

from clipblind.ground.tables.table import Table


def named(kind: str) -> Table | None:
    """The table of a kind, such as `probes`; none if there is no such kind."""
    for chapter in iter_modules(__path__):
        found = getattr(import_module(f"{__name__}.{chapter.name}"), kind.upper(), None)
        if isinstance(found, Table):
            return found
    return None
