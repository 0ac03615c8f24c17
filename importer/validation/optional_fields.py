"""Wrong cells of optional fields: which rows are refused for them alone, and how they are left out."""

from typing import Final

import pandas as pd

from importer.messages.wording import LEFT_OUT
from importer.model import Severity
from importer.validation.duplicate_policy import HOLDER_CODE
from schemas.fields import TABLE

OPTIONAL: Final = tuple(field.name for field in TABLE if not field.required)
"""Fields that the schema lets be left out, whatever the row."""


def without_wrong_cells(fields: pd.DataFrame, issues: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows (FIELDS as they would be sent; index row) without the cells of optional fields that are wrong.

    Returns:
        The fields, "" in place of each such cell; and their issues (ISSUE_COLUMNS), in which its errors are warnings
        that say so.
    """
    wrong = ((issues["severity"] == Severity.ERROR) & issues["field"].isin(OPTIONAL)).to_numpy(dtype=bool)
    if not wrong.any():
        return fields, issues
    fields = fields.copy()
    for field, cells in issues[wrong].groupby("field", sort=False):
        fields.loc[cells["row"].unique(), field] = ""
    issues = issues.copy()
    issues.loc[wrong, "code"] += LEFT_OUT
    issues.loc[wrong, "severity"] = str(Severity.WARNING)
    # What else was to be said of the cell is said of nothing now: one issue a cell.
    left_out = pd.MultiIndex.from_frame(issues.loc[wrong, ["row", "field"]])
    rest = pd.MultiIndex.from_frame(issues[["row", "field"]]).isin(left_out) & ~wrong
    return fields, issues[~rest].reset_index(drop=True)


def refused_for_them(issues: pd.DataFrame) -> "pd.Index[int]":
    """The rows whose errors are all of optional fields, ascending; that another row waits for a phone is none."""
    rows = issues["row"].to_numpy()
    errors = ((issues["severity"] == Severity.ERROR) & (issues["code"] != HOLDER_CODE)).to_numpy(dtype=bool)
    others = errors & ~issues["field"].isin(OPTIONAL).to_numpy(dtype=bool)
    found: pd.Index[int] = pd.Index(pd.unique(rows[errors])).difference(pd.unique(rows[others]))
    return found
