"""A frame against a Pandera schema, read for every row: which checks of which column failed."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pandera.pandas as pandera
from pandera.errors import SchemaErrors

from importer.errors import Defect
from importer.messages.text import Text

FailedChecks: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
"""For each row of a column the number of the first of its checks that failed, from 1 on; 0 where all hold."""


def failed_checks(schema: pandera.DataFrameSchema, frame: pd.DataFrame) -> dict[str, FailedChecks]:
    """Column → its failed checks, for the columns in which something fails.

    Raises:
        Defect: A check has no outcome for every row.
    """
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as exc:
        errors = exc.schema_errors
    else:
        return {}
    failed: dict[str, FailedChecks] = {}
    for error in errors:
        held = error.check_output
        # None where a check raised or the frame has another form, and rows left out where a cell was NA: this must
        # never pass as "valid". Nothing is told of the cells.
        if not isinstance(held, pd.Series) or not held.index.equals(frame.index) or error.check_index is None:
            raise Defect(Text("rows do not have the schema's form: please report this"))
        checks = failed.setdefault(error.schema.name, np.zeros(len(frame), np.uint8))
        checks[~held.to_numpy(dtype=bool) & (checks == 0)] = error.check_index + 1
    return failed
