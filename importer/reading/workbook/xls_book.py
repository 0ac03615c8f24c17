"""An .xls as a Workbook: cells through calamine, what it does not tell through ``biff``."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.byte_source import unreadable
from importer.reading.limits import MAX_OLD_CELLS, MAX_OLD_WORKBOOK, MIB
from importer.reading.sheets import Grid, Marks, Sheet, SheetRow, gathered
from importer.reading.workbook.biff import BookScan, SheetScan, scan_book, scan_sheet, without_formats
from importer.reading.workbook.ole import Container, DamagedError, workbook_alone
from importer.reading.workbook.sheet_table import workbook_format
from importer.reading.workbook.shown_number import number_text

_OTHERS: Final = {
    "encryptedpackage": Text("is protected by a password; save it without one"),
    "worddocument": Text("is a Word document; copy its table into a spreadsheet and save that as .xlsx"),
    "powerpoint document": Text("is a presentation; a table is needed"),
    "__properties_version1.0": Text("is a saved mail message; save its attachment and import that"),
    "visiodocument": Text("is a Visio drawing; a table is needed"),
    "nativecontent_main": Text("is a workbook of Quattro Pro; save it as .xlsx"),
    "perfectoffice_main": Text(
        "is a document of WordPerfect; copy its table into a spreadsheet and save that as .xlsx"
    ),
    "matost": Text("is a document of Microsoft Works; save its table as .xlsx or .csv"),
    "quill": Text("is a Publisher document; copy its table into a spreadsheet and save that as .xlsx"),
    "!_stringdata": Text("is an installer of a program; a table is needed"),
}
_STREAMS: Final = ("workbook", "book")
"""Where the cells stand: Excel 97 and later, Excel 5 and 95. The container's names are the same in any case."""


class XlsBook:
    """See ``Workbook``."""

    format = "xls"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            size = path.stat().st_size
            if size > MAX_OLD_WORKBOOK:
                raise RefusedFile(
                    "{name} is larger than {most} MB; save it as .xlsx or CSV",
                    name=path.name,
                    most=MAX_OLD_WORKBOOK // MIB,
                )
            self._stream = self._workbook(Container(path.read_bytes()))
            self._scan: BookScan = scan_book(self._stream)
            if self._scan.encrypted:
                raise RefusedFile("{name} is protected by a password; save it without one", name=path.name)
            self._scans = self._scanned()
            with self._library():
                self._book = CalamineWorkbook.from_filelike(BytesIO(workbook_alone(without_formats(self._stream))))
            self.sheets = self._sheets()
        except OSError as exc:
            raise unreadable(path, exc) from exc
        except (CalamineError, DamagedError, struct.error, LookupError, ValueError) as exc:
            raise self._damaged() from exc

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order."""
        try:
            scan = self._scans[int(sheet.key)]
            with self._library():
                grid = self._book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        except (CalamineError, LookupError, ValueError) as exc:
            raise self._damaged() from exc
        marks.hidden_rows += scan.marks.hidden_rows
        marks.hidden_columns += scan.marks.hidden_columns
        marks.merged += scan.marks.merged
        yield from gathered(_rows(grid, scan))

    def close(self) -> None:
        """Closes the file."""
        self._book.close()

    def _workbook(self, container: Container) -> bytes:
        names = {name.lower(): name for name in sorted(container.names)}
        for wanted in _STREAMS:
            if wanted in names:
                return container.stream(names[wanted])
        what = next(
            (_OTHERS[name] for name in names if name in _OTHERS), Text("is an old Office file, but no workbook")
        )
        raise RefusedFile("{name} {what}", name=self._path.name, what=what)

    def _scanned(self) -> list[SheetScan]:
        """Every sheet, looked over before the library holds the whole rectangle of each."""
        scans = []
        for place in range(len(self._scan.offsets)):
            scan = scan_sheet(self._stream, self._scan, place)
            scans.append(scan)
            if scan.rows * scan.columns > MAX_OLD_CELLS:
                raise RefusedFile(
                    "{name}: sheet {number} spans {rows:,} rows x {columns} columns; that is more than is read "
                    "from an .xls: save it as .xlsx or CSV, or delete what stands far away",
                    name=self._path.name,
                    number=place + 1,
                    rows=scan.rows,
                    columns=scan.columns,
                )
        return scans

    def _sheets(self) -> tuple[Sheet, ...]:
        cells = [one for one in self._book.sheets_metadata if "WorkSheet" in str(one.typ)]
        if len(cells) != len(self._scan.offsets):
            raise self._damaged()
        return tuple(
            Sheet(one.name, hidden, str(place))
            for place, (one, hidden) in enumerate(zip(cells, self._scan.hidden, strict=True))
        )

    @contextmanager
    def _library(self) -> Iterator[None]:
        """A block of calamine's: a panic in its Rust code refuses the file.

        It is no Exception, and no module lets its class be named.
        """
        try:
            yield
        except BaseException as exc:
            if type(exc).__name__ == "PanicException":
                raise self._damaged() from None
            raise

    def _damaged(self) -> RefusedFile:
        return RefusedFile(
            "{name} is a damaged or cut-short workbook; open it in Excel or LibreOffice, save it as .xlsx",
            name=self._path.name,
        )


def _rows(grid: Sequence[Sequence[object]], scan: SheetScan) -> Iterator[SheetRow]:
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in scan.texts.items():
        by_row.setdefault(row, {})[column] = text
    for place, line in enumerate(grid):
        cells = {column: _cell_text(value) for column, value in enumerate(line) if value != ""}
        cells |= by_row.get(place, {})
        cells |= {
            column: scan.labels[place, column].around(text)
            for column, text in cells.items()
            if (place, column) in scan.labels
        }
        if cells:
            flags = tuple(scan.flags[place, column] for column in cells if (place, column) in scan.flags)
            yield SheetRow(place + 1, cells, flags)


def _cell_text(value: object) -> str:
    """A value of calamine as a person sees it; what is shown as a date is said by ``biff``."""
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(repr(value))[0] if isinstance(value, int | float) else str(value)


FORMAT: Final = workbook_format("xls", lambda content: content.is_ole, lambda content: XlsBook(content.path))
