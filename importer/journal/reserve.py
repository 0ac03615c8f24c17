"""Space set aside beside the journal: a full disk stops the sending, but what was answered can still be recorded."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from importer.journal.faults import translated
from importer.journal.private_files import FILE_MODE

SIZE: Final = 4 << 20
"""Bytes: an outcome changes two or three pages of 4 KiB, and a few hundred may be under way."""


class Reserve:
    """One file a journal, shared by all who write to it: whoever frees it frees it for all.

    Args:
        path: Where it lies: on the journal's disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> None:
        """Set the space aside where it isn't yet; without one where files may not be so large.

        Raises:
            StorageFailed: There isn't so much: nothing should be sent.
        """
        with translated(self._path):
            if self._path.exists() and self._path.stat().st_size == SIZE:
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
            left = memoryview(os.urandom(SIZE))
            while left:
                left = left[file.write(left) :]
            os.fsync(descriptor)
