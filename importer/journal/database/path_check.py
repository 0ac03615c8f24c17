"""Whether the journal at its path is still the one that is open.

Where a folder is removed, moved or put back from a backup while a run is going on, everything that is open goes on
without an error, and what is written is gone with the process.
"""

from pathlib import Path
from typing import Final

from importer.errors import StorageFailed
from importer.journal.database.location import Location

_FILES: Final = ("", "-wal", "-shm")
"""Endings of what SQLite has open: the file, its log, and what its readers share."""


class Presence:
    """The files of a journal that is open, as they stand at their paths now. That of a server has none here.

    Args:
        location: The journal's; a connection has read from it, so that its log is there.
    """

    def __init__(self, location: Location) -> None:
        self._path = location.path
        endings = () if location.server else _FILES
        self._files = [self._path.with_name(self._path.name + ending) for ending in endings]
        self._then = self._seen()

    def missing(self) -> StorageFailed | None:
        """What to raise where other files, or none, are at these paths by now."""
        if self._seen() == self._then:
            return None
        return StorageFailed(
            "The journal {path} is no longer the one that this run writes to: it, a file beside it "
            "or the folder around it was removed, moved or replaced. Nothing more is sent. The "
            "output is written from what is still open: keep it. Where the folder was moved, move it "
            "back and give the same command again; where it is gone, `importer journal learn OUTPUT` "
            "teaches a new journal what was created.",
            path=self._path,
        )

    def _seen(self) -> list[tuple[int, int] | None]:
        return [_file_of(path) for path in self._files]


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
