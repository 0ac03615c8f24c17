"""A cleaned chunk against the Pandera schema: which of its cells are errors, and why."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning import Cleaned
from importer.columns.arrow_text import issues_at, to_arrow
from importer.model import Severity
from importer.validation.failed_checks import FailedChecks, failed_checks
from importer.validation.optional_fields import OPTIONAL
from schemas.user import user_schema


def check(cleaned: Cleaned, read_issues: pd.DataFrame | None = None) -> pd.DataFrame:
    """All that is to be said about a chunk.

    The schema alone decides what is an error. Where the cleaner knows more about a cell that fails (a suggestion, the
    two days that a date can mean), its explanation stands in place of the schema's code: one error a cell at most.

    Args:
        cleaned: What ``clean`` gave; its index ascending.
        read_issues: Issues of the reader and the mapping (ISSUE_COLUMNS, by field). A cell that the reader
            already found wrong keeps that error alone.

    Returns:
        An issue frame (ISSUE_COLUMNS, RangeIndex, no order promised): the cleaner's notes and warnings, every error,
        and ``read_issues``.

    Raises:
        Defect: The frame does not have the schema's form.
    """
    failed = _failures(cleaned)
    kept = _confirmed(cleaned, failed)
    issues = [kept, *(_plain_errors(cleaned, field, checks) for field, checks in failed.items() if checks.any())]
    if read_issues is not None and len(read_issues):
        issues = [*(_without_cells(part, read_issues) for part in issues), read_issues]
    return pd.concat(issues, ignore_index=True) if len(issues) > 1 else kept.reset_index(drop=True)


def _failures(cleaned: Cleaned) -> dict[str, FailedChecks]:
    """Field → its failed checks, for the fields in which something fails."""
    filled = (cleaned.fields != "").any()  # NA is unequal to "", too
    blank = tuple(field for field in OPTIONAL if not filled.get(field, True))
    return failed_checks(_schema_without(blank, cleaned.today), cleaned.fields.drop(columns=list(blank)))


@lru_cache(maxsize=64)
def _schema_without(blank: tuple[str, ...], today: str) -> pandera.DataFrameSchema:
    """The schema less the columns in which nothing stands: of few rows most of the time goes into those."""
    return user_schema(today).remove_columns(list(blank))


def _confirmed(cleaned: Cleaned, failed: dict[str, FailedChecks]) -> pd.DataFrame:
    """What the cleaner said, less its explanations of cells that the schema takes.

    The failed checks of explained cells become 0: one error a cell.
    """
    said = cleaned.issues
    explained = np.flatnonzero(np.asarray(pc.equal(to_arrow(said["severity"]), Severity.ERROR)))
    if not len(explained):
        return said
    fields = to_arrow(said["field"]).take(pa.array(explained))
    positions = np.searchsorted(cleaned.fields.index.to_numpy(), said["row"].to_numpy()[explained])
    kept = np.ones(len(said), dtype=bool)
    kept[explained] = False
    for field, checks in failed.items():
        mine = np.flatnonzero(np.asarray(pc.equal(fields, field)))
        kept[explained[mine]] = checks[positions[mine]] != 0
        checks[positions[mine]] = 0
    return said if kept.all() else said[kept]


def _plain_errors(cleaned: Cleaned, field: str, checks: FailedChecks) -> pd.DataFrame:
    """Errors that the schema's own code explains well enough."""
    fields = cleaned.fields
    at = np.flatnonzero(checks)
    codes = [rule.error for rule in user_schema(cleaned.today).columns[field].checks]
    rows = fields.index.to_numpy(dtype=np.int64)[at]
    code = pa.array(codes, pa.large_string()).take(pa.array(checks[at] - 1))
    return issues_at(rows, field, code, Severity.ERROR, to_arrow(fields[field]).take(pa.array(at)))


def _without_cells(issues: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The issues without those of cells that ``known`` has an error for; in a row that is broken, of any cell."""
    errors = known[known["severity"] == Severity.ERROR.value]
    if errors.empty:
        return issues
    issues = issues[~issues["row"].isin(errors.loc[errors["field"] == "", "row"])]
    cells = pd.MultiIndex.from_frame(errors[["row", "field"]])
    rows = issues["row"].isin(errors["row"])
    again = rows.to_numpy().copy()
    again[again] = pd.MultiIndex.from_frame(issues.loc[rows, ["row", "field"]]).isin(cells)
    return issues[~again]
