"""The template's example row among the rows of a file: an error of its own, so that it is never sent."""

from typing import Final

import pandas as pd

from importer.model import ISSUE_COLUMNS, Severity, empty_issues
from schemas.template import is_example

EXAMPLE_CODE: Final = "row_example"
"""The issue code of the example row."""


def example_rows(raw: pd.DataFrame) -> pd.DataFrame:
    """An issue for each example row: code row_example, an error, so that the row isn't sent.

    Args:
        raw: Index "row" (row numbers); columns FIELDS, str, no NA.

    Returns:
        ISSUE_COLUMNS, RangeIndex; usually empty.
    """
    found = raw.index[is_example(raw)].to_numpy(dtype="int64")
    issues = empty_issues()
    if not len(found):
        return issues
    texts = {"field": "", "code": EXAMPLE_CODE, "severity": str(Severity.ERROR), "value": "", "detail": ""}
    frame = pd.DataFrame({"row": found}).assign(**texts)
    return frame[list(ISSUE_COLUMNS)].astype(issues.dtypes.to_dict())
