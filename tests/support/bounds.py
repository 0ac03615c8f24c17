"""The bounds of a run for tests that make one without settings."""

from typing import Any

from importer.creating.run_limits import Limits, limits_of
from importer.settings import Settings


def bounds(**own: Any) -> Limits:
    """Those that hold where nothing is said, but for ``own``."""
    return limits_of(Settings(**own))
