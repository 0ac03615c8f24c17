"""An .xls as a Workbook: cells through calamine, what it does not tell through ``biff``."""

import struct
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from importer.errors import RefusedFile
from importer.reading.limits import MAX_OLD_CELLS, MAX_OLD_WORKBOOK, MIB
from importer.reading.text.byte_source import unreadable
from importer.reading.workbook.biff import BookScan, SheetScan, scan_book, scan_sheet
from importer.reading.workbook.ole import Container, DamagedError
from importer.reading.workbook.sheet_table import workbook_format
from importer.reading.workbook.sheets import Grid, Marks, Sheet, SheetRow, gathered
from importer.reading.workbook.shown_number import moment, number_text

_OTHERS: Final = (
    ("EncryptedPackage", "is protected by a password; save it without one"),
    ("WordDocument", "is a Word document; copy its table into a spreadsheet and save that as .xlsx"),
    ("PowerPoint Document", "is a presentation; a table is needed"),
    ("__properties_version1.0", "is a saved mail message; save its attachment and import that"),
)


class XlsBook:
    """See ``Workbook``."""

    format = "xls"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            size = path.stat().st_size
            if size > MAX_OLD_WORKBOOK:
                raise RefusedFile(f"{path.name} is larger than {MAX_OLD_WORKBOOK // MIB} MB; save it as .xlsx or CSV")
            self._stream = self._workbook(Container(path.read_bytes()))
            self._scan: BookScan = scan_book(self._stream)
            if self._scan.encrypted:
                raise RefusedFile(f"{path.name} is protected by a password; save it without one")
            self._book = CalamineWorkbook.from_path(path)
        except OSError as exc:
            raise unreadable(path, exc) from exc
        except (CalamineError, DamagedError, struct.error, IndexError) as exc:
            raise self._damaged() from exc
        self.sheets = self._sheets()

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order."""
        try:
            scan = scan_sheet(self._stream, self._scan, int(sheet.key))
            if scan.rows * scan.columns > MAX_OLD_CELLS:
                raise RefusedFile(
                    f"{self._path.name}: sheet {sheet.name!r} spans {scan.rows:,} rows x {scan.columns} columns; "
                    "that is more than is read from an .xls: save it as .xlsx or CSV"
                )
            grid = self._book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        except (CalamineError, struct.error, IndexError) as exc:
            raise self._damaged() from exc
        marks.hidden_rows += scan.marks.hidden_rows
        marks.hidden_columns += scan.marks.hidden_columns
        marks.merged += scan.marks.merged
        yield from gathered(_rows(grid, scan))

    def close(self) -> None:
        """Closes the file."""
        self._book.close()

    def _workbook(self, container: Container) -> bytes:
        for name in ("Workbook", "Book"):
            if name in container.names:
                return container.stream(name)
        what = next(
            (what for name, what in _OTHERS if name in container.names), "is an old Office file, but no workbook"
        )
        raise RefusedFile(f"{self._path.name} {what}")

    def _sheets(self) -> tuple[Sheet, ...]:
        cells = [one for one in self._book.sheets_metadata if "WorkSheet" in str(one.typ)]
        if len(cells) != len(self._scan.offsets):
            raise self._damaged()
        return tuple(
            Sheet(one.name, hidden, str(place))
            for place, (one, hidden) in enumerate(zip(cells, self._scan.hidden, strict=True))
        )

    def _damaged(self) -> RefusedFile:
        return RefusedFile(
            f"{self._path.name} is a damaged or cut-short workbook; open it in Excel or LibreOffice, save it as .xlsx"
        )


def _rows(grid: Sequence[Sequence[object]], scan: SheetScan) -> Iterator[SheetRow]:
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in scan.texts.items():
        by_row.setdefault(row, {})[column] = text
    for place, line in enumerate(grid):
        cells = {column: cell_text(value) for column, value in enumerate(line) if value != ""}
        cells |= by_row.get(place, {})
        if cells:
            flags = tuple(scan.flags[place, column] for column in cells if (place, column) in scan.flags)
            yield SheetRow(place + 1, cells, flags)


def cell_text(value: object) -> str:
    """A value of calamine as a person sees it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return number_text(repr(value))[0]
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value).rjust(8, "0")
    return str(value)


FORMAT: Final = workbook_format("xls", lambda content: content.is_ole, lambda content: XlsBook(content.path))
