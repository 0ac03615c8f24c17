"""The template's example among the rows of a file: never sent, neither whole nor in a row that was typed over it."""

from typing import Final

import pandas as pd
import pyarrow as pa

from importer.columns.arrow_text import issues_at
from importer.model import Severity, empty_issues
from schemas.fields import FIELDS
from schemas.template import EXAMPLE_CODE, example_cells, is_example, may_have_examples

LEFT_CODE: Final = "row_example_left"
"""The issue code of a row that has some of the example's cells left."""


def example_rows(raw: pd.DataFrame) -> pd.DataFrame:
    """An error for each row that has anything of the example.

    Args:
        raw: Index "row" (row numbers); columns FIELDS, str, no NA.

    Returns:
        ISSUE_COLUMNS, RangeIndex, usually empty: row_example where the row is the example, whole; row_example_left,
        the names of its fields in the detail, where it is the example in part.
    """
    raw = raw[may_have_examples(raw)]
    if raw.empty:
        return empty_issues()
    cells = example_cells(raw)
    # The example's phone alone says nothing of the template: it is a placeholder, as others write it too.
    found = raw.index[cells.drop(columns="phone").any(axis="columns")]
    whole = is_example(raw.loc[found])
    left = [", ".join(name for name in FIELDS if of[name]) for of in cells.loc[found].to_dict("records")]
    codes = pa.array([EXAMPLE_CODE if one else LEFT_CODE for one in whole], pa.large_string())
    details = pa.array(["" if one else names for one, names in zip(whole, left, strict=True)], pa.large_string())
    return issues_at(found.to_numpy(dtype="int64"), "", codes, Severity.ERROR, "", details)
