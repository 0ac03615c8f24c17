"""A session with PostgreSQL, as the journal needs it."""

import os
import socket
from collections.abc import Callable
from typing import Any, Final

from importer.errors import ImporterError, StorageFailed, UsageError
from importer.journal.database.location import Location
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.mac_function import SETTING, ServerKeys
from importer.messages.text import Text

try:
    import psycopg
except ImportError as missing:
    raise UsageError(
        Text("A journal on PostgreSQL needs its driver: pip install 'freedom-id-importer[cluster]'.")
    ) from missing

_CLIENT: Final[dict[str, Any]] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How soon this side notices that the other one is gone: within 25 s."""

_SESSION: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",  # ms: what a host that died held is free within 30 s
    "idle_in_transaction_session_timeout": "30s",  # likewise of a process that was stopped in a transaction
    "lock_timeout": "10s",  # to wait for another writer before the caller may be interrupted, and waits on
    "statement_timeout": "0",  # an audit of millions of rows takes what it takes
    "work_mem": "256MB",  # a set of millions of phones that others are not among (NOT IN) stays a hash, else quadratic
    "client_min_messages": "warning",
}

WRITING: Final = psycopg.IsolationLevel.READ_COMMITTED
"""Writers come one after the other, so each statement sees what all before it wrote."""
READING: Final = psycopg.IsolationLevel.REPEATABLE_READ

_CONNECTING: Final = 10
"""Seconds until a host that does not answer is given up."""

_OLDEST: Final = 130_000
"""PostgreSQL 13: what is older is not tried."""


def understood(location: Location) -> None:
    """Refuse an address that the driver does not understand, before it is used."""
    try:
        psycopg.conninfo.conninfo_to_dict(location.server)
    except psycopg.Error as exc:
        raise UsageError(
            "PostgreSQL's driver does not understand the address of the journal {journal}: {told}",
            journal=location,
            told=str(exc).strip(),
        ) from exc


def connect(location: Location, keys: Callable[[], JournalKeys]) -> "psycopg.Connection[Any]":
    """Open a session that is durable, frees what it holds when its host is gone, and knows the key of MACs.

    Raises:
        psycopg.Error: It cannot be made. UsageError: the server, or what stands before it, cannot serve.
        StorageFailed: A commit would not be on the disk.
    """
    who = f"importer {socket.gethostname()[:40]}:{os.getpid()}"
    connection = _opened(location, who)
    try:
        settings = dict(_SESSION)
        if (key := _setting_of(keys)) is not None:
            settings[SETTING] = key
        told = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        connection.execute(f"SELECT {told}", [each for setting in settings.items() for each in setting])
        _check(connection, location)
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(location: Location, who: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(
        location.server,
        autocommit=True,
        application_name=who,
        client_encoding="utf8",
        connect_timeout=_CONNECTING,
        **_CLIENT,
    )


def _setting_of(keys: Callable[[], JournalKeys]) -> str | None:
    """The key of check values, where it is there: the history of runs can be read without."""
    try:
        found = keys()
    except ImporterError:
        return None
    return found.setting if isinstance(found, ServerKeys) else None


def _changes_sessions(connection: "psycopg.Connection[Any]", location: Location, pid: int) -> bool:
    """Whether a pooler gives what this session is to another one, between two transactions of this one."""
    asked = "SELECT pg_backend_pid()"
    with _opened(location, "importer pooler check") as other, other.transaction():
        if other.execute(asked).fetchone() == (pid,):
            return True
        return connection.execute(asked).fetchone() != (pid,)


def _check(connection: "psycopg.Connection[Any]", location: Location) -> None:
    """Refuse a server that cannot keep the journal's promises."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    told = connection.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('server_version_num')::int, "
        "current_setting('server_encoding'), current_schema(), pg_backend_pid()"
    ).fetchone()
    durable, version, encoding, schema, pid = told or ("off", 0, "", None, 0)
    if pid != connection.info.backend_pid and _changes_sessions(connection, location, pid):
        raise UsageError(
            "Before the database of the journal {journal} stands a pooler that gives each transaction another "
            "session (pgbouncer: pool_mode = transaction): locks would get lost. Name the database itself, or a "
            "pool with pool_mode = session.",
            journal=location,
        )
    if version < _OLDEST:
        raise UsageError(
            "The journal {journal} is on PostgreSQL {found}: 13 or newer is needed.",
            journal=location,
            found=version // 10_000,
        )
    if encoding != "UTF8":
        raise UsageError(
            "The database of the journal {journal} is encoded in {found}: make one with ENCODING 'UTF8'.",
            journal=location,
            found=encoding,
        )
    if schema is None:
        raise UsageError("In the database of the journal {journal} there is no schema to write to.", journal=location)
    if durable == "off":
        raise StorageFailed(
            "The journal {journal} cannot be written safely: synchronous_commit is off there and cannot be "
            "switched on. Nothing was sent. Switch it on for this user and database.",
            journal=location,
        )
