"""Files that belong to no run, by their SHA-256: the rejected rows of files that were refused.

They have no manifest, and their runs are forgotten: the journal has no record to note them in. So they stand in a file
in the folder of the runs, a line each; it holds nothing but hashes.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_NAME: Final = "outputs.sha256"


def remember(runs: Path, hashes: Iterable[str]) -> None:
    """Note files that are about to be put in their places, where there is a folder of runs that can be written."""
    with suppress(OSError):
        descriptor = os.open(runs / _NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(f"{sha256}\n" for sha256 in hashes)


def knows(runs: Path, sha256: str) -> bool:
    """Whether a file was noted."""
    with suppress(OSError):
        return sha256 in (runs / _NAME).read_text(encoding="ascii", errors="replace").split()
    return False
