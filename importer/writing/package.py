"""A zip package (.xlsx, .ods) whose largest part is written as a stream."""

import contextlib
import zipfile
from typing import IO, BinaryIO, Final

from importer.errors import StorageFailed

# Level 2 takes a third of the time of level 6, and packs no worse: the markup repeats itself at short distance.
_COMPRESSION: Final = 2
_LARGEST_PLAIN_PART: Final = (1 << 31) - 1
_BYTES_PER_CELL: Final = 130


class Package:
    """A zip archive being written: small parts whole, one at a time as a stream."""

    def __init__(self, file: BinaryIO) -> None:
        self._resources = contextlib.ExitStack()
        self._archive = self._resources.enter_context(
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        )
        self._stream: IO[bytes] | None = None
        self._room = 0

    def add(self, name: str, content: bytes | str, *, stored: bool = False) -> None:
        """Add a small part."""
        self._archive.writestr(name, content, zipfile.ZIP_STORED if stored else None)

    def begin(self, name: str, *, cells_expected: int) -> None:
        """Begin the streamed part; spreadsheets like the long form of zip less, so that it is used only at need."""
        large = cells_expected * _BYTES_PER_CELL > _LARGEST_PLAIN_PART
        self._room = (1 << 62) if large else _LARGEST_PLAIN_PART
        self._stream = self._resources.enter_context(self._archive.open(name, "w", force_zip64=large))

    def write(self, content: bytes | memoryview) -> None:
        """Write to the streamed part.

        Raises:
            StorageFailed: It becomes larger than was to be expected, and than this form of zip holds.
        """
        self._room -= len(content)
        if self._room < 0 or self._stream is None:
            raise StorageFailed("the output is too large for a workbook; make it as .csv instead (-o)")
        self._stream.write(content)

    def end(self) -> None:
        """End the streamed part."""
        if self._stream is not None:
            self._stream.close()

    def close(self) -> None:
        """Complete the archive; the underlying file stays open."""
        self._resources.close()

    def abort(self) -> None:
        """Let go of an archive that can't be completed."""
        with contextlib.suppress(Exception):
            self._resources.close()
