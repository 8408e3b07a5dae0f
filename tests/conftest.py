"""How the tests are shared out between cores: the long ones first, and no fixture made twice."""

import os

import pytest

# workers share the cores: threads of each on top of that would only get in each other's way
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# fixtures that run a whole study, used in several files
FINISHED = ("finished", "shrunken_paper")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A worker takes a file whole, and all tests of one finished study are one worker's."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)
    for item in items:
        shared = [name for name in FINISHED if name in item.fixturenames]
        group = shared[0] if shared else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
