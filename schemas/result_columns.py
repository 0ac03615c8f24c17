"""The columns that an output adds, a row each, and the statuses of its rows: light to import.

What else is said of a result column derives from its row here; what its cells hold is made in ``reporting/results.py``.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

UUID: Final = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"

IMPORT_ROW: Final = "import_row"
"""What a rejected file has besides, left of them: the number that the row had in the original file."""


class Status(StrEnum):
    """What became of a row; exactly one per row of the output."""

    CREATED = "created"
    ALREADY_IMPORTED = "already_imported"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    EXISTS = "exists"
    UNCONFIRMED = "unconfirmed"
    REJECTED = "rejected"
    FAILED = "failed"
    UPDATED = "updated"
    NOT_SENT = "not_sent"


class ResultColumn(NamedTuple):
    """One column that an output adds.

    Attributes:
        name: Its header.
        width: In a workbook, in characters.
        hint: What the header's comment says.
        pattern: What each of its cells matches; "" for any text. Rules over several columns: ``result.py``.
        error: Code of the check of its pattern.
        marks: Whether an output is known by it: False of a column that was added later, which outputs of before lack.
    """

    name: str
    width: int
    hint: str
    pattern: str = ""
    error: str = ""
    marks: bool = True


RESULT_TABLE: Final = (
    ResultColumn(
        "freedom_id",
        38,
        "The person's FreedomID, where the import gave one.",
        pattern=f"(?:{UUID})?",
        error="freedom_id_form",
    ),
    ResultColumn(
        "import_status",
        17,
        "What became of the row: filter here. invalid, duplicate and rejected are for a person to mend: "
        "correct the cells and import this file again; only rows without a FreedomID are sent.",
        pattern="|".join(Status),
        error="import_status_unknown",
    ),
    ResultColumn("import_error_code", 26, "The kind of error, the same for all rows with it: sort or filter by it."),
    ResultColumn("import_error", 60, "What is wrong, with which value, and what to do."),
    ResultColumn("import_note", 50, "What was understood differently from how it is written: raw → clean."),
)
"""In their order, right of the input's own columns. A new one comes last."""

RESULT_COLUMNS: Final = tuple(column.name for column in RESULT_TABLE)

RESULT_COLUMN_OF: Final = {column.name: column for column in RESULT_TABLE}

OUTPUT_MARKS: Final = tuple(column.name for column in RESULT_TABLE if column.marks)
"""The names that every output has side by side, one of before included."""


def is_output(header: Iterable[str]) -> bool:
    """Whether a header is an output's, also where a person has moved its columns since."""
    return set(OUTPUT_MARKS) <= {text.strip() for text in header}
