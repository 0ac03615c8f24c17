"""The example row of the template: it shows a person how to fill in, is recognised on input, and is never sent."""

from typing import Final

import pandas as pd

from importer.model import ISSUE_COLUMNS, Severity, empty_issues

EXAMPLE_MARK: Final = "EXAMPLE / ПРИМЕР"
"""What the first name of the example row says."""

EXAMPLE_ROW: Final = {
    "phone": "+70000000000",
    "email": "user@example.com",
    "firstname": EXAMPLE_MARK,
    "lastname": "this row is never sent / эта строка не отправляется",
    "date_of_birth": "2000-01-31",
    "identifier": "123456789",
    "country": "KAZ",
    "gender": "F",
    "nationality": "Kazakhstan",
}
"""The example, as its cells read. The phone is nobody's: a row that only half looks like it is an error too."""

EXAMPLE_CODE: Final = "row_example"
"""The issue code of the example row."""


def is_example(raw: pd.DataFrame) -> pd.Series:
    """Which rows are the template's example.

    Both marks must stand there, so that a person's row typed over the example is never passed over in silence.

    Args:
        raw: Any index; columns FIELDS, str, no NA: the cells as written.

    Returns:
        Same index, bool.
    """
    marked: pd.Series = raw["firstname"] == EXAMPLE_MARK
    if not marked.any():
        return marked
    return marked & (raw["phone"].str.strip().str.lstrip("'") == EXAMPLE_ROW["phone"])


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
