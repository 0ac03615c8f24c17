"""Whether a workbook that was written into still holds the input's own cells."""

import io
from typing import BinaryIO, cast

import python_calamine

from importer.reading.table import Table
from importer.writing.output_layout import OutputLayout


class UnfaithfulError(Exception):
    """The workbook does not come back as it was, or its library can't handle it: a new one is written instead."""


def is_faithful(table: Table, layout: OutputLayout, written: BinaryIO) -> bool:
    """Whether the input's own cells read back from ``written`` exactly as from the input."""
    written.seek(0)
    after = _cells(written.read(), table, layout)
    return after is not None and after == _cells(table.path.read_bytes(), table, layout)


def _cells(content: bytes, table: Table, layout: OutputLayout) -> list[list[object]] | None:
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = table.dialect.sheet
        sheet = workbook.get_sheet_by_name(name) if name else workbook.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)[layout.header_row - 1 :]
    except (python_calamine.CalamineError, ValueError, OSError):
        return None
    columns = [table.dialect.first_column + position for position in layout.kept]
    picked = [[row[column] if column < len(row) else "" for column in columns] for row in rows]
    while picked and not any(cell != "" for cell in picked[-1]):
        picked.pop()
    return cast("list[list[object]]", picked)
