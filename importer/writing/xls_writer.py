"""New .xls workbooks (Excel 97): at most 65,536 rows and 256 columns. The only module that knows xlwt."""

import io
from typing import Any, Final

from importer.errors import UsageError
from importer.messages.text import Text
from importer.model import RESULT_COLUMNS, Status
from importer.reading.table import Dialect
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile
from importer.writing.result_block import STATUS_FROM_THE_RIGHT, ResultBlock
from importer.writing.workbook_look import DEEPEST_FROZEN_ROW, fitting, sheet_name, widths

try:
    import xlwt
except ModuleNotFoundError as missing:
    raise UsageError(
        Text(
            "an .xls output needs the package xlwt, which is not installed: pip install xlwt, or ask for .xlsx with -o"
        )
    ) from missing

_UNITS_PER_CHARACTER: Final = 256
_FLUSHED_ROWS: Final = 1_000
_PALETTE: Final = {  # the fixed colours of the format that come nearest to those of .xlsx
    Status.CREATED: "light_green",
    Status.ALREADY_IMPORTED: "light_green",
    Status.INVALID: "rose",
    Status.DUPLICATE: "tan",
    Status.EXISTS: "light_yellow",
    Status.UNCONFIRMED: "light_yellow",
    Status.REJECTED: "rose",
    Status.UPDATED: "light_green",
    Status.FAILED: "light_orange",
    Status.NOT_SENT: "gray25",
}


class XlsWriter:
    """Writes one new workbook: text cells, frozen header, coloured status and wrong cells (xlwt knows no comments)."""

    def __init__(self, target: PendingFile, layout: OutputLayout, dialect: Dialect) -> None:
        del dialect  # a workbook has none
        self._file = target.file
        self._layout = layout
        self._workbook = xlwt.Workbook(encoding="utf-8")
        self._sheet = self._workbook.add_sheet(sheet_name(layout.sheet))
        # The library keeps flushed rows in a temporary file that it never closes, and reads it back whole.
        self._sheet.row_tempfile = io.BytesIO()
        self._text = _style("")
        self._wrong = _style("rose")
        self._statuses = {str(status): _style(colour) for status, colour in _PALETTE.items()}
        self._dressed = False

    def write(self, block: ResultBlock) -> None:
        """Write rows below those already written."""
        if not self._dressed:
            self._dress(block)
        wrong = block.wrong_cells()
        status_column = len(self._layout.header) + STATUS_FROM_THE_RIGHT
        for number, (row, texts) in enumerate(block.rows(), start=1):
            messages = wrong.get(row, {})
            for column, text in enumerate(texts):
                style = self._statuses[text] if column == status_column else self._text
                if column in messages:
                    style = self._wrong
                elif not text:
                    continue
                self._sheet.write(row - 1, self._layout.first_column + column, fitting(text), style)
            if number % _FLUSHED_ROWS == 0:
                self._sheet.flush_row_data()
        self._sheet.flush_row_data()

    def close(self) -> None:
        """Complete the workbook; the underlying file stays open."""
        if not self._dressed:
            self._dress(None)
        self._workbook.save(self._file)

    def abort(self) -> None:
        """Nothing is held open."""

    def _dress(self, first: ResultBlock | None) -> None:
        self._dressed = True
        layout, sheet = self._layout, self._sheet
        for number, cells in enumerate(layout.preamble):
            for column, text in enumerate(cells):
                if text:
                    sheet.write(number, column, fitting(text), self._text)
        own = len(layout.header) - len(RESULT_COLUMNS)
        looks = [_style("ice_blue", bold=True), _style("pale_blue", bold=True)]
        for column, (name, width) in enumerate(zip(layout.header, widths(layout, first), strict=True)):
            place = layout.first_column + column
            sheet.write(layout.header_row - 1, place, fitting(name), looks[column >= own])
            sheet.col(place).width = width * _UNITS_PER_CHARACTER
            sheet.col(place).set_style(self._text)
        if layout.header_row <= DEEPEST_FROZEN_ROW:
            sheet.set_panes_frozen("1")
            sheet.set_horz_split_pos(layout.header_row)
            sheet.set_remove_splits("1")


def _style(colour: str, *, bold: bool = False) -> Any:
    rules = ["font: bold on"] if bold else []
    if colour:
        rules.append(f"pattern: pattern solid, fore_colour {colour}")
    return xlwt.easyxf("; ".join(rules), num_format_str="@")
