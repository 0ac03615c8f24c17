"""New .xlsx workbooks of any length: XlsxWriter makes the workbook, the rows stream into it from Arrow."""

import contextlib
import zipfile
from typing import IO, BinaryIO, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # the package ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from importer.model import RESULT_COLUMNS, Status
from importer.reading.table import letters
from importer.writing.arrow import TEXT, byte_set, concat, rows_with, text_array, utf8
from importer.writing.blocks import Block, Layout
from importer.writing.markup import (
    ESCAPED_CONTROLS,
    MOST_COMMENTS,
    escaped,
    fitting,
    translated,
    widths,
)
from importer.writing.xlsx_frame import FIRST_PARTS, SHEET_PART, Frame, make_frame

# Level 2 halves the time of level 4 for the same size: the markup repeats itself at short distance.
_COMPRESSION: Final = 2
_BYTES_PER_CELL: Final = 110
_LARGEST_PLAIN_PART: Final = 1 << 31
_CARRIAGE_RETURN: Final = byte_set(b"\r")
_UNDERSCORE_ESCAPE: Final = r"_(x[0-9A-Fa-f]{4})"


class XlsxRows:
    """Writes one new workbook: text cells, coloured status, wrong cells coloured and commented."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        self._resources = contextlib.ExitStack()
        self._resources.enter_context(self._archive)
        self._sheet: IO[bytes] | None = None
        self._comments: list[tuple[int, int, str]] = []
        self._last_row = layout.header_row

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        sheet = self._sheet or self._start(block)
        self._remember_comments(block)
        for part in block.slices():
            sheet.write(utf8(self._rows(part)))
        self._last_row = int(block.rows[-1])

    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        sheet = self._sheet or self._start(None)
        frame = make_frame(self._layout, self._widths, self._last_row, self._comments)
        sheet.write(frame.after)
        sheet.close()
        for name, content in frame.parts.items():
            if name not in FIRST_PARTS:
                self._archive.writestr(name, content)
        self._resources.close()

    def abort(self) -> None:
        """Let go of a workbook that can't be completed."""
        with contextlib.suppress(Exception):
            self._resources.close()

    def _start(self, first: Block | None) -> IO[bytes]:
        layout = self._layout
        self._widths = widths(layout, first)
        self._frame = make_frame(layout, self._widths, layout.header_row)
        for name in FIRST_PARTS:
            self._archive.writestr(name, self._frame.parts[name])
        large = (layout.rows_expected or 0) * len(layout.header) * _BYTES_PER_CELL > _LARGEST_PLAIN_PART
        self._sheet = self._resources.enter_context(self._archive.open(SHEET_PART, "w", force_zip64=large))
        self._sheet.write(self._frame.before)
        for row, cells in enumerate(layout.preamble, start=1):
            self._sheet.write(self._plain_row(row, 0, cells, ["text"] * len(cells)))
        looks = ["header"] * len(layout.kept) + ["result_header"] * len(RESULT_COLUMNS)
        self._sheet.write(self._plain_row(layout.header_row, layout.first_column, layout.header, looks))
        return self._sheet

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

    def _cells(
        self, part: Block, column: int, numbers: pa.Array, style: pa.Array | str
    ) -> list[pa.Array | str]:
        """One column's cells; a blank one is left out, unless it is wrong and therefore coloured."""
        cells = part.cells[column]
        marked = _marked(part, column)
        name = letters(self._layout.first_column + column)
        blank = pc.equal(cells, "")
        blanks = blank.true_count
        if marked is not None:
            style = pc.if_else(
                marked, str(self._frame.styles["wrong"]), str(self._frame.styles["text"])
            ).cast(TEXT)
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
        if room <= 0 or not len(block.marks):
            return
        by_cell = block.marks.groupby(["index", "column"], sort=True)["message"].agg("\n".join).head(room)
        for (index, column), message in by_cell.items():  # type: ignore[misc]  # the key of two group columns is a pair
            row = int(block.rows[index]) - 1
            self._comments.append((row, self._layout.first_column + int(column), message))


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
