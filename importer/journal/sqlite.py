"""What is SQLite's own: a durable connection, transactions, insert-or-update, result codes, the look at the pages.

Another database gets a module with the same names; everything else speaks SQLAlchemy Core.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError

from importer.errors import StorageFailed

__all__ = [
    "Error",
    "check_durable",
    "check_pages",
    "empty_log",
    "engine",
    "is_busy",
    "is_full",
    "reason_of",
    "reported",
    "upsert",
    "vacuum",
]

Error = sqlite3.Error
"""What the driver raises where SQLAlchemy is not between."""

_PRAGMAS: Final = (
    "busy_timeout = 10000",  # ms to wait for another writer before the caller may be interrupted, and waits on
    "cache_size = -16000",  # KiB: most of a ledger's upper pages
    "journal_size_limit = 67108864",  # bytes that the log keeps once it has been brought into the file
    "secure_delete = ON",  # what was deleted is overwritten: a purge leaves no text in a free page
)

_DURABLE: Final = {
    "journal_mode": "wal",  # readers and the writer don't wait for each other
    "synchronous": 2,  # FULL: a commit is on the disk when it returns
}
"""What is set and read back on every connection that may write."""

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


def engine(path: Path, *, read_only: bool, mac: Callable[..., bytes]) -> Engine:
    """Give the engine of an existing file. A connection of it that is not durable raises StorageFailed.

    ``read_only``: nothing is written, not even by a checkpoint: also for a damaged file. ``mac`` is what statements
    call by that name.
    """
    # values of cells must not reach an exception's text: hide_parameters
    made = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=partial(_connect, path, read_only=read_only, mac=mac),
        hide_parameters=True,
    )
    event.listen(made, "begin", _begin)
    return made


def check_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StorageFailed where a commit would not be on the disk when it returns."""
    for name, wanted in _DURABLE.items():
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != wanted:
            raise StorageFailed(
                f"The journal {path} cannot be written safely: SQLite's {name} is {found} there, not {wanted}. "
                "Nothing was sent. Keep the journal on a local disk (not a network share): --journal names another."
            )


def check_pages(connection: Connection, tables: Iterable[str] = ()) -> bool:
    """Whether the pages of some tables, or of the whole file, are as SQLite made them."""
    checks = [f"PRAGMA quick_check('{table}')" for table in tables] or ["PRAGMA quick_check(1)"]
    return all(connection.exec_driver_sql(check).scalar() == "ok" for check in checks)


def empty_log(database: Engine) -> None:
    """Bring what the write-ahead log holds into the file and empty it: it may still have what was deleted."""
    proxy = database.raw_connection()
    try:
        proxy.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        proxy.close()


def vacuum(database: Engine) -> None:
    """Write the file anew, without free pages, and empty the log; other connections of this process close first."""
    database.dispose()
    proxy = database.raw_connection()
    try:
        proxy.cursor().execute("VACUUM")
    finally:
        proxy.close()
    empty_log(database)


def is_busy(exc: BaseException) -> bool:
    """Whether waiting may help: another connection holds the journal for the moment."""
    return _code(exc) in _BUSY


def is_full(exc: BaseException) -> bool:
    """Whether freeing some space may help; some quotas and file systems report no more than an error."""
    return _code(exc) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR} or isinstance(exc, OSError)


def reason_of(exc: BaseException) -> str | None:
    """What outside of the journal is in the way, for a person; None: its content is at fault."""
    return _STORAGE.get(_code(exc))


def reported(exc: BaseException) -> str:
    """What is wrong with the content, as far as SQLite says."""
    if _code(exc) == sqlite3.SQLITE_NOTADB:
        return "it is not a database"
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    return getattr(original, "sqlite_errorname", "") or type(original).__name__


def _code(exc: BaseException) -> int:
    """Give the primary result code (the low byte), or -1."""
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    code = getattr(original, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1


def _connect(path: Path, *, read_only: bool, mac: Callable[..., bytes]) -> sqlite3.Connection:
    mode = "mode=rw"  # never a new, empty file where the journal has been moved away
    if read_only:
        # an unwritable folder without a WAL: SQLite could not make the files that readers share
        sealed = not os.access(path.parent, os.W_OK) and not _filled(path.with_name(path.name + "-wal"))
        mode = "immutable=1" if sealed else "mode=ro"
    target = f"{path.absolute().as_uri()}?{mode}"
    # no transactions of the driver's own: _begin makes them
    connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.create_function("mac", -1, mac, deterministic=True)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not read_only:
            for name, wanted in _DURABLE.items():
                connection.execute(f"PRAGMA {name} = {wanted}")
            check_durable(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    """Take the write lock at once where it will be needed: a transaction that is begun does not fail for others."""
    writing = connection.get_execution_options().get("journal_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _filled(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
