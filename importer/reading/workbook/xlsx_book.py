"""An .xlsx or .xlsm as a Workbook: read as a stream, by pattern, so that memory stays flat and nothing goes unseen.

Not through calamine, which drops number formats, reads ``#N/A`` and formulas without a value as blank, and holds the
whole rectangle of a sheet in memory: what it drops stands in every cell's tag, so another look at all of them would be
needed beside it. 1,000,000 cells take 1.2 s of CPU here and 1.1 s there (an XML parser's callbacks: 3 s).
Source of the format: ECMA-376 part 1, 18.3 and 18.4.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from importer.errors import RefusedFile
from importer.reading.limits import MAX_SHEETS
from importer.reading.sheets import Grid, Marks, Sheet
from importer.reading.workbook import plain_xml
from importer.reading.workbook.number_format import NumberFormat
from importer.reading.workbook.plain_xml import NotPlainError, elements
from importer.reading.workbook.sheet_table import workbook_format
from importer.reading.workbook.xlsx_cells import SheetReader
from importer.reading.workbook.xlsx_relations import holds_workbook, main_part, relations_of
from importer.reading.workbook.xlsx_strings import shared_strings
from importer.reading.zip_package import ZipPackage

if TYPE_CHECKING:
    import pyarrow as pa


class XlsxBook:
    """See ``Workbook``."""

    format = "xlsx"

    def __init__(self, package: ZipPackage) -> None:
        self._package = package
        self._strings: pa.Array | None = None
        try:
            self._open()
        except plain_xml.BROKEN as exc:
            raise plain_xml.refused(package.path.name, exc) from exc

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order."""
        name = self._package.path.name
        try:
            if self._strings is None:
                self._strings = shared_strings(self._package, self._strings_part)
            reader = SheetReader(self._strings, self._formats, epoch_1904=self._epoch_1904, name=name)
            try:
                yield from reader.plain(self._package.pieces(sheet.key), marks)
            except NotPlainError:
                yield from reader.rewritten(self._package.pieces(sheet.key), marks)
        except plain_xml.BROKEN as exc:
            raise plain_xml.refused(name, exc) from exc

    def close(self) -> None:
        """Closes the file, and lets go of its texts."""
        self._strings = None
        self._package.close()

    def _open(self) -> None:
        main = main_part(self._package)
        parts = relations_of(self._package, main)
        by_kind = dict(parts.values())
        self._strings_part = by_kind.get("sharedStrings", "")
        self._formats = self._styles(by_kind.get("styles", ""))
        self._epoch_1904 = False
        found = []
        for name, attributes in elements(self._package.small(main)):
            if name == "workbookPr":
                self._epoch_1904 = attributes.get("date1904", "") in {"1", "true"}
            elif name == "sheet":
                kind, part = parts.get(attributes.get("r:id", ""), ("", ""))
                if kind == "worksheet" and part in self._package:
                    hidden = attributes.get("state", "visible") != "visible"
                    found.append(Sheet(attributes.get("name", ""), hidden, part))
        if len(found) > MAX_SHEETS:
            raise RefusedFile(
                "{name} has {found:,} sheets; keep the one with the users",
                name=self._package.path.name,
                found=len(found),
            )
        self.sheets = tuple(found)

    def _styles(self, part: str) -> list[NumberFormat]:
        """How each cell style shows numbers."""
        codes: dict[int, str] = {}
        used: list[int] = []
        inside = ""
        for name, attributes in elements(self._package.small(part)) if part else []:
            if name in {"numFmts", "cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
                inside = name
            elif name == "numFmt" and inside == "numFmts":  # those of conditional looks have numbers of their own
                codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
            elif name == "xf" and inside == "cellXfs":
                used.append(int(attributes.get("numFmtId", "0")))
        return [NumberFormat.of(number, codes.get(number, "")) for number in used]


FORMAT: Final = workbook_format(
    "xlsx",
    lambda content: content.is_zip and holds_workbook(content.package),
    lambda content: XlsxBook(content.package),
    "xlsm",
)
