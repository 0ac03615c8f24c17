"""What the database and the file system can do to the journal, translated to the errors of this program: one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from importer.errors import BooksDontBalance, ImporterError, StorageFailed, UsageError
from importer.journal.database import sqlite, sqlstates
from importer.journal.database.location import Location

JournalPlace = Path | Location


def storage_failed(place: JournalPlace, reason: str) -> StorageFailed:
    """The error for a journal that cannot be written (or read) for a reason outside of it."""
    return StorageFailed(
        "The journal {path} cannot be used: {reason}. Nothing more is sent. Put that right and "
        "give the same command again: it goes on where it stopped.",
        path=place,
        reason=reason,
    )


def damaged(place: JournalPlace, reason: str) -> BooksDontBalance:
    """The error for a journal whose content cannot be trusted."""
    return BooksDontBalance(
        "The journal {path} is damaged: {reason}. Nothing was sent and the file was left as it "
        "is. Restore it (with the files beside it) from a backup; or keep it aside and name a "
        "new one with --journal: users that it knew are then answered by the API as taken.",
        path=place,
        reason=reason,
    )


def journal_error(exc: BaseException, place: JournalPlace) -> ImporterError:
    """Give the program's own error for one of SQLAlchemy, its driver or the operating system."""
    if isinstance(exc, OSError):
        return storage_failed(place, exc.strerror or type(exc).__name__)
    if sqlstates.is_refused(exc):
        return UsageError(
            "The database of the journal {path} refuses who asks: {reason}. Check user, database and password "
            "(PGPASSWORD, or ~/.pgpass).",
            path=place,
            reason=sqlstates.words_of(exc),
        )
    told = sqlstates if sqlstates.is_servers(exc) else sqlite
    reason = told.reason_of(exc)
    return storage_failed(place, reason) if reason else damaged(place, told.reported(exc))


@contextmanager
def journal_errors(place: JournalPlace) -> Iterator[None]:
    """Raise foreign errors of the block as StorageFailed, BooksDontBalance or UsageError."""
    try:
        yield
    except (DBAPIError, sqlite.Error, OSError) as exc:
        raise journal_error(exc, place) from exc


def is_busy(exc: BaseException) -> bool:
    """Whether waiting may help: somebody else holds the journal for the moment."""
    return sqlite.is_busy(exc) or sqlstates.is_busy(exc)


def is_full(exc: BaseException) -> bool:
    """Whether freeing some space may help; some quotas and file systems report no more than an error."""
    return sqlite.is_full(exc) or sqlstates.is_full(exc) or isinstance(exc, OSError)


def is_lost(exc: BaseException) -> bool:
    """Whether the connection to the database's server is gone, and another may be made."""
    return sqlstates.is_lost(exc)
