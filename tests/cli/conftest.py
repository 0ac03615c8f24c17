"""Fixtures of the command line's tests; their code stands in ``support.commands`` and ``chaos.kit``."""

import pytest
from chaos.kit import Warm
from support.commands import importer, sandbox

__all__ = ["importer", "sandbox", "warm"]


@pytest.fixture(scope="session")
def warm():
    """A process with the program loaded: commands that are forked from it are there at once."""
    process = Warm()
    yield process
    process.close()
