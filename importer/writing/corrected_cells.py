"""What a person wrote in the place of cells, in the workbook that the result is marked in."""

from typing import Any

from openpyxl.cell import MergedCell

from importer.reading.corrected_copy import CorrectedCopy
from importer.reading.table import Table
from importer.writing.fidelity import UnfaithfulError


def put_corrections(sheet: Any, table: Table) -> None:
    """Write the corrections of a corrected copy (no other table has any), as text, into its data sheet, of openpyxl.

    The look of the cells stays. Raises UnfaithfulError where one of them lies within a merged area.
    """
    if not isinstance(table, CorrectedCopy):
        return
    for row, position, text in table.corrected():
        cell = sheet.cell(row, table.dialect.first_column + 1 + position)
        if isinstance(cell, MergedCell):
            raise UnfaithfulError("a cell within a merged area was corrected")
        cell.value = text or None
        if text:
            cell.data_type = "s"
