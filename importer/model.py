"""The values that travel through the pipeline: frozen, free of behaviour, imported by everyone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.result_columns import IMPORT_ROW, RESULT_COLUMNS, Status

if TYPE_CHECKING:
    import pandas as pd

    from importer.errors import Stopped  # whose sentences are made below what is told here

__all__ = ["IMPORT_ROW", "RESULT_COLUMNS", "Status"]  # of schemas.result_columns, imported from here as well

GATES: Final = ("max_invalid", "min_rows", "max_shrink", "max_growth", "columns", "max_changes")
"""The options that refuse a whole file for what is in it; a release from an inbox leaves them out, once."""

CELL_OPTIONS: Final = ("sheet", "encoding", "delimiter", "header_row")
"""The options that decide which cells a file has: after them the columns may be others."""

MEANING_OPTIONS: Final = ("map", "full_name", "region", "date_order", "duplicates")
"""The options that decide what the cells mean."""

ISSUE_COLUMNS: Final = ("row", "field", "code", "severity", "value", "detail")
"""An issue frame: one record per finding in one cell (or a whole row: field "").

row int64 (the row number a person sees), the others str, never NA. ``value`` is the raw text of the cell,
``detail`` what the message of ``code`` needs besides: the cleaned value of a note, the suggestion of an error,
the other row of a duplicate. Index: RangeIndex.
"""

TO_BE_FIXED: Final = frozenset({Status.INVALID, Status.DUPLICATE, Status.REJECTED})
"""Statuses of rows that only a person can mend: they make the rejected file."""

CELL_CORRECTED: Final = "cell_corrected"
"""The code of the note at a cell in whose place a person wrote something on the page; its value: what stood there."""

OTHER_PERSON: Final = "phone_of_another_person"
"""The error code of a row with a known phone, and the names of somebody else."""

PHONE_CHANGED: Final = "freedom_id_phone_changed"
"""The error code of a row whose FreedomID is of a user with another phone."""

REPEATED_ID: Final = "freedom_id_repeated"
"""Code of a row whose FreedomID another phone has as well, or that is nobody's (the nil UUID): exit 5."""

DOUBTFUL_ID: Final = "freedom_id_doubtful"
"""Code of a row whose FreedomID may be another request's: an answer that nobody asked for came behind it."""


class Severity(StrEnum):
    """How much an issue weighs: only an error keeps a row from being sent."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something decided or noticed about the whole file, shown to a person before anything is sent.

    Attributes:
        topic: What it is about: "encoding", "delimiter", "header", "sheet", "mapping", "dates", "rows", …
        text: One sentence without personal data.
        warning: Whether a person should look twice.
    """

    topic: str
    text: str
    warning: bool = False


@dataclass(frozen=True)
class CellError:
    """One reason why a row has no FreedomID.

    Attributes:
        field: A name of FIELDS, or "" for the whole row.
        code: Stable, machine-readable: starts with the field's name, or with "row_"/"api_".
        message: What, which value, what to do. Holds personal data: for the output, never for a log.
    """

    field: str
    code: str
    message: str


class Outcome(NamedTuple):
    """What became of one row; the journal stores it, the output shows it.

    Attributes:
        status: The one word.
        freedom_id: "" where there is none.
        errors: Why there is none.
        note: What to look at.
        prints: Of the user's fields as they were sent, for ``journal.ledger.field_prints``; b"": not known. Of an
            update that was refused: those of before, put ``instead_of`` what the ledger has had since it left.
        replaces: The phone (keyed hash) that the user had before this row's; b"": none.
        doubt: Of a row that the API refuses: whether an earlier request of ours may have created its user all the same.
    """

    status: Status
    freedom_id: str = ""
    errors: tuple[CellError, ...] = ()
    note: str = ""
    prints: bytes = b""
    replaces: bytes = b""
    doubt: bool = False
    instead_of: bytes = b""


@dataclass(frozen=True)
class KnownUser:
    """A user that an earlier run created, as the ledger has it.

    Attributes:
        freedom_id: The FreedomID.
        phone: Keyed hash of the phone.
        prints: See ``journal.ledger.field_prints``; b"": not known.
        run: Number of the run that created (or last updated) it.
        at: When, in seconds since 1970.
    """

    freedom_id: str
    phone: bytes = b""
    prints: bytes = b""
    run: int = 0
    at: int = 0


@dataclass(frozen=True)
class Cause:
    """One kind of trouble across the file, for the summary.

    Attributes:
        code: The code of the issue or error.
        field: The field concerned, or "".
        severity: error or warning.
        count: Rows concerned.
        first_rows: The first row numbers, five at most, ascending.
        values: The most frequent wrong values, each with how many cells hold it; none where nobody counted them.
            Personal data, until the summary masks them.
    """

    code: str
    field: str
    severity: Severity
    count: int
    first_rows: tuple[int, ...]
    values: tuple[tuple[str, int], ...] = ()


def repeated_ids(causes: Iterable[Cause]) -> int:
    """How many rows were given a FreedomID that is another phone's as well, or nobody's."""
    return sum(cause.count for cause in causes if cause.code == REPEATED_ID)


@dataclass(frozen=True)
class Changes:
    """What has become of the users of a file since they were sent, as its plan found it.

    Attributes:
        new: Rows of users that no run knows.
        same: Of known users, those whose fields are as they were sent (or of which nothing was known).
        changed: Those of which a filled field is not, or may not be: an update was sent, and its answer was lost.
        other_names: Known phones whose names are another person's.
        fields: Field → in how many rows it has changed.
        missing: Users of the source's last finished run who are not in this file; None where nobody looked.
        samples: Row → changed fields with their new values, masked.
    """

    new: int = 0
    same: int = 0
    changed: int = 0
    other_names: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    missing: int | None = None
    samples: tuple[tuple[int, Mapping[str, str]], ...] = ()


@dataclass(frozen=True)
class Summary:
    """The end of a command, for a person (table) and for a program (``--json``).

    No personal data, unless the operator asked for values in the ``preview`` of a check (row number → body) and in the
    causes. ``created_before`` of the created rows an earlier command of this run created; ``saved_by_drop`` invalid
    rows are that for optional fields alone. ``api`` is the address that the run's users were created at. ``throttled``:
    requests answered 429. ``repeated``: the same content was imported before. ``stopped``: what ended a run too early.
    """

    command: str
    run: str
    rows: int
    statuses: Mapping[Status, int]
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...]
    exit_code: int
    output: str = ""
    rejected: str = ""
    rejected_workbook: str = ""
    message: str = ""
    seconds: float = 0.0
    requests: int = 0
    throttled: int = 0
    outages: int = 0
    repeated: bool = False
    preview: tuple[tuple[int, Mapping[str, str]], ...] = ()
    stopped: "Stopped | None" = None
    created_before: int = 0
    saved_by_drop: int = 0
    api: str = ""
    changes: Changes | None = None


def empty_issues() -> "pd.DataFrame":
    """An issue frame (ISSUE_COLUMNS) without records."""
    return _no_issues().copy()


def issues_of(records: "Iterable[tuple[int, str, str, str, str, str]]") -> "pd.DataFrame":
    """An issue frame of its records, each in the order of ISSUE_COLUMNS."""
    import pandas as pd  # noqa: PLC0415 (see _no_issues)

    found = pd.DataFrame(list(records), columns=list(ISSUE_COLUMNS))
    return found.astype(_no_issues().dtypes.to_dict())


@cache
def _no_issues() -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 (commands that show the history only must not pay for it)

    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in ISSUE_COLUMNS})
    return frame.astype({"row": "int64"})
