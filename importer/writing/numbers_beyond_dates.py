"""Numbers in cells whose format is a date's and that are no day in any calendar: a phone, 31121999.

Excel shows ``########`` and keeps the number; openpyxl puts an error in its place, in every sheet that it loads.
"""

from pathlib import Path
from typing import Any, Final

from importer.writing.frozen_formulas import shown_texts

_TAKEN_FOR: Final = "#VALUE!"


def put_numbers_back(workbook: Any, path: Path) -> None:
    """Give the cells of a workbook that openpyxl loaded the numbers that they have in the file.

    Args:
        workbook: As loaded.
        path: What it was loaded from.
    """
    for sheet in workbook.worksheets:
        lost = {
            (cell.row, cell.column): cell
            for cell in sheet._cells.values()  # noqa: SLF001 (openpyxl has no other word for those that there are)
            if cell.data_type == "e" and cell.value == _TAKEN_FOR
        }
        shown, wrong = shown_texts(path, sheet.title, lost.keys()) if lost else ({}, {})
        for place, cell in lost.items():
            if wrong.get(place) != "cell_error":
                cell.value = _number(shown[place])


def _number(text: str) -> int | float:
    return int(text) if text.removeprefix("-").isdecimal() else float(text)
