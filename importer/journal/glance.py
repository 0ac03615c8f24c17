"""A look at a journal with the driver alone: a list of its runs must not wait for the database library."""

import sqlite3
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Final

from importer.errors import BooksDontBalance
from importer.journal.runs import BEGINNING, NEWEST, Run, run_of
from importer.journal.states import SCHEMA_VERSION

_MOST: Final = 50
_SMALL_TABLES: Final = ("meta", "apis", "runs")
TABLES: Final = frozenset({*_SMALL_TABLES, "rows", "remarks", "ledger", "arrivals"})
"""The journal's tables."""
FINGERPRINT: Final = "SELECT value FROM meta WHERE name = 'key_fingerprint'"


def glance(path: Path, prefix: str | None = None) -> list[Run] | None:
    """Give the newest runs, newest first, or the only one whose id begins with ``prefix``.

    None where the journal is not a plain, sound one of this version, or where there is no such run or several:
    ``Journal`` says why. Writes nothing.
    """
    connection = opened(path)
    if connection is None:
        return None
    try:
        with closing(connection):
            if prefix is None:
                return [run_of(record) for record in connection.execute(NEWEST, (_MOST,))]
            found = connection.execute(BEGINNING, (prefix.lower(),)).fetchall()
            return [run_of(found[0])] if prefix and len(found) == 1 else None
    except (sqlite3.Error, UnicodeError, BooksDontBalance):
        return None


def opened(path: Path) -> sqlite3.Connection | None:
    """Give a connection that only reads, to be closed; None where the journal is not a plain, sound one."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error:
        return None
    with ExitStack() as stack:
        stack.callback(connection.close)
        with suppress(sqlite3.Error):
            if _is_sound(connection):
                stack.pop_all()
                return connection
    return None


def _is_sound(connection: sqlite3.Connection) -> bool:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names >= TABLES:
        return False
    facts = dict(connection.execute("SELECT name, value FROM meta").fetchall())
    if facts.get("schema_version") != str(SCHEMA_VERSION) or "key_fingerprint" not in facts:
        return False
    checks = (f"PRAGMA quick_check('{name}')" for name in _SMALL_TABLES)
    return all(connection.execute(check).fetchone() == ("ok",) for check in checks)
