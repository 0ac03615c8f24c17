"""The cells of one .xlsx sheet, as a person sees them."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from importer.errors import RefusedFile
from importer.reading.limits import MAX_CELL, MAX_SHEET_ROWS, MIB
from importer.reading.table import letters
from importer.reading.workbook.plain_xml import NotPlainError, blocks, ooxml_text, plain, rewritten, stretches
from importer.reading.workbook.sheets import CellFlag, Grid, Marks, SheetRow
from importer.reading.workbook.xlsx_grid import GridReader, how_shown
from importer.reading.workbook.xlsx_numbers import value_text
from importer.reading.workbook.xlsx_strings import SharedStrings, runs

_FIRST_BLOCKS: Final = 64 * 1024
_BLOCK: Final = 2 * MIB
"""Bytes of XML looked at together: little while the header is looked for, much afterwards."""

_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?'
    r"(?: ?/>|>(?:<v>([^<]*)</v></c>|(.*?)</c>))",
    re.DOTALL,
)
_CELL_TAGS: Final = ("<c ", "<c>", "<c/>", "<c\n", "<c\t", "<c\r")
_VALUE: Final = re.compile(r"<v(?: [^>]*)?>([^<]*)</v>")
_FORMULA: Final = re.compile(r"<f(?: [^>]*)?>([^<]*)</f>")
_HIDDEN_ROW: Final = re.compile(r'<row [^>]*?\br="([0-9]+)"[^>]*?\bhidden="(?:1|true)"')
_HIDDEN_COLUMN: Final = re.compile(r'<col [^>]*?\bhidden="(?:1|true)"')
_MERGED: Final = re.compile(r'<mergeCell ref="[A-Z]+([0-9]+):[A-Z]+([0-9]+)"')
_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "c": ("r", "s", "t"),
    "row": ("r", "hidden"),
    "col": ("min", "max", "hidden"),
    "mergeCell": ("ref",),
    **dict.fromkeys(("v", "f", "is", "t", "rPh"), ()),
}


class SheetReader:
    """Reads a sheet's XML.

    Args:
        strings: The shared strings.
        kinds: By cell style, how numbers are shown.
        epoch_1904: Whether days count from 1904.
        name: The file's name, for messages.
    """

    def __init__(self, strings: SharedStrings, kinds: list[str], *, epoch_1904: bool, name: str) -> None:
        self._strings = strings
        self._kinds = kinds
        self._epoch_1904 = epoch_1904
        self._name = name
        self._columns: dict[str, int] = {}
        self._given = 0

    def plain(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[SheetRow | Grid]:
        """Rows of a part that is plain. Raises NotPlainError where it turns out not to be."""
        self._given = 0
        root = "worksheet"
        grids = GridReader(self._strings, self._kinds, self._exact, epoch_1904=self._epoch_1904)
        for block in blocks(pieces, b"</row>", lambda: _BLOCK if marks.columns else _FIRST_BLOCKS):
            if marks.columns and not root and (grid := grids.grid(block, self._given, partial(_mark, marks))):
                if grid.numbers.size:
                    self._given = int(grid.numbers[-1])
                    yield grid
                continue
            text = plain(block, root)
            root = ""
            _mark(marks, text)
            yield from map(self._in_order, self._exact(text))

    def rewritten(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[SheetRow]:
        """Rows of a part in any XML; those that ``plain`` has given already are left out."""
        done = self._given
        marks.hidden_rows.clear()
        marks.merged.clear()
        marks.hidden_columns = 0
        self._given = 0
        for stretch in stretches(rewritten(pieces, _KEPT, _Positions().fix), "</row>"):
            _mark(marks, stretch)
            for row in map(self._in_order, self._rows(_CELL.findall(stretch))):
                if row.number > done:
                    yield row

    def _exact(self, stretch: str) -> Iterator[SheetRow]:
        """The rows of a stretch of plain XML, cell by cell. Raises NotPlainError."""
        found = _CELL.findall(stretch)
        if len(found) != sum(map(stretch.count, _CELL_TAGS)):
            raise NotPlainError
        return self._rows(found)

    def _rows(self, found: Iterable[tuple[str, ...]]) -> Iterator[SheetRow]:
        number = ""
        cells: dict[int, str] = {}
        flags: list[CellFlag] = []
        for column, row, style, kind, value, inner in found:
            if row != number:
                if cells:
                    yield SheetRow(int(number), cells, tuple(flags))
                number, cells, flags = row, {}, []
            place = self._columns.get(column)
            if place is None:
                place = self._columns[column] = _column(column)
            if kind == "s" and value:
                cells[place] = self._strings[int(value)]
            elif value or inner:
                self._cell(place, (style, kind, value, inner), cells, flags)
        if cells:
            yield SheetRow(int(number), cells, tuple(flags))

    def _in_order(self, row: SheetRow) -> SheetRow:
        if row.number <= self._given or row.number > MAX_SHEET_ROWS:
            raise RefusedFile(f"{self._name} is a damaged workbook: row {row.number} stands where it can't be")
        self._given = row.number
        return row

    def _cell(self, place: int, cell: tuple[str, str, str, str], cells: dict[int, str], flags: list[CellFlag]) -> None:
        style, kind, value, inner = cell
        if inner:
            found = _VALUE.search(inner)
            if found is None and "<v>" in inner:
                raise NotPlainError
            value = found.group(1) if found else ""
            if not value and kind != "str" and "<f" in inner:
                formula = _FORMULA.search(inner)
                flags.append(CellFlag(place, "cell_formula", "=" + ooxml_text(formula.group(1)) if formula else "="))
                cells[place] = ""
                return
        if kind == "inlineStr":
            text = runs(inner)
        elif kind == "s":
            text = self._strings[int(value)] if value else ""
        else:
            text, wrong = value_text(kind, how_shown(self._kinds, style), value, epoch_1904=self._epoch_1904)
            if wrong:
                flags.append(CellFlag(place, wrong, text))
        if len(text) > MAX_CELL:
            raise RefusedFile(f"{self._name}: a cell in column {letters(place)} holds more than a cell can; see there")
        if text:
            cells[place] = text


class _Positions:
    """Gives rows and cells without a reference the next one, as the format says."""

    def __init__(self) -> None:
        self._row = 0
        self._column = 0

    def fix(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            attributes["r"] = str(self._row)
        elif name == "c":
            found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", attributes.get("r", ""))
            if found:
                self._column = _column(found.group(1)) + 1
            else:
                attributes["r"] = f"{letters(self._column)}{self._row}"
                self._column += 1


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _mark(marks: Marks, stretch: str) -> None:
    if 'hidden="' in stretch:
        marks.hidden_rows += [int(row) for row in _HIDDEN_ROW.findall(stretch)]
        marks.hidden_columns += len(_HIDDEN_COLUMN.findall(stretch))
    if "<mergeCell " in stretch:
        marks.merged += [(int(first), int(last)) for first, last in _MERGED.findall(stretch)]
