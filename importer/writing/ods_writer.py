"""New .ods spreadsheets of any length: a small streaming writer of OpenDocument 1.3 (text cells only)."""

import re
from typing import BinaryIO, Final
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import RESULT_COLUMNS
from importer.reading.table import letters
from importer.writing.arrow import TEXT, byte_set, concat, rows_with, text_array, utf8
from importer.writing.result_block import Block, Layout
from importer.writing.workbook_look import (
    MOST_COMMENTS,
    PICTURED_CONTROLS,
    comment_text,
    escaped,
    fitting,
    translated,
    widths,
)
from importer.writing.ods_frame import MANIFEST, MIME, closing, document, opening, settings
from importer.writing.package import Package
from importer.writing.xlsx_frame import sheet_name

_BLANKS: Final = byte_set(b" \t\r\n")
_SPECIAL: Final = r"^ | $|  |[\t\r\n]"
_SPACES: Final = re.compile(r"^ +| +$|(?<= ) +", re.MULTILINE)


class OdsRows:
    """Writes one new spreadsheet: text cells, frozen header, filter, coloured status, comments on wrong cells."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._name = sheet_name(layout.sheet)
        self._package = Package(file)
        self._started = False
        self._comments = 0
        self._next_row = 1

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        self._start(block)
        for part in block.slices():
            self._package.write(utf8(self._rows(part)))
            self._next_row = int(part.rows[-1]) + 1

    def close(self) -> None:
        """Complete the spreadsheet; the underlying file stays open."""
        self._start(None)
        layout = self._layout
        first = f"{letters(layout.first_column)}{layout.header_row}"
        last = f"{letters(layout.first_column + len(layout.header) - 1)}{self._next_row - 1}"
        self._package.write(closing(self._name, (first, last)).encode())
        self._package.end()
        self._package.add("styles.xml", document("styles", "<office:styles/>"))
        self._package.add("settings.xml", settings(self._name, layout.header_row))
        self._package.add("META-INF/manifest.xml", MANIFEST)
        self._package.close()

    def abort(self) -> None:
        """Let go of a spreadsheet that can't be completed."""
        self._package.abort()

    def _start(self, first: Block | None) -> None:
        if self._started:
            return
        self._started = True
        layout, package = self._layout, self._package
        package.add("mimetype", MIME, stored=True)
        package.begin("content.xml", cells_expected=layout.cells_expected)
        column_widths = widths(layout, first)
        package.write(opening(self._name, layout.first_column, column_widths).encode())
        for cells in layout.preamble:
            package.write(_plain_row(cells, ["text"] * len(cells)))
        names = ("",) * layout.first_column + layout.header
        looks = ["text"] * layout.first_column + ["header"] * len(layout.kept)
        package.write(_plain_row(names, looks + ["result"] * len(RESULT_COLUMNS)))
        self._next_row = layout.header_row + 1

    def _rows(self, part: Block) -> pa.Array:
        """Each row of a block as the XML of a table row, with the blank rows before it."""
        pieces: list[pa.Array | str] = [self._blank_rows(part), "<table:table-row>"]
        if self._layout.first_column:
            pieces.append(f'<table:table-cell table:number-columns-repeated="{self._layout.first_column}"/>')
        status_column = len(part.cells) - len(RESULT_COLUMNS) + RESULT_COLUMNS.index("import_status")
        for column, cells in enumerate(part.cells):
            text = _xml_text(cells)
            style: pa.Array | str = "text"
            if column == status_column:
                style = cells
            annotations, styles = self._marks(part, column)
            blank = pc.equal(cells, "")
            filled = concat(
                '<table:table-cell table:style-name="',
                styles if styles is not None else style,
                '" office:value-type="string">',
                annotations if annotations is not None else "",
                "<text:p>",
                text,
                "</text:p></table:table-cell>",
            )
            if styles is not None:
                wrong = concat('<table:table-cell table:style-name="', styles, '">', annotations, "</table:table-cell>")
                pieces.append(pc.if_else(blank, wrong, filled))
            else:
                pieces.append(pc.if_else(blank, "<table:table-cell/>", filled) if blank.true_count else filled)
        pieces += [_surplus(part), "</table:table-row>"]
        return concat(*pieces)

    def _blank_rows(self, part: Block) -> pa.Array | str:
        gaps = np.diff(part.rows, prepend=self._next_row - 1) - 1
        if not gaps.any():
            return ""
        return pa.array([_blank(int(gap)) for gap in gaps], TEXT)

    def _marks(self, part: Block, column: int) -> tuple[pa.Array | None, pa.Array | None]:
        """Comment and style of each cell of a column; None where no cell of it is wrong."""
        marks = part.marks[part.marks["column"] == column]
        if not len(marks):
            return None, None
        annotations, styles = [""] * len(part.rows), ["text"] * len(part.rows)
        for index, message in zip(marks["index"], marks["message"], strict=True):
            styles[index] = "wrong"
            if self._comments < MOST_COMMENTS:
                self._comments += not annotations[index]
                annotations[index] += f"<text:p>{_escaped(comment_text(message))}</text:p>"
        wrapped = [f"<office:annotation>{text}</office:annotation>" if text else "" for text in annotations]
        return pa.array(wrapped, TEXT), pa.array(styles, TEXT)


def _blank(rows: int) -> str:
    if rows <= 0:
        return ""
    return f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row>'


def _plain_row(cells: tuple[str, ...], looks: list[str]) -> bytes:
    texts = _xml_text(text_array(cells)).to_pylist()
    inner = "".join(_cell(text, look) for text, look in zip(texts, looks, strict=True))
    return f"<table:table-row>{inner or '<table:table-cell/>'}</table:table-row>".encode()


def _cell(text: str, look: str) -> str:
    if not text:
        return "<table:table-cell/>"
    return (
        f'<table:table-cell table:style-name="{look}" office:value-type="string">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def _surplus(part: Block) -> pa.Array | str:
    """Cells beyond the header: behind the results, so that nothing shifts."""
    if not part.surplus:
        return ""
    tails = [""] * len(part.rows)
    for at, cells in part.surplus.items():
        row = _plain_row(cells, ["text"] * len(cells)).decode()
        tails[at] = row.removeprefix("<table:table-row>").removesuffix("</table:table-row>")
    return pa.array(tails, TEXT)


def _xml_text(cells: pa.Array) -> pa.Array:
    """Cells as the content of a paragraph: line breaks, tabs and runs of blanks have elements of their own."""
    cells = translated(escaped(fitting(cells)), PICTURED_CONTROLS)
    mask = rows_with(cells, _BLANKS)
    if mask is None:
        return cells
    special = pc.match_substring_regex(cells, _SPECIAL)
    if not special.true_count:
        return cells
    rewritten = [_paragraphs(text) for text in cells.filter(special).to_pylist()]
    return pc.replace_with_mask(cells, special, pa.array(rewritten, TEXT))


def _paragraphs(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', text)
    return text.replace("\t", "<text:tab/>").replace("\n", "</text:p><text:p>")


def _escaped(message: str) -> str:
    return escape(message.translate(PICTURED_CONTROLS))
