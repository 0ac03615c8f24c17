"""Cells that an earlier run refused and that come back as they were: what was ambiguous then is ambiguous now."""

from datetime import date

import pandas as pd

from importer.cleaning.date import readings
from importer.cleaning.date_parts import take_apart
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.value_table import translated
from importer.columns.arrow_text import constant, frame_of, to_arrow
from importer.model import ISSUE_COLUMNS, Severity

_FIELD = "date_of_birth"
_CODE = f"{_FIELD}_ambiguous"


def still_ambiguous(raw: pd.DataFrame, earlier_codes: pd.Series, decisions: Decisions) -> pd.DataFrame:
    """Errors of dates that were ambiguous among the cells of an earlier file, whatever those of this one show.

    Args:
        raw: The columns of FIELDS, dtype str; index "row".
        earlier_codes: The column ``import_error_code`` of that run's output, same index.
        decisions: Where a person told the order (--date-order), nothing is ambiguous any more.

    Returns:
        ISSUE_COLUMNS, one error for each row that carries the code and whose cell still has two readings.
    """
    cells = translated(raw[_FIELD], decisions)[earlier_codes.str.contains(_CODE, regex=False)]
    if decisions.order_told:
        cells = cells.iloc[:0]
    days = [" / ".join(_days(cell, date.fromisoformat(decisions.today))) for cell in cells]
    found = cells[[" / " in said for said in days]]
    details = pd.Series([said for said in days if " / " in said], dtype="str")
    columns = {
        "row": found.index.to_numpy(dtype="int64"),
        "field": constant(_FIELD, len(found)),
        "code": constant(_CODE, len(found)),
        "severity": constant(Severity.ERROR.value, len(found)),
        "value": to_arrow(found),
        "detail": to_arrow(details),
    }
    return frame_of({name: columns[name] for name in ISSUE_COLUMNS}, pd.RangeIndex(len(found)))


def _days(cell: str, today: date) -> list[str]:
    """The days that a cell can mean in any column."""
    parts = take_apart(cell)
    return [] if parts is None else sorted(set(readings(parts, today, "any").values()))
