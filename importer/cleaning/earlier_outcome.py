"""Cells that an earlier run refused and that come back as they were: ambiguous then and now, or short of digits."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd

from importer.cleaning.column import matches
from importer.cleaning.date import readings
from importer.cleaning.date_parts import take_apart
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.phone_dial_codes import without_code
from importer.cleaning.value_table import by_value_table
from importer.columns.arrow_text import issues_at, to_arrow
from importer.model import Severity

_FIELD = "date_of_birth"
_CODE = f"{_FIELD}_ambiguous"
_OF_DIGITS: Final = ("phone", "identifier")
_SHORT: Final = re.compile(r"(?<![0-9A-Za-z.,])[0-9]{1,20}(?:[.,][0-9]{1,20})?[eE]\+?[0-9]{1,2}(?![0-9A-Za-z])")
_LONG: Final = 9
"""Digits of a number that is told to be short of some; a person may well type 100000 for 1E+05."""


def still_ambiguous(raw: pd.DataFrame, earlier_codes: pd.Series, decisions: Decisions) -> pd.DataFrame:
    """Errors of dates that were ambiguous among the cells of an earlier file, whatever those of this one show.

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        earlier_codes: The column ``import_error_code`` of that run's output, same index.
        decisions: Where a person told the order (--date-order), nothing is ambiguous any more.

    Returns:
        ISSUE_COLUMNS, one error for each row that carries the code and whose cell still has two readings.
    """
    cells = by_value_table(raw[_FIELD], decisions)[earlier_codes.str.contains(_CODE, regex=False)]
    if decisions.order_told:
        cells = cells.iloc[:0]
    days = [" / ".join(_days(cell, date.fromisoformat(decisions.today))) for cell in cells]
    found = cells[[" / " in said for said in days]]
    details = pd.Series([said for said in days if " / " in said], dtype="str")
    return _errors(found, _FIELD, _CODE, details)


def still_lost(raw: pd.DataFrame, earlier_errors: pd.Series) -> pd.DataFrame:
    """Errors of phones and identifiers whose digits were lost when the earlier file was read, and that are so still.

    A spreadsheet reads 7.70112E+10 in a text file as a number, and where it is saved as a workbook the cell comes back
    as 77011200000, of which nothing says any more that five of its digits are none.

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        earlier_errors: The column ``import_error`` of that run's output, which quotes the cells, same index.

    Returns:
        ISSUE_COLUMNS, one error for each such cell.
    """
    told = earlier_errors[np.asarray(matches(to_arrow(earlier_errors), r"[0-9][eE]\+?[0-9]"))]
    wrong = {row: {_whole(number) for number in _SHORT.findall(text)} for row, text in told.items()}
    found = []
    for field in _OF_DIGITS:
        cells = raw.loc[told.index, field]
        same = [len(_bare(cell)) >= _LONG and _bare(cell) in wrong[row] for row, cell in cells.items()]
        found.append(_errors(cells[same], field, "cell_digits_lost", pd.Series([""] * sum(same), dtype="str")))
    return pd.concat(found, ignore_index=True)


def _whole(number: str) -> str:
    """The digits that a spreadsheet makes of a number in its short form."""
    return f"{int(Decimal(number.replace(',', '.')))}"


def _bare(cell: str) -> str:
    """A cell without what a spreadsheet or its format puts around a number."""
    return re.sub("[^0-9]", "", re.sub(r"[.,]0+\Z", "", without_code(cell).strip()))


def _errors(cells: pd.Series, field: str, code: str, details: pd.Series) -> pd.DataFrame:
    """ISSUE_COLUMNS with an error for each cell."""
    rows = cells.index.to_numpy(dtype="int64")
    return issues_at(rows, field, code, Severity.ERROR, to_arrow(cells), to_arrow(details))


def _days(cell: str, today: date) -> list[str]:
    """The days that a cell can mean in any column."""
    parts = take_apart(cell)
    return [] if parts is None else sorted(set(readings(parts, today, "any").values()))
