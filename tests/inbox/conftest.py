"""Fixtures of the command line's tests, whose code stands in ``support.commands``; and an inbox."""

from pathlib import Path

import pytest
from support.commands import importer, sandbox

__all__ = ["importer", "sandbox"]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder
