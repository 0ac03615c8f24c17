"""The cells of one .xlsx sheet, as a person sees them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from importer.errors import RefusedFile
from importer.reading.limits import MAX_CELL, MAX_SHEET_ROWS
from importer.reading.number_format import shown
from importer.reading.plain_xml import NotPlainError, ooxml_text, plain_text, rewritten, stretches
from importer.reading.sheets import CellFlag, Marks, SheetRow
from importer.reading.table import letters
from importer.reading.xlsx_strings import runs

_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?'
    r"(?:/>|>(?:<v>([^<]*)</v></c>|(.*?)</c>))",
    re.DOTALL,
)
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

    def __init__(self, strings: list[str], kinds: list[str], *, epoch_1904: bool, name: str) -> None:
        self._strings = strings
        self._kinds = kinds
        self._epoch_1904 = epoch_1904
        self._name = name
        self._columns: dict[str, int] = {}
        self._given = 0

    def plain(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[SheetRow]:
        """Rows of a part that is plain. Raises NotPlainError where it turns out not to be."""
        yield from self._rows(plain_text(pieces, "worksheet"), marks, strict=True)

    def rewritten(self, pieces: Iterable[bytes], marks: Marks) -> Iterator[SheetRow]:
        """Rows of a part in any XML; those that ``plain`` has given already are left out."""
        done = self._given
        marks.hidden_rows.clear()
        marks.merged.clear()
        marks.hidden_columns = 0
        for row in self._rows(rewritten(pieces, _KEPT, _Positions().fix), marks, strict=False):
            if row.number > done:
                yield row

    def _rows(self, text: Iterable[str], marks: Marks, *, strict: bool) -> Iterator[SheetRow]:
        self._given = 0
        for stretch in stretches(text, "</row>"):
            _mark(stretch, marks)
            found = _CELL.findall(stretch)
            if strict and len(found) != stretch.count("<c ") + stretch.count("<c>") + stretch.count("<c/>"):
                raise NotPlainError
            number = ""
            cells: dict[int, str] = {}
            flags: list[CellFlag] = []
            for column, row, style, kind, value, inner in found:
                if row != number:
                    if cells:
                        yield self._row(number, cells, flags)
                    number, cells, flags = row, {}, []
                place = self._columns.get(column)
                if place is None:
                    place = self._columns[column] = _column(column)
                if kind == "s" and value:
                    cells[place] = self._strings[int(value)]
                elif value or inner:
                    self._cell(place, (style, kind, value, inner), cells, flags)
            if cells:
                yield self._row(number, cells, flags)

    def _row(self, number: str, cells: dict[int, str], flags: list[CellFlag]) -> SheetRow:
        row = int(number)
        if row <= self._given or row > MAX_SHEET_ROWS:
            raise RefusedFile(f"{self._name} is a damaged workbook: row {row} stands where it can't be")
        self._given = row
        return SheetRow(row, cells, tuple(flags))

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
        elif kind in {"", "n"}:
            text = self._number(place, style, value, flags)
        else:
            text = _other(kind, ooxml_text(value))
            if kind == "e":
                flags.append(CellFlag(place, "cell_error", text))
        if len(text) > MAX_CELL:
            raise RefusedFile(f"{self._name}: a cell in column {letters(place)} holds more than a cell can; see there")
        if text:
            cells[place] = text

    def _number(self, place: int, style: str, value: str, flags: list[CellFlag]) -> str:
        how = self._kinds[int(style)] if style and int(style) < len(self._kinds) else "number"
        if how == "number" and value.isdigit() and len(value) <= 15:  # noqa: PLR2004 (what a double holds)
            return value
        text, lost = shown(value, how, epoch_1904=self._epoch_1904) if value else ("", False)
        if lost:
            flags.append(CellFlag(place, "cell_digits_lost", text))
        return text


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


def _other(kind: str, value: str) -> str:
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value.upper())
    if kind == "d":
        return value.removesuffix("Z").replace("T00:00:00", "").replace("T", " ").removesuffix(".000")
    return value


def _mark(stretch: str, marks: Marks) -> None:
    if 'hidden="' in stretch:
        marks.hidden_rows += [int(row) for row in _HIDDEN_ROW.findall(stretch)]
        marks.hidden_columns += len(_HIDDEN_COLUMN.findall(stretch))
    if "<mergeCell " in stretch:
        marks.merged += [(int(first), int(last)) for first, last in _MERGED.findall(stretch)]
