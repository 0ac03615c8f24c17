"""Causes: what is wrong across a file, how often, and where first."""

import pandas as pd

from importer.model import ISSUE_COLUMNS
from importer.validation.causes import CauseTally


def issues_in(rows: list[int]) -> pd.DataFrame:
    record = {"field": "phone", "code": "phone_pattern", "severity": "error", "value": "", "detail": ""}
    return pd.DataFrame([{"row": row, **record} for row in rows], columns=list(ISSUE_COLUMNS))


def test_the_rows_named_are_the_first_ones_in_whatever_order_they_were_found():
    tally = CauseTally()
    tally.add(issues_in([*range(100, 200), 7, 3, 3]))
    tally.add(issues_in([205, 204]))
    (cause,) = tally.causes()
    assert (cause.count, cause.first_rows) == (104, (3, 7, 100, 101, 102))
