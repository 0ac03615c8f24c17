"""A zip that holds a workbook: its parts, each within bounds."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.limits import MAX_SMALL_PART, MAX_WORKBOOK_PART, MIB, PIECE

_OTHERS: Final = (
    ("xl/workbook.bin", b"ms-excel.sheet.binary", Text("a binary workbook (.xlsb); save it in Excel as .xlsx")),
    (
        "word/document.xml",
        b"wordprocessingml.document.main",
        Text("a Word document; copy its table into a spreadsheet and save that as .xlsx"),
    ),
    ("ppt/presentation.xml", b"presentationml.presentation.main", Text("a presentation; a table is needed")),
    ("index/document.iwa", b"", Text("an Apple Numbers document; export it as .xlsx or .csv")),
    ("content.xml", b"", Text("an OpenDocument file, but no spreadsheet; save the table as .ods, .xlsx or .csv")),
)
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)


class ZipPackage:
    """An opened zip. Part names are looked up without regard to case and kind of slash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGED as exc:
            raise self._damaged() from exc
        self._parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in self._zip.infolist()}

    def close(self) -> None:
        """Closes the file, also where a part is still being read: whoever ends that must not leave it open."""
        file = self._zip.fp
        self._zip.close()
        if file is not None:
            file.close()

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._parts

    def foreign(self) -> RefusedFile:
        """The words for a zip that is no workbook which is read."""
        types = self.small("[Content_Types].xml")
        what = next((what for name, kind, what in _OTHERS if name in self or (kind and kind in types)), "")
        if what:
            return RefusedFile("{name} is {what}", name=self.path.name, what=what)
        return RefusedFile(
            "{name} is a zip archive, not a workbook; unpack it and import the table inside", name=self.path.name
        )

    def small(self, name: str) -> bytes:
        """A part as a whole; b"" if there is none."""
        if name not in self:
            return b""
        return b"".join(self.pieces(name, MAX_SMALL_PART))

    def pieces(self, name: str, limit: int = MAX_WORKBOOK_PART) -> Iterator[bytes]:
        """A part, unpacked piece by piece. Raises RefusedFile beyond ``limit`` bytes or if it is damaged."""
        try:
            info = self._parts[name.lstrip("/").lower()]
            if info.file_size > limit:
                raise self._too_large(limit)
            if info.header_offset < 0:  # its directory says more than there is; the library would seek there
                raise self._damaged()
            taken = 0
            with self._zip.open(info) as part:
                while piece := part.read(PIECE):
                    taken += len(piece)
                    if taken > limit:
                        raise self._too_large(limit)
                    yield piece
        except _DAMAGED as exc:
            raise self._damaged() from exc

    def _too_large(self, limit: int) -> RefusedFile:
        return RefusedFile(
            "{name} unpacks to more than {most:,} MB: too large for a workbook of users; save the sheet as CSV",
            name=self.path.name,
            most=limit // MIB,
        )

    def _damaged(self) -> RefusedFile:
        return RefusedFile(
            "{name} is a damaged or cut-short workbook; open it in Excel or LibreOffice and save it again",
            name=self.path.name,
        )
