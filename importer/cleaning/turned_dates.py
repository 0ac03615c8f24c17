"""Dates that a spreadsheet turned round when it opened the file.

A spreadsheet that expects the month first reads 01/02/1999 of a column written day first as 2 January, and makes a date
of it; 31/12/1999 it cannot read, and that stays text. What is left are cells that begin with the year and never have a
day over 12, beside cells that always have a number over 12.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.column import Texts, where
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.unpacking import unpacked
from importer.cleaning.value_table import translated
from importer.columns.arrow_text import Positions, issues_at, to_arrow
from importer.model import Severity, empty_issues

_FIELD: Final = "date_of_birth"
_CODE: Final = f"{_FIELD}_turned"
_YEAR_FIRST: Final = r"\A\s*(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{2})[-/.](?P<day>[0-9]{2})(?:[T ].*)?\z"
_MONTHS: Final = 12

FEWEST: Final = 3
"""Cells of either kind that are no chance. Of days of birth as they are written six of ten are over 12; of the rest one
of eleven is the same day turned round. So a column that nobody turned holds three of the first kind without such a day,
and three of the second with nothing else, in one of 86 cases (0.374³ × 0.606³), and more of them soon in one of
thousands; one of 86 is enough to ask for a person's birthday."""

EXCEPTIONS: Final = 20
"""Among so many cells one may be otherwise: somebody typed a row by hand since."""


def count_year_first(texts: Texts, counts: Positions) -> tuple[int, int]:
    """How many cells that begin with the year could have been turned round, and how many have a day over 12.

    Args:
        texts: The distinct cells of a column.
        counts: How many cells each of them is.
    """
    month, day = _month_and_day(texts)
    over = (day > _MONTHS) & (month >= 1) & (month <= _MONTHS)
    return int(counts[_are_two_days(month, day)].sum()), int(counts[over].sum())


def turned_dates(raw: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    """Errors of the cells that may have been turned round, where the column shows it (``Decisions.turned``).

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        decisions: What holds for the whole file.

    Returns:
        ISSUE_COLUMNS, one error for each cell that begins with the year and is another day the other way round.
    """
    return _errors(raw, decisions) if decisions.turned else empty_issues()


def still_turned(raw: pd.DataFrame, codes: pd.Series, errors: pd.Series, decisions: Decisions) -> pd.DataFrame:
    """Errors of dates that were refused so among the cells of an earlier file and come back as they were.

    In a file of the refused rows alone nothing shows any more that they were turned round.

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        codes: The column ``import_error_code`` of that run's output, same index.
        errors: Its column ``import_error``, which names both days.
        decisions: Where ``turned`` holds, ``turned_dates`` finds them; --date-order ymd says that they are right.

    Returns:
        ISSUE_COLUMNS, one error for each cell that still is the first of the two days.
    """
    told = errors[codes.str.contains(_CODE, regex=False)]
    if decisions.turned or decisions.date_order == "ymd" or told.empty:
        return empty_issues()
    found = _errors(raw.loc[told.index], decisions)
    same = [f"({days})" in told[row] for row, days in zip(found["row"], found["detail"], strict=True)]
    return found[same].reset_index(drop=True)


def _errors(raw: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    cells = translated(raw[_FIELD], decisions)
    texts = unpacked(to_arrow(cells))
    at = where(_are_two_days(*_month_and_day(texts)))
    days = pc.replace_substring_regex(texts.take(pa.array(at)), _YEAR_FIRST, r"\1-\2-\3 / \1-\3-\2")
    rows = cells.index.to_numpy(dtype=np.int64)[at]
    value = to_arrow(cells).take(pa.array(at))
    return issues_at(rows, _FIELD, _CODE, Severity.ERROR, value, days)


def _month_and_day(texts: Texts) -> tuple[Any, Any]:
    """Both numbers of the texts that begin with the year; 0 and 0 of the others."""
    found = pc.extract_regex(texts, _YEAR_FIRST)
    month, day = (pc.cast(pc.struct_field(found, name), pa.int64()).fill_null(0) for name in ("month", "day"))
    return np.asarray(month), np.asarray(day)


def _are_two_days(month: Any, day: Any) -> Any:
    return (np.minimum(month, day) >= 1) & (np.maximum(month, day) <= _MONTHS) & (month != day)
