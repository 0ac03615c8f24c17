"""Which files of a folder are there to be imported, and which of them are complete."""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from importer.messages.text import Text
from importer.reading.formats import usual_endings

_ENDINGS: Final = usual_endings()
_UNFINISHED: Final = re.compile(r"(?is)[.~].*|.*\.(?:part|tmp|temp|filepart|crdownload|partial|download|swp|bak)")
_OURS: Final = re.compile(
    r"(?is).+\.(?:result|rejected|checked|merged|unconfirmed)(?:\.[0-9]+)?\.(?:[a-z]+(?:\.gz)?)|.+\.previous(?:\..+)?"
)
MARKERS: Final = (".done", ".ready")
"""``clients.csv.done`` beside ``clients.csv`` says that the file is complete."""

_SECOND_LOOK: Final = 10.0
"""Seconds between two looks where markers are demanded, no time to settle is, and a marker is older than its file."""

_LONGEST: Final = 190
"""Bytes of a name: a file system takes 255, and what is written beside it has up to 60 more
(``x.result.2.csv.manifest.json.previous``)."""


class FileStamp(NamedTuple):
    """What tells that a file is the one it was: its size in bytes, its time in nanoseconds, its number."""

    size: int
    changed: int
    inode: int


def look_at(path: Path) -> FileStamp | None:
    """A file as it is now; None where it is gone, or a link, a folder, a pipe."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return FileStamp(found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def markers_of(path: Path) -> dict[Path, FileStamp]:
    """The files beside this one that say that it is complete; a sender may leave one of each kind."""
    beside = (path.with_name(path.name + ending) for ending in MARKERS)
    return {marker: seen for marker in beside if (seen := look_at(marker)) is not None}


def candidates(folder: Path) -> dict[Path, FileStamp]:
    """Spreadsheets and text tables at the top of the folder, the oldest first; outputs and unfinished copies left out.

    Raises:
        OSError: the folder cannot be read.
    """
    found = {}
    for path in folder.iterdir():
        taken = _is_table(path.name) and not _OURS.fullmatch(path.name)
        if taken and (seen := look_at(path)) is not None:
            found[path] = seen
    return dict(sorted(found.items(), key=lambda entry: (entry[1].changed, entry[0].name)))


def left_lying(folder: Path) -> dict[str, str]:
    """Names that look like something to be imported → why they are not.

    A link is not followed: a move would take no file along, what it points to may change meanwhile, and whoever may
    put something into the folder would choose what this user reads.

    Raises:
        OSError: the folder cannot be read.
    """
    found: dict[str, str] = {}
    for path in folder.iterdir():
        if not _is_table(path.name):
            continue
        if _OURS.fullmatch(path.name):
            found[path.name] = Text("an output of this program; rename it to have it imported")
        elif path.is_symlink():
            found[path.name] = Text("a link; put the file itself there")
        elif path.is_dir():
            found[path.name] = Text("a folder")
    return found


def unfit_name(name: str) -> str:
    """Why nothing could be written beside a file of this name; "" where it fits."""
    if len(os.fsencode(name)) > _LONGEST:
        return Text(
            "its name has {bytes} bytes, and {most} at most leave room for its outputs' names",
            bytes=len(os.fsencode(name)),
            most=_LONGEST,
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        return Text("its name is no UTF-8")
    return ""


def complete(folder: Path, *, settle: float, marker: bool, wait: Callable[[float], object]) -> dict[Path, FileStamp]:
    """The candidates that nobody writes any more: a marker vouches for them, or two looks see the same.

    A marker that is older than its file vouches for nothing: it may be the one of a delivery before, which came when
    that was taken already. Nor is such a file left lying: a sender's clock may be ahead, or its time be set last.

    ``settle``: seconds between the two looks, 0 takes all at once; ``wait`` spends them, and may end early. ``marker``:
    only files with a marker are taken, and one that is too old never at once.
    """
    first = candidates(folder)
    marked = {path: markers_of(path).values() for path in first}
    vouched = {path for path, seen in first.items() if any(one.changed >= seen.changed for one in marked[path])}
    doubtful = {path for path in first if path not in vouched and (marked[path] or not marker)}
    between = settle or (_SECOND_LOOK if marker else 0)
    if doubtful and between:
        wait(between)
        second = candidates(folder)
        doubtful = {path for path in doubtful if second.get(path) == first[path]}
    return {path: seen for path, seen in first.items() if path in vouched | doubtful}


def _is_table(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not _UNFINISHED.fullmatch(name)
