"""What the database and the file system can do to the journal, translated to the errors of this program: one place."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from importer.errors import BooksDontBalance, ImporterError, StorageFailed

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_STORAGE: Final = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_CANTOPEN: "it or a file beside it cannot be opened (is the folder read-only?)",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_PERM: "permission is denied",
    sqlite3.SQLITE_AUTH: "permission is denied",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_BUSY: "another process keeps it busy",
    sqlite3.SQLITE_LOCKED: "another process keeps it busy",
}


def is_busy(exc: BaseException) -> bool:
    """Whether waiting may help: another connection holds the journal for the moment."""
    return _code(exc) in _BUSY


def is_full(exc: BaseException) -> bool:
    """Whether freeing some space may help; some quotas and file systems report no more than an error."""
    return _code(exc) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR} or isinstance(exc, OSError)


def storage_failed(path: Path, reason: str) -> StorageFailed:
    """The error for a journal that cannot be written (or read) for a reason outside of it."""
    return StorageFailed(
        f"The journal {path} cannot be used: {reason}. Nothing more is sent. "
        "Put that right and give the same command again: it goes on where it stopped."
    )


def damaged(path: Path, reason: str) -> BooksDontBalance:
    """The error for a journal whose content cannot be trusted."""
    return BooksDontBalance(
        f"The journal {path} is damaged: {reason}. Nothing was sent and the file was left as it is. Restore it "
        "(with the files beside it) from a backup; or keep it aside and name a new one with --journal: "
        "users that it knew are then answered by the API as taken."
    )


def translate(exc: BaseException, path: Path) -> ImporterError:
    """Give the program's own error for one of sqlite3, SQLAlchemy or the operating system."""
    if isinstance(exc, OSError):
        return storage_failed(path, exc.strerror or type(exc).__name__)
    code = _code(exc)
    if code in _STORAGE:
        return storage_failed(path, _STORAGE[code])
    if code == sqlite3.SQLITE_NOTADB:
        return damaged(path, "it is not a database")
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    return damaged(path, getattr(original, "sqlite_errorname", "") or type(original).__name__)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise foreign errors of the block as StorageFailed or BooksDontBalance."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as exc:
        raise translate(exc, path) from exc


def _code(exc: BaseException) -> int:
    """Give SQLite's primary result code (its low byte), or -1."""
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    code = getattr(original, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1
