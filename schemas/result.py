"""The Pandera schema of the result columns: what every output keeps before it is renamed into place."""

from typing import Final

import pandas as pd
import pandera.pandas as pandera

from schemas.named_check import check
from schemas.result_columns import RESULT_TABLE, ResultColumn, Status

HAVE_ID: Final = frozenset({Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED})
"""Statuses that carry a FreedomID and no error."""

MAY_HAVE_ID: Final = HAVE_ID | {Status.EXISTS, Status.UNCONFIRMED, Status.REJECTED}
"""… and those which carry one if the API gave it, now or (of an update that it refuses) before."""

NEED_ERROR: Final = frozenset(Status) - HAVE_ID - {Status.NOT_SENT}
"""Statuses whose rows say why they have no FreedomID. (A row not sent may have nothing wrong with it.)"""


def result_schema() -> pandera.DataFrameSchema:
    """The schema of a result frame: RESULT_COLUMNS in order, dtype str, no NA, "" = empty.

    Codes of its checks: import_status_unknown, freedom_id_form, freedom_id_missing, freedom_id_unexpected,
    import_error_missing, import_error_unexpected, import_error_code_without_text.
    """
    return pandera.DataFrameSchema(
        {column.name: pandera.Column("str", _form(column)) for column in RESULT_TABLE},
        checks=[
            check("freedom_id_missing", lambda frame: ~_status_in(frame, HAVE_ID) | _filled(frame, "freedom_id")),
            check(
                "freedom_id_unexpected",
                lambda frame: _status_in(frame, MAY_HAVE_ID) | ~_filled(frame, "freedom_id"),
            ),
            check("import_error_missing", _says_why),
            check(
                "import_error_unexpected",
                lambda frame: ~_status_in(frame, HAVE_ID) | ~_filled(frame, "import_error"),
            ),
            check(
                "import_error_code_without_text",
                lambda frame: _filled(frame, "import_error") == _filled(frame, "import_error_code"),
            ),
        ],
        strict=True,
        ordered=True,
        name="result",
    )


def _form(column: ResultColumn) -> pandera.Check | None:
    return check(column.error, lambda texts: texts.str.fullmatch(column.pattern)) if column.pattern else None


def _says_why(frame: pd.DataFrame) -> "pd.Series[bool]":
    """An error stands where the status asks for one; a taken phone whose FreedomID came back needs none."""
    told = _filled(frame, "freedom_id") & (frame["import_status"] != str(Status.REJECTED))
    return ~_status_in(frame, NEED_ERROR) | _filled(frame, "import_error") | told


def _status_in(frame: pd.DataFrame, statuses: frozenset[Status]) -> "pd.Series[bool]":
    return frame["import_status"].isin(statuses)


def _filled(frame: pd.DataFrame, column: str) -> "pd.Series[bool]":
    return frame[column] != ""
