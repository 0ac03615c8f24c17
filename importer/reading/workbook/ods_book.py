"""An .ods as a Workbook, read as a stream: the texts that cells show, their values, repeats within bounds.

Source of the format: OpenDocument 1.3 part 3, 9 (tables) and 19.385 (value types).
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from importer.errors import RefusedFile
from importer.reading.content import FileContent
from importer.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_SHEET_ROWS, MAX_SHEETS
from importer.reading.sheets import CellFlag, Grid, Marks, Sheet, SheetRow, gathered
from importer.reading.table import letters
from importer.reading.workbook import plain_xml
from importer.reading.workbook.nesting import shallow
from importer.reading.workbook.ods_cell import cell_text, is_remark
from importer.reading.workbook.sheet_table import workbook_format
from importer.reading.zip_package import ZipPackage

_MIME_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
_STANDARD: Final = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES: Final = {
    **{f"{_STANDARD}{name}:1.0": name for name in ("office", "table", "text", "style")},
    f"{_STANDARD}drawing:1.0": "draw",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}
Start = Callable[[str, dict[str, str]], None]


@lru_cache(maxsize=1024)
def prefixed(name: str) -> str:
    """The usual name of an element or attribute, "table:table", whatever prefix the file gives the namespace.

    Those of other namespaces are "".
    """
    namespace, _, short = name.rpartition(" ")
    prefix = _PREFIXES.get(namespace)
    return f"{prefix}:{short}" if prefix else ""


def _prefixed_start(start: Start) -> Start:
    return lambda name, attributes: start(prefixed(name), {prefixed(key): text for key, text in attributes.items()})


class OdsBook:
    """See ``Workbook``."""

    format = "ods"

    def __init__(self, package: ZipPackage) -> None:
        self._package = package
        if b"encryption-data" in package.small("META-INF/manifest.xml"):
            raise RefusedFile("{name} is protected by a password; save it without one", name=package.path.name)
        names: list[tuple[str, str]] = []
        hidden: set[str] = set()
        style = ""

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal style
            if name == "table:table":
                names.append((attributes.get("table:name", ""), attributes.get("table:style-name", "")))
            elif name == "style:style":
                style = attributes.get("style:name", "")
            elif name == "style:table-properties" and attributes.get("table:display") == "false":
                hidden.add(style)

        self._parse(start)
        if len(names) > MAX_SHEETS:
            raise RefusedFile(
                "{name} has {names:,} sheets; keep the one with the users", name=package.path.name, names=len(names)
            )
        self.sheets = tuple(Sheet(name, look in hidden, str(place)) for place, (name, look) in enumerate(names))

    def rows(self, sheet: Sheet, marks: Marks) -> Iterator[Grid]:
        """Rows in ascending order."""
        return gathered(self._rows(sheet, marks))

    def _rows(self, sheet: Sheet, marks: Marks) -> Iterator[SheetRow]:
        reader = _Rows(int(sheet.key), marks, self._package.path.name)
        parser = plain_xml.parser()
        parser.StartElementHandler = _prefixed_start(reader.start)
        parser.EndElementHandler = lambda name: reader.end(prefixed(name))
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

    def _parse(self, start: Start) -> None:
        parser = plain_xml.parser()
        parser.StartElementHandler = _prefixed_start(start)
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
        self._columns = self._column = 0
        self._repeat = 1
        self._remark = 0
        self._texts: list[str] = []
        self._inside_text = 0
        self._written = self._hidden = False
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
        if name == "table:table":
            self._depth += 1
            self._table += 1
        if self._table != self._wanted or self._depth != 1:
            return
        if name == "table:table-column":
            first = self._columns
            self._columns += int(attributes.get("table:number-columns-repeated", "1"))
            if _is_hidden(attributes):
                self._marks.hidden_columns.append((first, self._columns - 1))
        elif name == "table:table-row":
            self._cells, self._flags, self._column = {}, [], 0
            self._repeat = int(attributes.get("table:number-rows-repeated", "1"))
            self._hidden = _is_hidden(attributes)
        elif name in _CELLS:
            self._attributes, self._texts, self._written = attributes, [], False
            rows = int(attributes.get("table:number-rows-spanned", "1"))
            if rows > 1:
                self._marks.merged.append((self._number + 1, self._number + rows))
        elif is_remark(name):
            self._remark += 1
        elif not self._remark:
            self._mark_up(name, attributes)

    def _mark_up(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self._texts.append("\n" if self._texts else "")
            self._inside_text += 1
            self._written = True
        elif name == "text:s":
            self._texts.append(" " * min(int(attributes.get("text:c", "1")), 1000))
        elif name == "text:tab":
            self._texts.append("\t")
        elif name == "text:line-break":
            self._texts.append("\n")

    def text(self, text: str) -> None:
        if self._inside_text and not self._remark:
            self._texts.append(text)

    def end(self, name: str) -> None:
        if self._table == self._wanted and self._depth == 1:
            if is_remark(name):
                self._remark -= 1
            elif name == "text:p" and not self._remark:
                self._inside_text -= 1
            elif name in _CELLS:
                self._cell()
            elif name == "table:table-row":
                self._row()
        if name == "table:table":
            self._depth -= 1
            self.done = self._table >= self._wanted and not self._depth

    def _cell(self) -> None:
        repeat = int(self._attributes.get("table:number-columns-repeated", "1"))
        text, code, value = cell_text(self._attributes, "".join(self._texts) if self._written else None)
        if len(text) > MAX_CELL:
            raise RefusedFile(
                "{name}: row {row} holds a cell larger than a cell can be", name=self._name, row=self._number + 1
            )
        if text or code:
            if repeat > MAX_COLUMNS:
                raise RefusedFile(
                    "{name}: row {row}, column {letter} repeats a cell {repeat:,} times; a table of users has at "
                    "most {max_columns:,} columns",
                    name=self._name,
                    row=self._number + 1,
                    letter=letters(self._column),
                    repeat=repeat,
                    max_columns=MAX_COLUMNS,
                )
            for column in range(self._column, self._column + repeat):
                self._cells[column] = text
                if code:
                    self._flags.append(CellFlag(column, code, value))
        self._column += repeat

    def _row(self) -> None:
        if self._cells:
            if self._number + self._repeat > MAX_SHEET_ROWS:
                raise RefusedFile(
                    "{name} repeats a row {repeat:,} times; no sheet has so many rows",
                    name=self._name,
                    repeat=self._repeat,
                )
            row = SheetRow(self._number + 1, self._cells, tuple(self._flags))
            self._ready.append((row, self._repeat))
            if self._hidden:
                self._marks.hidden_rows += range(row.number, row.number + self._repeat)
        self._number += self._repeat


def _is_hidden(attributes: dict[str, str]) -> bool:
    """Whether a row or column is, by hand or by a filter."""
    return attributes.get("table:visibility", "visible") != "visible"


def _is_ods(content: FileContent) -> bool:
    if not content.is_zip:
        return False
    package = content.package
    return "mimetype" in package and package.small("mimetype").strip() == _MIME_TYPE and "content.xml" in package


FORMAT: Final = workbook_format("ods", _is_ods, lambda content: OdsBook(content.package))
