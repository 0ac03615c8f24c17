"""``~`` in paths that no shell has looked at: those of a configuration, of a variable, of a flag behind its ``=``."""

import os
from pathlib import Path


def expanded(path: str | Path) -> Path:
    """The path with the home folder for a ``~`` in front; one of a user whom nobody knows stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 (Path.expanduser raises there)
