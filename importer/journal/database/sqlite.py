"""What is SQLite's own: a durable connection, transactions, result codes, the look at the pages.

``postgresql`` has the same names (see ``engine.DatabaseKind``); everything else speaks SQLAlchemy Core.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from importer.errors import StorageFailed
from importer.journal.database.location import Location
from importer.journal.integrity.keys import JournalKeys, load_key
from importer.messages.text import Text

Error = sqlite3.Error
"""What the driver raises where SQLAlchemy is not between."""

_PRAGMAS: Final = (
    "busy_timeout = 4000",  # ms to wait for another writer before the caller may be interrupted, and waits on
    "cache_size = -16000",  # KiB: most of a ledger's upper pages
    "journal_size_limit = 67108864",  # bytes that the log keeps once it has been brought into the file
    "secure_delete = ON",  # what was deleted is overwritten: a purge leaves no text in a free page
)

_DURABLE: Final = {
    "journal_mode": "wal",  # readers and the writer don't wait for each other
    "synchronous": 2,  # FULL: a commit is on the disk when it returns
}
"""What is set and read back on every connection that may write."""

_SPARE: Final = 16 << 20
"""Bytes that stay free for others."""

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_STORAGE: Final = {
    sqlite3.SQLITE_FULL: Text("the disk is full"),
    sqlite3.SQLITE_IOERR: Text("the disk reports an error"),
    sqlite3.SQLITE_CANTOPEN: Text("it or a file beside it cannot be opened (is the folder read-only?)"),
    sqlite3.SQLITE_READONLY: Text("it is read-only"),
    sqlite3.SQLITE_PERM: Text("permission is denied"),
    sqlite3.SQLITE_AUTH: Text("permission is denied"),
    sqlite3.SQLITE_NOMEM: Text("there is not enough memory"),
    sqlite3.SQLITE_BUSY: Text("another process keeps it busy"),
    sqlite3.SQLITE_LOCKED: Text("another process keeps it busy"),
}


def engine(location: Location, *, read_only: bool, keys: Callable[[], JournalKeys]) -> Engine:
    """Give the engine of an existing file. A connection of it that is not durable raises StorageFailed.

    ``read_only``: nothing is written, not even by a checkpoint: also for a damaged file. ``keys`` give what statements
    call ``mac``.
    """
    # values of cells must not reach an exception's text: hide_parameters
    made = create_engine(
        URL.create("sqlite", database=str(location.path)),
        creator=partial(_connect, location.path, read_only=read_only, mac=lambda *facts: keys().mac(*facts)),
        hide_parameters=True,
    )
    event.listen(made, "begin", _begin)
    return made


def keys(location: Location, fingerprint: str) -> JournalKeys:
    """Read the key file; see ``keys.load_key``."""
    return load_key(location.key, fingerprint)


def check_durable(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StorageFailed where a commit would not be on the disk when it returns."""
    for name, wanted in _DURABLE.items():
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != wanted:
            raise StorageFailed(
                "The journal {path} cannot be written safely: SQLite's {name} is {found} there, not {wanted}. "
                "Nothing was sent. Keep the journal on a local disk (not a network share): --journal names "
                "another.",
                path=path,
                name=name,
                found=found,
                wanted=wanted,
            )


def check_pages(connection: Connection, tables: Iterable[str] = ()) -> bool:
    """Whether the pages of some tables, or of the whole file, are as SQLite made them."""
    checks = [f"PRAGMA quick_check('{table}')" for table in tables] or ["PRAGMA quick_check(1)"]
    return all(connection.exec_driver_sql(check).scalar() == "ok" for check in checks)


def empty_log(database: Engine) -> None:
    """Bring what the write-ahead log holds into the file and empty it: it may still have what was deleted."""
    with closing(database.raw_connection()) as proxy:
        proxy.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def look_through(connection: Connection) -> None:
    """It goes by no statistics."""


def count_on(connection: Connection) -> None:
    """A table counts on by itself."""


def size(location: Location, _connection: Connection) -> int:
    """Bytes of the file."""
    return location.path.stat().st_size


def compact(database: Engine, location: Location, size: int) -> str:
    """Write the file anew, without free pages, where the disk has room for it twice; "" or why that was not done."""
    for place in (location.path.parent, Path(gettempdir())):
        if shutil.disk_usage(place).free < 2 * size + _SPARE:
            return Text("{place} has less than {mib:,} MiB free", place=place, mib=(2 * size + _SPARE) >> 20)
    database.dispose()  # other connections of this process close first
    with closing(database.raw_connection()) as proxy:
        proxy.cursor().execute("VACUUM")
    empty_log(database)
    return ""


def is_busy(exc: BaseException) -> bool:
    """Whether waiting may help: another connection holds the journal for the moment."""
    return _code(exc) in _BUSY


def is_full(exc: BaseException) -> bool:
    """Whether the disk is full, or may be: some quotas and file systems report no more than an error."""
    return _code(exc) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def reason_of(exc: BaseException) -> str | None:
    """What outside of the journal is in the way, for a person; None: its content is at fault."""
    return _STORAGE.get(_code(exc))


def reported(exc: BaseException) -> str:
    """What is wrong with the content, as far as SQLite says."""
    if _code(exc) == sqlite3.SQLITE_NOTADB:
        return Text("it is not a database")
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
