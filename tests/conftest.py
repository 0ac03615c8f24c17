"""What all tests share: their order, and a process that goes on after a command that was called inside it."""

import gc

import pytest

FIRST = "tests/cluster/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long and mostly waits comes first, so that it does not stand alone at the end.

    Processes start and leases run out in these, on one core; the other one has the rest meanwhile.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


@pytest.fixture(autouse=True)
def nothing_stays_frozen():
    """A command freezes what its libraries hold, as its process ends with it; the tests' process goes on.

    Hypothesis looks for who refers to its random state, finds nobody among frozen objects, and calls its test flaky.
    """
    yield
    gc.unfreeze()
