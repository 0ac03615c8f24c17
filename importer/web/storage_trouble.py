"""What is wrong where the page's files cannot be read or written: the cause says whom to ask."""

import errno
import sqlite3
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from importer.errors import StorageFailed

NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
"""What SQLite says on a full disk: it cannot make the files that readers share, or grow them."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Trouble(StrEnum):
    """What is wrong; the name of its sentence in the page of errors."""

    NO_ROOM = "no-room"
    BUSY = "busy"
    DAMAGED = "damaged"
    OTHER = "storage"

    @property
    def status(self) -> int:
        """The status of the answer."""
        return HTTPStatus.SERVICE_UNAVAILABLE if self is Trouble.BUSY else HTTPStatus.INSUFFICIENT_STORAGE


def trouble_of(failure: StorageFailed) -> Trouble:
    """What is wrong, by what SQLite or the system said first."""
    cause = failure.__cause__
    while cause is not None:
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in NO_ROOM or (isinstance(cause, OSError) and cause.errno in _NO_ROOM):
            return Trouble.NO_ROOM
        if code in _BUSY:
            return Trouble.BUSY
        if code in _DAMAGED:
            return Trouble.DAMAGED
        cause = cause.__cause__
    return Trouble.OTHER
