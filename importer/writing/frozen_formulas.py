"""Formulas of the data sheet as the values they showed: the result says what was sent, and nothing in it runs."""

from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from importer.reading import open_workbook
from importer.reading.sheets import Marks

CellPlace = tuple[int, int]
"""Row and column, from 1."""


def freeze_values(cells: Sequence[Any], path: Path, data_sheet: str) -> None:
    """Formulas become what they showed, as text; one that never had a value stays, and is an error of its row.

    Args:
        cells: The cells of the data sheet, of openpyxl.
        path: The workbook that they were loaded from.
        data_sheet: The name of their sheet.
    """
    formulas = {(cell.row, cell.column): cell for cell in cells if cell.data_type == "f"}
    if not formulas:
        return
    shown, wrong = shown_texts(path, data_sheet, formulas.keys())
    for place, cell in formulas.items():
        code = wrong.get(place, "")
        if code == "cell_formula":
            continue
        cell.value = shown.get(place) or None
        if cell.value is not None:
            cell.data_type = "e" if code == "cell_error" else "s"


def shown_texts(
    path: Path, data_sheet: str, places: Collection[CellPlace]
) -> tuple[dict[CellPlace, str], dict[CellPlace, str]]:
    """What some cells (row, column from 1) show, and what is wrong with those that show nothing right."""
    rows = {row for row, _ in places}
    shown: dict[CellPlace, str] = {}
    wrong: dict[CellPlace, str] = {}
    with closing(open_workbook(path)) as book:
        sheet = next(sheet for sheet in book.sheets if sheet.name == data_sheet)
        for grid in book.rows(sheet, Marks()):
            for row in grid.rows():
                if row.number in rows:
                    shown |= {(row.number, column + 1): text for column, text in row.cells.items()}
                    wrong |= {(row.number, flag.column + 1): flag.code for flag in row.flags}
    return shown, wrong
