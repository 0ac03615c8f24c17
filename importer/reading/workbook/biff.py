"""What calamine does not tell about an .xls: number formats, error cells, formulas without a value, hidden rows.

Source: [MS-XLS], the records named below (BIFF5 and BIFF8).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from importer.reading.sheets import CellFlag, Marks
from importer.reading.workbook.number_format import GENERAL, NumberFormat, Section
from importer.reading.workbook.shown_number import shown

_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = 0x06, 0x203, 0x27E, 0xBD, 0x205
_ROW, _BOUNDSHEET, _FORMAT, _XF, _DATEMODE, _FILEPASS = 0x208, 0x85, 0x41E, 0xE0, 0x22, 0x2F
_BOF, _EOF, _MERGED, _COLINFO = 0x809, 0x0A, 0xE5, 0x7D
_LABELS: Final = frozenset({0xFD, 0x204, 0xD6})
_POSITIONED: Final = frozenset({_FORMULA, _NUMBER, _RK, _BOOLERR}) | _LABELS
ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_HIDDEN: Final = 0x20
_BIFF8: Final = 0x600


@dataclass
class SheetScan:
    """Cells of a sheet that need another text than calamine gives, by (row, column), both 0-based.

    ``labels`` are texts to which their format adds something.
    """

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    labels: dict[tuple[int, int], Section] = field(default_factory=dict)
    flags: dict[tuple[int, int], CellFlag] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True)
class BookScan:
    """The workbook's globals: sheets (name order, hidden, offset) and how each cell style shows numbers."""

    hidden: tuple[bool, ...]
    offsets: tuple[int, ...]
    formats: tuple[NumberFormat, ...]
    epoch_1904: bool
    encrypted: bool


def records(stream: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Records (type, content) from an offset to the end of the substream."""
    depth = 0
    while start + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, start)
        yield number, stream[start + 4 : start + 4 + size]
        depth += (number == _BOF) - (number == _EOF)
        if number == _EOF and depth <= 0:
            return
        start += 4 + size


def without_formats(stream: bytes) -> bytes:
    """The same workbook with the format General on every cell style: no number is a date, or too large for one.

    How numbers are shown is said by ``scan_sheet``.
    """
    made, start = bytearray(stream), 0
    for number, content in records(stream):
        if number == _XF and len(content) >= 4:  # noqa: PLR2004 (the font's number, the format's)
            made[start + 6 : start + 8] = b"\0\0"
        start += 4 + len(content)
    return bytes(made)


def scan_book(stream: bytes) -> BookScan:
    """The globals of a Workbook stream. Raises struct.error if it is damaged."""
    hidden, offsets, numbers = [], [], []
    codes: dict[int, str] = {}
    epoch_1904 = encrypted = False
    version = _BIFF8
    for number, content in records(stream):
        if number == _BOF:
            version = struct.unpack_from("<H", content)[0]
        elif number == _BOUNDSHEET:
            offset, state, sheet_type = struct.unpack_from("<IBB", content)
            if sheet_type == 0:
                hidden.append(bool(state & 3))
                offsets.append(offset)
        elif number == _FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _format_code(content, version)
        elif number == _XF:
            numbers.append(struct.unpack_from("<H", content, 2)[0])
        elif number == _DATEMODE:
            epoch_1904 = content[:1] == b"\x01"
        elif number == _FILEPASS:
            encrypted = True
    formats = tuple(NumberFormat.of(number, codes.get(number, "")) for number in numbers)
    return BookScan(tuple(hidden), tuple(offsets), formats, epoch_1904, encrypted)


def _format_code(content: bytes, version: int) -> str:
    if version != _BIFF8:
        return content[3 : 3 + content[2]].decode("cp1251", "replace")
    length, wide = struct.unpack_from("<HB", content, 2)
    if wide & 1:
        return content[5 : 5 + 2 * length].decode("utf-16-le", "replace")
    return content[5 : 5 + length].decode("latin-1")


def scan_sheet(stream: bytes, book: BookScan, place: int) -> SheetScan:
    """One sheet. Raises struct.error if it is damaged."""
    scan = SheetScan()
    for number, content in records(stream, book.offsets[place]):
        if number in _POSITIONED or number == _MULRK:
            row, column = struct.unpack_from("<HH", content)
            scan.rows = max(scan.rows, row + 1)
            scan.columns = max(scan.columns, column + 1)
            _cell(scan, book, number, content, row, column)
        elif number == _ROW:
            row = struct.unpack_from("<H", content)[0]
            if struct.unpack_from("<H", content, 12)[0] & _HIDDEN:
                scan.marks.hidden_rows.append(row + 1)
        elif number == _COLINFO:
            first, last, options = struct.unpack_from("<HH4xH", content)
            if options & 1:
                scan.marks.hidden_columns.append((first, last))
        elif number == _MERGED:
            for at in range(2, len(content) - 7, 8):
                first, last = struct.unpack_from("<HH", content, at)
                scan.marks.merged.append((first + 1, last + 1))
    return scan


def _cell(scan: SheetScan, book: BookScan, number: int, content: bytes, row: int, column: int) -> None:
    if number == _NUMBER:
        style, value = struct.unpack_from("<Hd", content, 4)
        _number(scan, book, (row, column), style, value)
    elif number == _RK:
        style, packed = struct.unpack_from("<HI", content, 4)
        _number(scan, book, (row, column), style, _rk(packed))
    elif number == _MULRK:
        for place in range((len(content) - 6) // 6):
            style, packed = struct.unpack_from("<HI", content, 4 + 6 * place)
            _number(scan, book, (row, column + place), style, _rk(packed))
        scan.columns = max(scan.columns, column + (len(content) - 6) // 6)
    elif number in _LABELS:
        _label(scan, book, row, column, struct.unpack_from("<H", content, 4)[0])
    elif number == _BOOLERR and content[7:8] == b"\x01":
        _error(scan, row, column, content[6])
    elif number == _FORMULA:
        _result(scan, book, (row, column), content)


def _result(scan: SheetScan, book: BookScan, at: tuple[int, int], content: bytes) -> None:
    """The value that a formula had."""
    style = struct.unpack_from("<H", content, 4)[0]
    result = content[6:14]
    if result[6:8] != b"\xff\xff":
        _number(scan, book, at, style, struct.unpack("<d", result)[0])
    elif result[0] == 2:  # noqa: PLR2004 (an error)
        _error(scan, *at, result[2])
    elif result[0] == 0:
        _label(scan, book, *at, style)


def _label(scan: SheetScan, book: BookScan, row: int, column: int, style: int) -> None:
    """A text, whose format seldom adds something."""
    section = book.formats[style].of_texts if style < len(book.formats) else None
    if section is not None:
        scan.labels[row, column] = section


def _error(scan: SheetScan, row: int, column: int, code: int) -> None:
    text = ERRORS.get(code, "#N/A")
    scan.texts[row, column] = text
    scan.flags[row, column] = CellFlag(column, "cell_error", text)


def _number(scan: SheetScan, book: BookScan, at: tuple[int, int], style: int, value: float) -> None:
    how = book.formats[style] if style < len(book.formats) else GENERAL
    if not how.sections and abs(value) < 1e15:  # noqa: PLR2004 (digits a double holds)
        return
    text, lost = shown(repr(value), how, epoch_1904=book.epoch_1904)
    scan.texts[at] = text
    if lost:
        scan.flags[at] = CellFlag(at[1], "cell_digits_lost", text)


def _rk(packed: int) -> float:
    if packed & 2:
        value = float(struct.unpack("<i", struct.pack("<I", packed))[0] >> 2)
    else:
        value = float(struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", packed & 0xFFFFFFFC))[0])
    return value / 100 if packed & 1 else value
