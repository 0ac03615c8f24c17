"""One sandbox for a module: its files bring phones of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from inputs.importing import Importing

from importer.sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="module")
def importing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Importing]:
    """Imports files through the Python API into a sandbox that this module shares."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("IMPORTER_", "FREEDOM_ID_")):
                patch.delenv(name)
        folder = tmp_path_factory.mktemp("inputs")
        patch.chdir(folder)
        with Sandbox(SandboxOptions()) as running:
            yield Importing(running, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
