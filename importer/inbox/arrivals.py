"""Which files of a folder are there to be imported, and which of them are complete."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

_TABLE: Final = re.compile(r"(?i).+\.(?:csv|tsv|tab|txt)(?:\.gz)?|.+\.(?:xlsx|xlsm|xls|ods)")
_UNFINISHED: Final = re.compile(r"(?i)[.~].*|.*\.(?:part|tmp|temp|filepart|crdownload|partial|download|swp|bak)")
_OURS: Final = re.compile(
    r"(?i).+\.(?:result|rejected|checked)(?:\.[0-9]+)?\.(?:[a-z]+(?:\.gz)?)|.+\.previous(?:\..+)?"
)
MARKERS: Final = (".done", ".ready")
"""``clients.csv.done`` beside ``clients.csv`` says that the file is complete."""


class Look(NamedTuple):
    """What tells that a file is the one it was: its size in bytes, its time in nanoseconds, its number."""

    size: int
    changed: int
    inode: int


def look_at(path: Path) -> Look | None:
    """A file as it is now; None where it is gone or no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Look(found.st_size, found.st_mtime_ns, found.st_ino) if path.is_file() else None


def marker_of(path: Path) -> Path | None:
    """The file beside this one that says that it is complete."""
    markers = (path.with_name(path.name + ending) for ending in MARKERS)
    return next((marker for marker in markers if marker.is_file()), None)


def candidates(folder: Path) -> dict[Path, Look]:
    """Spreadsheets and text tables at the top of the folder, the oldest first; outputs and unfinished copies left out.

    Raises:
        OSError: the folder cannot be read.
    """
    found = {}
    for path in folder.iterdir():
        taken = _TABLE.fullmatch(path.name) and not _UNFINISHED.fullmatch(path.name) and not _OURS.fullmatch(path.name)
        if taken and (seen := look_at(path)) is not None:
            found[path] = seen
    return dict(sorted(found.items(), key=lambda entry: (entry[1].changed, entry[0].name)))


def complete(folder: Path, *, settle: float, marker: bool, wait: Callable[[float], object]) -> dict[Path, Look]:
    """The candidates that nobody writes any more: a marker lies beside them, or two looks see the same.

    Args:
        folder: Where they lie.
        settle: Seconds between the two looks; 0 takes all at once.
        marker: Whether only marked files are taken.
        wait: How the time is spent; it may end early.
    """
    first = candidates(folder)
    marked = {path for path in first if marker_of(path) is not None}
    if marker:
        return {path: seen for path, seen in first.items() if path in marked}
    if settle and len(marked) < len(first):
        wait(settle)
        second = candidates(folder)
        return {path: seen for path, seen in first.items() if path in marked or second.get(path) == seen}
    return first
