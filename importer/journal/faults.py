"""What the database and the file system can do to the journal, translated to the errors of this program: one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from importer.errors import BooksDontBalance, ImporterError, StorageFailed
from importer.journal import sqlite
from importer.messages.text import Text


def storage_failed(path: Path, reason: str) -> StorageFailed:
    """The error for a journal that cannot be written (or read) for a reason outside of it."""
    return StorageFailed(
        Text(
            "The journal {path} cannot be used: {reason}. Nothing more is sent. Put that right and "
            "give the same command again: it goes on where it stopped.",
            path=path,
            reason=reason,
        )
    )


def damaged(path: Path, reason: str) -> BooksDontBalance:
    """The error for a journal whose content cannot be trusted."""
    return BooksDontBalance(
        Text(
            "The journal {path} is damaged: {reason}. Nothing was sent and the file was left as it "
            "is. Restore it (with the files beside it) from a backup; or keep it aside and name a "
            "new one with --journal: users that it knew are then answered by the API as taken.",
            path=path,
            reason=reason,
        )
    )


def translate(exc: BaseException, path: Path) -> ImporterError:
    """Give the program's own error for one of SQLAlchemy, its driver or the operating system."""
    if isinstance(exc, OSError):
        return storage_failed(path, exc.strerror or type(exc).__name__)
    reason = sqlite.reason_of(exc)
    return storage_failed(path, reason) if reason else damaged(path, sqlite.reported(exc))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise foreign errors of the block as StorageFailed or BooksDontBalance."""
    try:
        yield
    except (DBAPIError, sqlite.Error, OSError) as exc:
        raise translate(exc, path) from exc
