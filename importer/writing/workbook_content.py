"""What an .xlsx holds beside its cells, looked at without loading it: how much it is, and what would be lost of it."""

import re
import zipfile
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import ImporterError
from importer.messages.text import Text
from importer.reading import open_workbook
from importer.reading.workbook.xlsx_cell_parts import column_number

_ELEMENT: Final = re.compile(rb"<(?:\w+:)?(?:c|row)[\s/>]")
_AREA: Final = re.compile(rb"""<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref=["']([^"']+)["']""")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_SHEET: Final = re.compile(rb"<(?:\w+:)?worksheet[\s>]")
_CORNERS: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?", re.IGNORECASE | re.ASCII)
_STRICT: Final = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_HEAD_BYTES: Final = 4096
_LOST: Final = (
    ("/media/", Text("pictures")),
    ("/charts/", Text("the look of charts")),
    ("/drawings/drawing", Text("shapes and text boxes")),
    ("/threadedcomments/", Text("threads of comments")),
    ("/ctrlprops/", Text("form controls")),
    ("/activex/", Text("form controls")),
    ("/embeddings/", Text("embedded documents")),
    ("/slicers/", Text("slicers")),
    ("/timelines/", Text("slicers")),
    ("/querytables/", Text("queries")),
    ("connections.xml", Text("queries")),
    ("_xmlsignatures/", Text("the digital signature")),
)
"""Parts that openpyxl does not write again, or not as they were; pictures it keeps only beside another library."""
_NEWER: Final = (b"<extLst", Text("sparklines, coloured rules and drop-downs of newer kinds"))


@dataclass(frozen=True)
class WorkbookContent:
    """What a look at the parts of an .xlsx tells.

    Attributes:
        unpacked: Bytes of all parts.
        elements: Rows, cells and places in merged or linked areas, of all sheets: each one is an object of openpyxl.
        last_column: The last column (from 1) that a merged or linked area covers.
        formulas: Formulas of the data sheet.
        macros: Whether it holds macros.
        strict: Whether it is a strict workbook of ISO/IEC 29500, whose names openpyxl does not know.
        lost: What openpyxl would not write again, in words.
    """

    unpacked: int
    elements: int = 0
    last_column: int = 0
    formulas: int = 0
    macros: bool = False
    strict: bool = False
    lost: tuple[str, ...] = ()


_DAMAGED: Final = (OSError, EOFError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile, zipfile.LargeZipFile)
"""What a damaged archive raises, part by part."""


def content_of_workbook(path: Path, sheet: str, most_unpacked: int) -> WorkbookContent | None:
    """What an .xlsx holds; only its size where it is larger than ``most_unpacked`` bytes; None where it can't be told.

    ``sheet``: the name of its data sheet.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            names = ["/" + part.filename.replace("\\", "/").lstrip("/").lower() for part in parts]
            if unpacked > most_unpacked:
                return WorkbookContent(unpacked)
            data = _part_of(path, sheet)
            elements = last_column = formulas = 0
            strict = False
            lost = {words: None for name in names for sign, words in _LOST if sign in name}
            for part, name in zip(parts, names, strict=True):
                content = archive.read(part) if name.endswith(".xml") else b""
                if not _SHEET.search(content[:_HEAD_BYTES]):
                    continue
                areas = [_corners(area.decode("utf-8", "replace")) for area in _AREA.findall(content)]
                elements += sum(1 for _ in _ELEMENT.finditer(content)) + sum(size for size, _ in areas)
                last_column = max(last_column, *(column for _, column in areas), 0)
                formulas += sum(1 for _ in _FORMULA.finditer(content)) if name == data else 0
                strict = strict or _STRICT in content[:_HEAD_BYTES]
                lost |= {_NEWER[1]: None} if _NEWER[0] in content else {}
    except (*_DAMAGED, ImporterError):
        return None
    macros = any(name.endswith("vbaproject.bin") for name in names)
    return WorkbookContent(unpacked, elements, last_column, formulas, macros, strict, tuple(lost))


def _part_of(path: Path, sheet: str) -> str:
    """The name of a sheet's part, as ``content_of_workbook`` writes them."""
    with closing(open_workbook(path)) as book:
        return next(("/" + one.key.lower() for one in book.sheets if one.name == sheet), "")


def _corners(area: str) -> tuple[int, int]:
    """How many cells an area such as A1:C9 has, and its last column from 1; (0, 0) for what is none."""
    match = _CORNERS.fullmatch(area.strip())
    if match is None:
        return 0, 0
    left, top, right, bottom = match.groups()
    first, last = column_number(left) + 1, column_number(right or left) + 1
    return (abs(last - first) + 1) * (abs(int(bottom or top) - int(top)) + 1), max(first, last)
