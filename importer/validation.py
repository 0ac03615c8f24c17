"""A cleaned chunk against the Pandera schema: which of its cells are errors, and why."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandera.backends.pandas.checks import PandasCheckBackend
from pandera.engines.pandas_engine import Engine

from importer.cleaning import Cleaned
from importer.errors import BooksDontBalance
from importer.mapping.arrow_text import from_arrow, to_arrow
from importer.model import ISSUE_COLUMNS, Severity
from schemas.user import user_schema

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_GOOD_FORMS: set[tuple[Any, ...]] = set()
"""Names and dtypes of columns that the schema has accepted; its form is the same every day."""


def check(cleaned: Cleaned, read_issues: pd.DataFrame | None = None) -> pd.DataFrame:
    """All that is to be said about a chunk.

    The schema alone decides what is an error. Where the cleaner knows more about a cell that fails (a suggestion, the
    two days that a date can mean), its explanation stands in place of the schema's code: one error a cell at most.

    Args:
        cleaned: What ``clean`` gave; its index ascending.
        read_issues: Issues of the reader and the mapping (ISSUE_COLUMNS, fields translated). A cell that the reader
            already found wrong keeps that error alone.

    Returns:
        An issue frame (ISSUE_COLUMNS, RangeIndex, no order promised): the cleaner's notes and warnings, every error,
        and ``read_issues``.

    Raises:
        BooksDontBalance: The frame does not have the schema's shape: a defect of this program.
    """
    failed = _failures(cleaned)
    said = cleaned.issues
    explained = np.asarray(pc.equal(pa.array(said["severity"]), Severity.ERROR))
    confirmed = np.zeros(len(said), dtype=bool)
    for field, (mask, codes) in failed.items():
        mine = np.flatnonzero(explained & np.asarray(pc.equal(pa.array(said["field"]), field)))
        positions = np.searchsorted(cleaned.fields.index, said["row"].to_numpy()[mine])
        confirmed[mine] = mask[positions]
        codes[positions] = ""
    kept = said[~explained | confirmed] if explained.any() else said
    plain = [(field, codes) for field, (_, codes) in failed.items() if (codes != "").any()]
    issues = [kept, *(_plain_errors(cleaned.fields, field, codes) for field, codes in plain)]
    if read_issues is not None and len(read_issues):
        issues = [*(_without_cells(part, read_issues) for part in issues), read_issues]
    return pd.concat(issues, ignore_index=True) if len(issues) > 1 else kept.reset_index(drop=True)


def _failures(cleaned: Cleaned) -> dict[str, tuple[Mask, Any]]:
    """Field → which rows fail, and the code of the first check that each of them fails ("" for the others).

    Each check of the schema is asked by itself, through the backend that ``validate`` would ask: ``validate`` spends
    more time on listing what failed, in frames that nobody reads, than on finding it, and loads hypothesis (a quarter
    of a second) wherever that is installed.
    """
    schema = user_schema(cleaned.today)
    _refuse_other_forms(schema, cleaned.fields)
    failed: dict[str, tuple[Mask, Any]] = {}
    for field, column in schema.columns.items():
        for rule in column.checks:
            held = PandasCheckBackend(rule).apply(cleaned.fields[field])  # type: ignore[no-untyped-call]  # as it is
            wrong = ~held.to_numpy(dtype=bool)
            if wrong.any():
                blank = np.zeros(len(wrong), bool), np.full(len(wrong), "", dtype=object)
                mask, codes = failed.setdefault(field, blank)
                codes[wrong & ~mask] = rule.error
                mask |= wrong
    return failed


def _refuse_other_forms(schema: "DataFrameSchema", fields: pd.DataFrame) -> None:
    """Raises BooksDontBalance where columns or dtypes are not the schema's; each form is looked at once."""
    form = tuple(fields.dtypes.items())
    if form in _GOOD_FORMS:
        return
    names = [str(name) for name, _ in form]
    wanted = {name: column.dtype for name, column in schema.columns.items()}
    if sorted(names) != sorted(wanted) or not all(wanted[str(name)].check(Engine.dtype(dtype)) for name, dtype in form):
        raise BooksDontBalance("the cleaned rows do not have the schema's form: please report this")
    _GOOD_FORMS.add(form)


def _plain_errors(fields: pd.DataFrame, field: str, codes: Any) -> pd.DataFrame:
    """Errors that the schema's own code explains well enough."""
    at = np.flatnonzero(codes != "")
    index = pd.RangeIndex(len(at))
    same = {"field": field, "severity": Severity.ERROR.value, "detail": ""}
    texts = {name: pa.repeat(pa.scalar(text, pa.large_string()), len(at)) for name, text in same.items()}
    texts["code"] = pa.array(codes[at], pa.large_string())
    texts["value"] = to_arrow(fields[field]).take(pa.array(at))
    rows = {"row": pd.Series(fields.index.to_numpy(dtype=np.int64)[at], index=index)}
    columns = {name: from_arrow(text, index) for name, text in texts.items()}
    return pd.DataFrame(rows | columns, columns=list(ISSUE_COLUMNS), copy=False)


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
