"""What a file really is: judged by its bytes, never by its extension."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.byte_source import raw, unreadable
from importer.reading.limits import PIECE
from importer.reading.zip_package import ZipPackage

_AS_XLSX: Final = Text("open it in Excel or LibreOffice and save it as .xlsx")
_MARKUP: Final = re.compile(rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<\s*([!?a-zA-Z][\w:-]*)", re.DOTALL)
_HTML: Final = frozenset({b"!doctype", b"html", b"table", b"head", b"body", b"meta", b"style", b"div"})
_VERY_OLD: Final = (b"\x09\x08\x10\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_KNOWN: Final = (
    (b"%PDF", Text("a PDF document; export the table as .xlsx or .csv instead")),
    (b"Rar!", Text("a RAR archive; unpack it and import the table inside")),
    (b"7z\xbc\xaf", Text("a 7z archive; unpack it and import the table inside")),
    (b"BZh", Text("packed with bzip2; unpack it first (.gz is read as it is)")),
    (b"\xfd7zXZ", Text("packed with xz; unpack it first (.gz is read as it is)")),
    (b"\x28\xb5\x2f\xfd", Text("packed with zstd; unpack it first (.gz is read as it is)")),
    (b"\x89PNG", Text("a picture; a table is needed")),
    (b"\xff\xd8\xff", Text("a picture; a table is needed")),
    (b"GIF8", Text("a picture; a table is needed")),
    (b"{\\rtf", Text("an RTF document; save its table as .xlsx or .csv")),
    (b"PAR1", Text("a Parquet file; export it as .csv")),
    (b"SQLite format 3", Text("an SQLite database; export its table as .csv")),
    (b"MOXCEL", Text("a 1C spreadsheet (.mxl); save it in 1C as .xlsx")),
    (b"BEGIN:VCARD", Text("a vCard file (address book); export the contacts as CSV")),
    (b"\x7fELF", Text("a program; a table is needed")),
    (b"MZ\x90", Text("a program; a table is needed")),
)
_LINES: Final = 20_000
_KNOWN_BY_LINES: Final = (
    (
        re.compile(rb"ID;P[^\n]*\n(?:[A-Z]{1,2};[^\n]*\n)*?C;(?:[A-Z][^;\n]*;)*[XY][0-9]+;(?:[A-Z][^;\n]*;)*K"),
        Text("a SYLK file (.slk), as old programs export it; open it in Excel or LibreOffice and save it as .xlsx"),
    ),
    (
        re.compile(rb"TABLE\r?\n0,1\r?\n"),
        Text("a DIF file; open it in Excel or LibreOffice and save it as .xlsx"),
    ),
    (
        re.compile(rb"(?:[A-Z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*?MIME-Version: ", re.IGNORECASE),
        Text("a web page saved in one file (MHTML); open it in Excel and save it as .xlsx"),
    ),
)
"""By more than how they begin: ``ID;P`` may be a header, too."""


@dataclass
class FileContent:
    """A file as it begins.

    Attributes:
        path: The file.
        head: Its first bytes, unpacked if it is packed with gzip.
        gzip: Whether it is.
        advanced: Told how many more rows were read while it is opened: a workbook is read as a whole then.
    """

    path: Path
    head: bytes
    gzip: bool = False
    advanced: Callable[[int], None] = field(default=lambda _rows: None)

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip: a workbook or some other archive."""
        return self.head.startswith((b"PK\x03\x04", b"PK\x05\x06"))

    @property
    def is_ole(self) -> bool:
        """Whether it is a compound file of old: a workbook or some other document."""
        return self.head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

    @cached_property
    def package(self) -> ZipPackage:
        """The opened zip. Raises RefusedFile if it is damaged."""
        return ZipPackage(self.path)

    def close(self) -> None:
        """Closes the zip, if it was opened."""
        if "package" in vars(self):
            self.package.close()

    def refuse_no_text(self) -> None:
        """Raises RefusedFile with what the file is, if it is known to be no delimited text."""
        if self.head.startswith(_VERY_OLD):
            raise RefusedFile(
                "{name} is a workbook of a very old Excel; {as_xlsx}", name=self.path.name, as_xlsx=_AS_XLSX
            )
        for magic, what in _KNOWN:
            if self.head.startswith(magic):
                raise RefusedFile("{name} is {what}", name=self.path.name, what=what)
        for lines, what in _KNOWN_BY_LINES:
            if lines.match(self.head[:_LINES]):
                raise RefusedFile("{name} is {what}", name=self.path.name, what=what)
        _refuse_markup(self.head, self.path)


def look(path: Path) -> FileContent:
    """The file's first bytes. Raises RefusedFile if there is none to be read, or a packed workbook."""
    _accessible(path)
    head = next(raw(path, packed=False), b"")
    if not head.startswith(b"\x1f\x8b"):
        return FileContent(path, head)
    inner = FileContent(path, next(raw(path, packed=True), b""), gzip=True)
    if inner.is_zip or inner.is_ole:
        raise RefusedFile(
            "{name} is a packed workbook; only text files are read from .gz: unpack it first", name=path.name
        )
    return inner


def _accessible(path: Path) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError
        if not path.is_file() and path.exists():
            raise RefusedFile("{path} is no regular file (a device or pipe); save the table as a file first", path=path)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _refuse_markup(head: bytes, path: Path) -> None:
    """An HTML page or XML document, whatever its extension says (Bitrix24 names an HTML table .xls)."""
    start = head.removeprefix(b"\xef\xbb\xbf")[:PIECE]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        start = start[2:20_000].replace(b"\0", b"")
    match = _MARKUP.match(start)
    if match is None:
        if start.lstrip()[:1] in {b"{", b"["} and re.match(rb'[\[{]\s*["{\[\]}]', start.lstrip()):
            raise RefusedFile("{name} is a JSON file; export the table as .csv or .xlsx", name=path.name)
        return
    word = match.group(1).lower()
    if word in _HTML:
        raise RefusedFile(
            "{name} is a web page (HTML table), as some systems export under the name .xls; {as_xlsx}",
            name=path.name,
            as_xlsx=_AS_XLSX,
        )
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start[:20_000]:
        raise RefusedFile("{name} is an XML spreadsheet of Excel 2003; {as_xlsx}", name=path.name, as_xlsx=_AS_XLSX)
    if start.lstrip().startswith(b"<?xml") or word.startswith(b"!"):
        raise RefusedFile("{name} is an XML document, not a table; {as_xlsx} or .csv", name=path.name, as_xlsx=_AS_XLSX)
