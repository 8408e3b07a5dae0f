"""How the tests are shared out between cores: the long ones first, and no fixture made twice."""

import os
from pathlib import PurePosixPath

import pytest

# workers share the cores: threads of each on top of that would only get in each other's way
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# files of tests that share a finished study are one worker's; the long ones come first
SHARED = {
    "workflow/test_real": "the shrunken paper",
    "workflow/test_real_answers": "the shrunken paper",
    **{
        f"workflow/test_{name}": "the smoke study"
        for name in ("study", "kill", "provenance", "seeds", "tiles", "mistakes")
    },
}
ORDER = ("the shrunken paper", "the smoke study")


def _share(nodeid: str) -> str:
    """The tests that one worker takes together: those of a finished study, or of a file."""
    file = PurePosixPath(nodeid.partition("::")[0])
    return SHARED.get(f"{file.parent.name}/{file.stem}", str(file))


def _turn(nodeid: str) -> tuple[int, bool]:
    share = _share(nodeid)
    return ORDER.index(share) if share in ORDER else len(ORDER), "workflow" not in nodeid


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: _turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class ByShare(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return _share(nodeid)

    return ByShare(config, log)
