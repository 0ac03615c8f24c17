"""Who is let in: keys that let somebody in once, and the sessions that they become.

Neither a key nor a session's secret is on the disk: only what they hash to.
"""

import hashlib
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from importer.errors import StorageFailed
from importer.web.access.roles import Role
from importer.web.database import PageDatabase

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keys (hash TEXT PRIMARY KEY, name TEXT NOT NULL, made_at REAL NOT NULL, used_at REAL);
CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, csrf TEXT NOT NULL, seen_at REAL NOT NULL,
    since TEXT NOT NULL
);
"""

IDLE: Final = 12 * 3600
"""Seconds after which a session that nobody uses has ended."""

_SEEN_EVERY: Final = 60
"""Seconds between two records of a session's use: not every page writes to the disk."""

KEY_LIFE: Final = 24 * 3600
"""Seconds in which a key can be used."""


@dataclass(frozen=True)
class Session:
    """Somebody who is using the page.

    Attributes:
        name: As changes are signed with it.
        role: What they may do.
        csrf: What each form of theirs carries.
        since: When the password was set that it began with; "" for a key.
    """

    name: str
    role: Role
    csrf: str
    since: str = ""


@dataclass(frozen=True)
class Sessions:
    """The keys and sessions of a page."""

    database: PageDatabase

    def new_key(self) -> str:
        """A key that lets one person in, once; one that nobody used is void from now on."""
        key = secrets.token_urlsafe(32)
        with self.database.writing() as db:
            db.execute("DELETE FROM keys WHERE used_at IS NULL")
            number = db.execute("SELECT count(*) FROM keys").fetchone()[0] + 1
            name = "operator" if number == 1 else f"operator-{number}"
            db.execute("INSERT INTO keys VALUES (?, ?, ?, NULL)", (_hash(key), name, time.time()))
        return key

    def enter(self, key: str) -> str | None:
        """The secret of the session that a key becomes; None where it is none, was used, or is too old."""
        now = time.time()
        with self.database.writing() as db:
            found = db.execute(
                "SELECT name FROM keys WHERE hash = ? AND used_at IS NULL AND made_at > ?", (_hash(key), now - KEY_LIFE)
            ).fetchone()
            if found is None:
                return None
            db.execute("UPDATE keys SET used_at = ? WHERE hash = ?", (now, _hash(key)))
        return self.begin(found["name"], Role.ADMIN)

    def begin(self, name: str, role: Role, since: str = "") -> str:
        """The secret of a new session; ``since``: of the account's password."""
        secret, now = secrets.token_urlsafe(32), time.time()
        with self.database.writing() as db:
            db.execute("DELETE FROM sessions WHERE seen_at < ?", (now - IDLE,))
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
                (_hash(secret), name, role, secrets.token_urlsafe(32), now, since),
            )
        return secret

    def of(self, secret: str) -> Session | None:
        """The session of a secret, while it lasts."""
        now = time.time()
        with self.database.reading() as db:
            found = db.execute("SELECT * FROM sessions WHERE hash = ?", (_hash(secret),)).fetchone()
        if found is None or found["seen_at"] < now - IDLE:
            return None
        if found["seen_at"] < now - _SEEN_EVERY:
            with suppress(StorageFailed), self.database.writing() as db:  # on a full disk they can still look
                db.execute("UPDATE sessions SET seen_at = ? WHERE hash = ?", (now, _hash(secret)))
        return Session(found["name"], Role(found["role"]), found["csrf"], found["since"])

    def count(self) -> int:
        """How many there are that have not ended."""
        with self.database.reading() as db:
            found = db.execute("SELECT count(*) FROM sessions WHERE seen_at >= ?", (time.time() - IDLE,)).fetchone()
        return int(found[0])

    def end(self, secret: str) -> None:
        """End a session."""
        with self.database.writing() as db:
            db.execute("DELETE FROM sessions WHERE hash = ?", (_hash(secret),))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
