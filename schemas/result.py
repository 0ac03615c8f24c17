"""The Pandera schema of the five result columns: what every output keeps before it is renamed into place."""

from typing import Any, Final, NamedTuple

import pandas as pd
import pandera.pandas as pandera

from schemas.result_columns import RESULT_COLUMNS, Status

UUID: Final = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"

HAVE_ID: Final = frozenset({Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED})
"""Statuses that carry a FreedomID and no error."""

MAY_HAVE_ID: Final = HAVE_ID | {Status.EXISTS, Status.UNCONFIRMED, Status.REJECTED}
"""… and those which carry one if the API gave it, now or (of an update that it refuses) before."""

NEED_ERROR: Final = frozenset(Status) - HAVE_ID - {Status.NOT_SENT}
"""Statuses whose rows say why they have no FreedomID. (A row not sent may have nothing wrong with it.)"""


class ResultLook(NamedTuple):
    """How a result column looks in a workbook: its width in characters, and what the header's comment says."""

    width: int
    hint: str


RESULT_LOOKS: Final = {
    "freedom_id": ResultLook(38, "The person's FreedomID, where the import gave one."),
    "import_status": ResultLook(
        17,
        "What became of the row: filter here. invalid, duplicate and rejected are for a person to mend: "
        "correct the cells and import this file again; only rows without a FreedomID are sent.",
    ),
    "import_error_code": ResultLook(26, "The kind of error, the same for all rows with it: sort or filter by it."),
    "import_error": ResultLook(60, "What is wrong, with which value, and what to do."),
    "import_note": ResultLook(50, "What was understood differently from how it is written: raw → clean."),
}
"""The look of each of RESULT_COLUMNS."""


def result_schema() -> pandera.DataFrameSchema:
    """The schema of a result frame: RESULT_COLUMNS in order, dtype str, no NA, "" = empty.

    Codes of its checks: import_status_unknown, freedom_id_form, freedom_id_missing, freedom_id_unexpected,
    import_error_missing, import_error_unexpected, import_error_code_without_text.
    """
    checks = {
        "freedom_id": _check("freedom_id_form", lambda given: given.str.fullmatch(f"(?:{UUID})?")),
        "import_status": _check("import_status_unknown", lambda status: status.isin(list(Status))),
    }
    return pandera.DataFrameSchema(
        {name: pandera.Column("str", checks.get(name)) for name in RESULT_COLUMNS},
        checks=[
            _check("freedom_id_missing", lambda frame: ~_status_in(frame, HAVE_ID) | _filled(frame, "freedom_id")),
            _check(
                "freedom_id_unexpected",
                lambda frame: _status_in(frame, MAY_HAVE_ID) | ~_filled(frame, "freedom_id"),
            ),
            _check("import_error_missing", _says_why),
            _check(
                "import_error_unexpected",
                lambda frame: ~_status_in(frame, HAVE_ID) | ~_filled(frame, "import_error"),
            ),
            _check(
                "import_error_code_without_text",
                lambda frame: _filled(frame, "import_error") == _filled(frame, "import_error_code"),
            ),
        ],
        strict=True,
        ordered=True,
        name="result",
    )


def _check(code: str, holds: Any) -> pandera.Check:
    return pandera.Check(holds, name=code, error=code, n_failure_cases=1, ignore_na=False)


def _says_why(frame: pd.DataFrame) -> "pd.Series[bool]":
    """An error stands where the status asks for one; a taken phone whose FreedomID came back needs none."""
    told = _filled(frame, "freedom_id") & (frame["import_status"] != str(Status.REJECTED))
    return ~_status_in(frame, NEED_ERROR) | _filled(frame, "import_error") | told


def _status_in(frame: pd.DataFrame, statuses: frozenset[Status]) -> "pd.Series[bool]":
    return frame["import_status"].isin(statuses)


def _filled(frame: pd.DataFrame, column: str) -> "pd.Series[bool]":
    return frame[column] != ""
