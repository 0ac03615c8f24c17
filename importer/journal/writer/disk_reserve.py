"""Space set aside beside the journal: a full disk stops the sending, but what was answered can still be recorded."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from importer.journal.database.database_errors import journal_errors
from importer.storage.private_files import FILE_MODE

SIZE: Final = 4 << 20
"""Bytes at most: at a thousand pages of 4 KiB SQLite's log is brought into the file, and begun anew."""

_LEAST: Final = 1 << 20
"""Bytes: several commands may share it."""

_OF_ONE: Final = 16 << 10
"""Bytes of the log that one outcome takes, alone in its commit (measured: 16.5 KB for each of 32); most share one."""


def size_for(at_once: int) -> int:
    """Bytes to set aside where so many outcomes may be under way."""
    return min(max(at_once * _OF_ONE, _LEAST), SIZE)


class Reserve:
    """One file a journal, shared by all who write to it: whoever frees it frees it for all.

    ``size``: bytes that are wanted at least: others at work may have wanted more, so it never becomes less here.
    """

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path, self._size = path, size

    def make(self) -> None:
        """Set the space aside where it isn't yet; without one where files may not be so large.

        Raises:
            StorageFailed: There isn't so much: nothing should be sent.
        """
        with journal_errors(self._path):
            if self._path.exists() and self._path.stat().st_size >= self._size:
                return
            try:
                self._fill()
            except OSError as exc:
                self.free()
                if exc.errno != errno.EFBIG:
                    raise

    def free(self) -> None:
        """Give the space back; harmless when there is none."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _fill(self) -> None:
        """Write it: a hole, or zeros on a disk that compresses them, would take no space."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            os.fchmod(descriptor, FILE_MODE)
            left = memoryview(os.urandom(self._size))
            while left:
                left = left[file.write(left) :]
            os.fsync(descriptor)
