"""The five columns that an output adds, and the statuses of its rows: names alone, light to import."""

from enum import StrEnum
from typing import Final

RESULT_COLUMNS: Final = (
    "freedom_id",
    "import_status",
    "import_error_code",
    "import_error",
    "import_note",
)
"""What an output adds to the right of the input's own columns."""

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
