"""The order of tests: what takes long and mostly waits comes first, so that it does not stand alone at the end."""

import pytest

FIRST = "tests/cluster/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes start and leases run out in these, on one core; the other one has the rest meanwhile."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
