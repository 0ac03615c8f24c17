"""New .xls workbooks (Excel 97): at most 65,536 rows and 256 columns, made by xlwt."""

import io
from typing import Any, BinaryIO, Final

import xlwt

from importer.model import RESULT_COLUMNS, Status
from importer.writing.arrow import text_array
from importer.writing.result_block import Block, Layout
from importer.writing.workbook_look import DEEPEST_FROZEN_ROW, fitting, widths
from importer.writing.xlsx_frame import sheet_name

_UNITS_PER_CHARACTER: Final = 256
_PALETTE: Final = {  # the fixed colours of the format that come nearest to those of .xlsx
    Status.CREATED: "light_green",
    Status.ALREADY_IMPORTED: "light_green",
    Status.INVALID: "rose",
    Status.DUPLICATE: "tan",
    Status.EXISTS: "light_yellow",
    Status.UNCONFIRMED: "light_yellow",
    Status.REJECTED: "rose",
    Status.FAILED: "light_orange",
    Status.NOT_SENT: "gray25",
}


class XlsRows:
    """Writes one new workbook: text cells, frozen header, coloured status and wrong cells (xlwt knows no comments)."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._workbook = xlwt.Workbook(encoding="utf-8")
        self._sheet = self._workbook.add_sheet(sheet_name(layout.sheet))
        # The library keeps flushed rows in a temporary file that it never closes, and reads it back whole.
        self._sheet.row_tempfile = io.BytesIO()
        self._text = _style("")
        self._wrong = _style("rose")
        self._statuses = {str(status): _style(colour) for status, colour in _PALETTE.items()}
        self._dressed = False

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        if not self._dressed:
            self._dress(block)
        for part in block.slices():
            self._write_part(part)
            self._sheet.flush_row_data()

    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        if not self._dressed:
            self._dress(None)
        self._workbook.save(self._file)

    def abort(self) -> None:
        """Nothing is held open."""

    def _write_part(self, part: Block) -> None:
        first = self._layout.first_column
        status_column = len(part.cells) - len(RESULT_COLUMNS) + RESULT_COLUMNS.index("import_status")
        wrong = set(zip(part.marks["index"], part.marks["column"], strict=True))
        rows = [self._sheet.row(int(row) - 1) for row in part.rows]
        for column, cells in enumerate(part.cells):
            for index, text in enumerate(fitting(cells).to_pylist()):
                style = self._statuses[text] if column == status_column else self._text
                if (index, column) in wrong:
                    rows[index].write(first + column, text, self._wrong)
                elif text:
                    rows[index].write(first + column, text, style)
        beyond = first + len(part.cells)
        for index, cells in part.surplus.items():
            for offset, text in enumerate(fitting(text_array(cells)).to_pylist()):
                rows[index].write(beyond + offset, text, self._text)

    def _dress(self, first: Block | None) -> None:
        self._dressed = True
        layout, sheet = self._layout, self._sheet
        for number, cells in enumerate(layout.preamble):
            for column, text in enumerate(cells):
                if text:
                    sheet.write(number, column, text, self._text)
        header, result_header = _style("ice_blue", bold=True), _style("pale_blue", bold=True)
        names = fitting(text_array(layout.header)).to_pylist()
        for column, (name, width) in enumerate(zip(names, widths(layout, first), strict=True)):
            style = header if column < len(layout.kept) else result_header
            sheet.write(layout.header_row - 1, layout.first_column + column, name, style)
            sheet.col(layout.first_column + column).width = width * _UNITS_PER_CHARACTER
            sheet.col(layout.first_column + column).set_style(self._text)
        if layout.header_row <= DEEPEST_FROZEN_ROW:
            sheet.set_panes_frozen("1")
            sheet.set_horz_split_pos(layout.header_row)
            sheet.set_remove_splits("1")


def _style(colour: str, *, bold: bool = False) -> Any:
    rules = ["font: bold on"] if bold else []
    if colour:
        rules.append(f"pattern: pattern solid, fore_colour {colour}")
    return xlwt.easyxf("; ".join(rules), num_format_str="@")
