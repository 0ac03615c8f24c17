"""An .ods as a Workbook, read as a stream: the texts that cells show, their values, repeats within bounds.

Source of the format: OpenDocument 1.3 part 3, 9 (tables) and 19.385 (value types).
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from importer.errors import RefusedFile
from importer.reading.content import FileContent
from importer.reading.input_format import InputFormat
from importer.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_SHEET_ROWS, MAX_SHEETS
from importer.reading.table import letters
from importer.reading.workbook import plain_xml
from importer.reading.workbook.nesting import shallow
from importer.reading.workbook.plain_xml import local
from importer.reading.workbook.sheet_table import open_sheet
from importer.reading.workbook.sheets import CellFlag, Grid, Marks, Sheet, SheetRow, gathered
from importer.reading.workbook.shown_number import number_text
from importer.reading.workbook.zip_package import ZipPackage

_MIME_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_TIME: Final = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_ERROR: Final = re.compile(r"#[^\s]+[!?A]|#Н/Д|Err:\d{3}")
_TRUTH: Final = {"TRUE": "TRUE", "FALSE": "FALSE", "ИСТИНА": "TRUE", "ЛОЖЬ": "FALSE"}
_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})
_REMARKS: Final = frozenset({"annotation", "shapes", "forms"})


class OdsBook:
    """See ``Workbook``."""

    format = "ods"

    def __init__(self, package: ZipPackage) -> None:
        self._package = package
        if b"encryption-data" in package.small("META-INF/manifest.xml"):
            raise RefusedFile(f"{package.path.name} is protected by a password; save it without one")
        names: list[tuple[str, str]] = []
        hidden: set[str] = set()
        style = ""

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal style
            short = local(name)
            if short == "table":
                names.append((attributes.get("table:name", ""), attributes.get("table:style-name", "")))
            elif short == "style":
                style = attributes.get("style:name", "")
            elif short == "table-properties" and attributes.get("table:display") == "false":
                hidden.add(style)

        self._parse(start, None, None)
        if len(names) > MAX_SHEETS:
            raise RefusedFile(f"{package.path.name} has {len(names):,} sheets; keep the one with the users")
        self.sheets = tuple(Sheet(name, look in hidden, str(place)) for place, (name, look) in enumerate(names))

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order."""
        return gathered(self._rows(sheet, marks))

    def _rows(self, sheet: Sheet, marks: Marks) -> Iterator[SheetRow]:
        reader = _Rows(int(sheet.key), marks, self._package.path.name)
        parser = plain_xml.parser()
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        try:
            for piece in self._content():
                # small bites: a bite of repeated rows is given out before the next is parsed
                for at in range(0, len(piece), 65_536):
                    parser.Parse(piece[at : at + 65_536], False)
                    yield from reader.taken()
                if reader.done:
                    return
            parser.Parse(b"", True)
        except plain_xml.BROKEN as exc:
            raise plain_xml.refused(self._package.path.name, exc) from exc
        yield from reader.taken()

    def close(self) -> None:
        """Closes the file."""
        self._package.close()

    def _content(self) -> Iterator[bytes]:
        return shallow(self._package.pieces("content.xml"), self._package.path.name)

    def _parse(self, start: Callable[[str, dict[str, str]], None], end: None, text: None) -> None:
        parser = plain_xml.parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        try:
            for piece in self._content():
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except plain_xml.BROKEN as exc:
            raise plain_xml.refused(self._package.path.name, exc) from exc


class _Rows:
    """Handlers that collect the rows of one sheet."""

    def __init__(self, sheet: int, marks: Marks, name: str) -> None:
        self.done = False
        self._wanted = sheet
        self._marks = marks
        self._name = name
        self._table = -1
        self._depth = 0
        self._number = 0
        self._column = 0
        self._repeat = 1
        self._remark = 0
        self._texts: list[str] = []
        self._inside_text = 0
        self._attributes: dict[str, str] = {}
        self._cells: dict[int, str] = {}
        self._flags: list[CellFlag] = []
        self._ready: list[tuple[SheetRow, int]] = []

    def taken(self) -> Iterator[SheetRow]:
        """The rows collected since, repeats written out."""
        ready, self._ready = self._ready, []
        for row, repeat in ready:
            for number in range(row.number, row.number + repeat):
                yield row._replace(number=number)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        short = local(name)
        if short == "table":
            self._depth += 1
            self._table += 1
        if self._table != self._wanted or self._depth != 1:
            return
        if short == "table-row":
            self._cells, self._flags, self._column = {}, [], 0
            self._repeat = int(attributes.get("table:number-rows-repeated", "1"))
            if attributes.get("table:visibility", "visible") != "visible":
                self._marks.hidden_rows += range(self._number + 1, self._number + 1 + min(self._repeat, 100_000))
        elif short in _CELLS:
            self._attributes, self._texts = attributes, []
            rows = int(attributes.get("table:number-rows-spanned", "1"))
            if rows > 1:
                self._marks.merged.append((self._number + 1, self._number + rows))
        elif short in _REMARKS:
            self._remark += 1
        elif not self._remark:
            self._mark_up(short, attributes)

    def _mark_up(self, short: str, attributes: dict[str, str]) -> None:
        if short == "p":
            self._texts.append("\n" if self._texts else "")
            self._inside_text += 1
        elif short == "s":
            self._texts.append(" " * min(int(attributes.get("text:c", "1")), 1000))
        elif short == "tab":
            self._texts.append("\t")
        elif short == "line-break":
            self._texts.append("\n")

    def text(self, text: str) -> None:
        if self._inside_text and not self._remark:
            self._texts.append(text)

    def end(self, name: str) -> None:
        short = local(name)
        if self._table == self._wanted and self._depth == 1:
            if short in _REMARKS:
                self._remark -= 1
            elif short == "p" and not self._remark:
                self._inside_text -= 1
            elif short in _CELLS:
                self._cell()
            elif short == "table-row":
                self._row()
        if short == "table":
            self._depth -= 1
            self.done = self._table >= self._wanted and not self._depth

    def _cell(self) -> None:
        repeat = int(self._attributes.get("table:number-columns-repeated", "1"))
        text, code, value = cell_text(self._attributes, "".join(self._texts))
        if len(text) > MAX_CELL:
            raise RefusedFile(f"{self._name}: row {self._number + 1} holds a cell larger than a cell can be")
        if text or code:
            if repeat > MAX_COLUMNS:
                raise RefusedFile(
                    f"{self._name}: row {self._number + 1}, column {letters(self._column)} repeats a cell "
                    f"{repeat:,} times; a table of users has at most {MAX_COLUMNS:,} columns"
                )
            for column in range(self._column, self._column + repeat):
                self._cells[column] = text
                if code:
                    self._flags.append(CellFlag(column, code, value))
        self._column += repeat

    def _row(self) -> None:
        if self._cells:
            if self._number + self._repeat > MAX_SHEET_ROWS:
                raise RefusedFile(f"{self._name} repeats a row {self._repeat:,} times; no sheet has so many rows")
            row = SheetRow(self._number + 1, self._cells, tuple(self._flags))
            self._ready.append((row, self._repeat))
        self._number += self._repeat


def cell_text(attributes: dict[str, str], shown: str) -> tuple[str, str, str]:
    """What a cell says as text, and, if something is wrong with it, the code and the raw text."""
    kind = attributes.get("office:value-type", "")
    formula = "table:formula" in attributes
    if attributes.get("calcext:value-type") == "error" or (formula and _ERROR.fullmatch(shown)):
        return shown, "cell_error", shown
    if formula and not kind and not shown:
        return "", "cell_formula", attributes["table:formula"].removeprefix("of:")
    if kind in {"float", "percentage", "currency"}:
        digits, lost = number_text(attributes.get("office:value", ""))
        text = _dressed(digits, shown)
        return text, "cell_digits_lost" if lost else "", text if lost else ""
    return _plain(kind, attributes, shown), "", ""


def _plain(kind: str, attributes: dict[str, str], shown: str) -> str:
    if kind == "date":
        day = attributes.get("office:date-value", "").partition(".")[0]
        return day.removesuffix("T00:00:00").replace("T", " ")
    if kind == "time":
        match = _TIME.fullmatch(attributes.get("office:time-value", ""))
        return ":".join(part.rjust(2, "0") for part in match.groups()) if match else shown
    if kind == "boolean":
        return attributes.get("office:boolean-value", "").upper()
    return attributes.get("office:string-value", shown)


def _dressed(digits: str, shown: str) -> str:
    """The text shown, where the number format adds zeros or a sign in front; else the number's digits."""
    bare = shown.strip()
    if bare.upper() in _TRUTH:
        return _TRUTH[bare.upper()]
    if digits.isdigit() and re.fullmatch(r"[+0-9() -]+", bare):
        seen = re.sub(r"[^0-9]", "", bare)
        if seen.endswith(digits) and (len(seen) > len(digits) or bare.startswith("+")):
            return bare
    return digits


def _is_ods(content: FileContent) -> bool:
    if not content.is_zip:
        return False
    package = content.package
    return "mimetype" in package and package.small("mimetype").strip() == _MIME_TYPE and "content.xml" in package


FORMAT: Final = InputFormat(
    "ods",
    _is_ods,
    lambda content, options, score: open_sheet(content.path, OdsBook(content.package), options, score),
)
