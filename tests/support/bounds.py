"""The settings of a run for tests that make one without a command."""

from typing import Any

from importer.settings import Settings


def bounds(**own: Any) -> Settings:
    """Those that hold where nothing is said, but for ``own``."""
    return Settings(**own)
