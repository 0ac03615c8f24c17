"""New .xlsx workbooks of any length: XlsxWriter makes the workbook, the rows stream into it from Arrow."""

from itertools import islice
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import RESULT_COLUMNS, Status
from importer.reading.table import letters
from importer.writing.arrow import TEXT, byte_set, concat, rows_with, text_array, utf8
from importer.writing.result_block import Block, Layout
from importer.writing.workbook_look import (
    ESCAPED_CONTROLS,
    MOST_COMMENTS,
    comment_text,
    escaped,
    fitting,
    translated,
    widths,
)
from importer.writing.package import Package
from importer.writing.xlsx_frame import FIRST_PARTS, SHEET_PART, make_frame

_CARRIAGE_RETURN: Final = byte_set(b"\r")
_UNDERSCORE_ESCAPE: Final = r"_(x[0-9A-Fa-f]{4})"


class XlsxRows:
    """Writes one new workbook: text cells, coloured status, wrong cells coloured and commented."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._package = Package(file)
        self._started = False
        self._comments: list[tuple[int, int, str]] = []
        self._last_row = layout.header_row

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        self._start(block)
        self._remember_comments(block)
        for part in block.slices():
            self._package.write(utf8(self._rows(part)))
        self._last_row = int(block.rows[-1])

    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        self._start(None)
        frame = make_frame(self._layout, self._widths, self._last_row, self._comments)
        self._package.write(frame.after)
        self._package.end()
        for name, content in frame.parts.items():
            if name not in FIRST_PARTS:
                self._package.add(name, content)
        self._package.close()

    def abort(self) -> None:
        """Let go of a workbook that can't be completed."""
        self._package.abort()

    def _start(self, first: Block | None) -> None:
        if self._started:
            return
        self._started = True
        layout, package = self._layout, self._package
        self._widths = widths(layout, first)
        self._frame = make_frame(layout, self._widths, layout.header_row)
        for name in FIRST_PARTS:
            package.add(name, self._frame.parts[name])
        package.begin(SHEET_PART, cells_expected=layout.cells_expected)
        package.write(self._frame.before)
        for row, cells in enumerate(layout.preamble, start=1):
            package.write(self._plain_row(row, 0, cells, ["text"] * len(cells)))
        looks = ["header"] * len(layout.kept) + ["result_header"] * len(RESULT_COLUMNS)
        package.write(self._plain_row(layout.header_row, layout.first_column, layout.header, looks))

    def _plain_row(self, row: int, first: int, cells: tuple[str, ...], looks: list[str]) -> bytes:
        texts = _xml_text(text_array(cells)).to_pylist()
        styles = self._frame.styles
        inner = "".join(
            _opening(letters(first + at), str(row), styles[look]) + text + _CLOSING
            for at, (text, look) in enumerate(zip(texts, looks, strict=True))
            if text
        )
        return f'<row r="{row}">{inner}</row>'.encode()

    def _rows(self, part: Block) -> pa.Array:
        """Each row of a block as the XML of a sheet row."""
        numbers = pc.cast(pa.array(part.rows), TEXT)
        status_column = len(part.cells) - len(RESULT_COLUMNS) + RESULT_COLUMNS.index("import_status")
        pieces: list[pa.Array | str] = ['<row r="', numbers, '">']
        for column, cells in enumerate(part.cells):
            style: pa.Array | str = str(self._frame.styles["text"])
            if column == status_column:
                style = self._status_styles(cells)
            pieces += self._cells(part, column, numbers, style)
        pieces += [self._surplus(part), "</row>"]
        return concat(*pieces)

    def _cells(self, part: Block, column: int, numbers: pa.Array, style: pa.Array | str) -> list[pa.Array | str]:
        """One column's cells; a blank one is left out, unless it is wrong and therefore coloured."""
        cells = part.cells[column]
        marked = _marked(part, column)
        name = letters(self._layout.first_column + column)
        blank = pc.equal(cells, "")
        blanks = blank.true_count
        if marked is not None:
            style = pc.if_else(marked, str(self._frame.styles["wrong"]), str(self._frame.styles["text"])).cast(TEXT)
        elif blanks == len(cells):
            return []
        opening = [f'<c r="{name}', numbers, '" s="', style] if not isinstance(style, str) else [
            f'<c r="{name}', numbers, f'" s="{style}']  # fmt: skip
        filled = [*opening, _TYPE, _xml_text(cells), _CLOSING]
        if not blanks:
            return filled
        empty = "" if marked is None else pc.if_else(marked, concat(*opening, '"/>'), "")
        return [pc.if_else(blank, empty, concat(*filled))]

    def _status_styles(self, statuses: pa.Array) -> pa.Array:
        known = pa.array([str(status) for status in Status], TEXT)
        styles = pa.array([str(self._frame.styles[status]) for status in Status], TEXT)
        return styles.take(pc.index_in(statuses, known))

    def _surplus(self, part: Block) -> pa.Array | str:
        """Cells beyond the header: behind the results, so that nothing shifts."""
        if not part.surplus:
            return ""
        first = self._layout.first_column + len(self._layout.header)
        tails = [""] * len(part.rows)
        for at, cells in part.surplus.items():
            xml = self._plain_row(int(part.rows[at]), first, cells, ["text"] * len(cells)).decode()
            tails[at] = xml[xml.index(">") + 1 : -len("</row>")]
        return pa.array(tails, TEXT)

    def _remember_comments(self, block: Block) -> None:
        room = MOST_COMMENTS - len(self._comments)
        if room <= 0:
            return
        for index, column, message in islice(block.wrong_cells(), room):
            row = int(block.rows[index]) - 1
            self._comments.append((row, self._layout.first_column + column, comment_text(message)))


_TYPE: Final = '" t="inlineStr"><is><t xml:space="preserve">'
_CLOSING: Final = "</t></is></c>"


def _opening(letters: str, row: str, style: int) -> str:
    return f'<c r="{letters}{row}" s="{style}{_TYPE}'


def _xml_text(cells: pa.Array) -> pa.Array:
    """Cells as the text of an XLSX element, escapes of its own kind included (ECMA-376 22.9.2.19, ST_Xstring)."""
    cells = fitting(cells)
    if pc.any(pc.match_substring(cells, "_x")).as_py():
        cells = pc.replace_substring_regex(cells, _UNDERSCORE_ESCAPE, r"_x005F_\1")
    cells = translated(escaped(cells), ESCAPED_CONTROLS)
    if rows_with(cells, _CARRIAGE_RETURN) is not None:
        cells = pc.replace_substring(cells, pattern="\r", replacement="_x000D_")
    return cells


def _marked(part: Block, column: int) -> pa.Array | None:
    chosen = part.marks["index"].to_numpy()[part.marks["column"].to_numpy() == column]
    if not len(chosen):
        return None
    mask = np.zeros(len(part.rows), dtype=np.bool_)
    mask[chosen] = True
    return pa.array(mask)
