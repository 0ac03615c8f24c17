"""What is known of an upload and what people changed in it, kept on the server as it is made.

A change is what one person did at once, in one cell or in three thousand. The text of a cell is that of the newest
change that was not undone: so undoing is one mark, and whatever others wrote there before or since stays what it is.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from importer.errors import StorageFailed
from importer.reading.corrections import Correction
from importer.web.database import PageDatabase

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    row INTEGER PRIMARY KEY, status TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL, cells TEXT NOT NULL,
    reading TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rows_phone ON rows (phone) WHERE phone <> '';
CREATE INDEX IF NOT EXISTS rows_email ON rows (email) WHERE email <> '';
CREATE INDEX IF NOT EXISTS rows_status ON rows (status, row);
CREATE TABLE IF NOT EXISTS problems (
    row INTEGER NOT NULL, field TEXT NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL, severity TEXT NOT NULL,
    value TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS problems_row ON problems (row);
CREATE INDEX IF NOT EXISTS problems_cause ON problems (severity, code, field, value, row);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, at REAL NOT NULL, what TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS edits (
    change INTEGER NOT NULL, row INTEGER NOT NULL, position INTEGER NOT NULL, raw TEXT NOT NULL, text TEXT NOT NULL,
    sent_instead INTEGER NOT NULL, PRIMARY KEY (change, row, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS edits_cell ON edits (row, position, change);
CREATE VIEW IF NOT EXISTS corrections AS
    SELECT e.row AS row, e.position AS position, e.raw AS raw, e.text AS text, e.sent_instead AS sent_instead,
        max(e.change) AS change, c.who AS who, c.at AS at
    FROM edits e JOIN changes c ON c.number = e.change WHERE NOT c.undone GROUP BY e.row, e.position;
"""


@dataclass(frozen=True)
class Edit:
    """A cell that is changed: what the file has there, what is to stand there, and the row that is sent instead."""

    row: int
    position: int
    raw: str
    text: str
    sent_instead: int = 0


@dataclass(frozen=True)
class Change:
    """What somebody did at once: ``cells`` of it; ``what`` is the text that was put in."""

    number: int
    who: str
    at: float
    what: str
    cells: int


@dataclass(frozen=True)
class Draft:
    """The draft of one upload."""

    database: PageDatabase

    @classmethod
    def of(cls, folder: Path) -> "Draft":
        """The draft in an upload's folder; made where it is missing."""
        draft = cls(PageDatabase(folder / "draft.db", SCHEMA))
        if not draft.database.path.exists():
            draft.database.prepare()
        return draft

    def fact(self, name: str, default: Any = None) -> Any:
        """Something that was found out or decided, as JSON has it."""
        with self.database.reading() as db:
            return fact(db, name, default)

    def record(self, **facts: Any) -> None:
        """Keep facts; None forgets one."""
        with self.database.writing() as db:
            record(db, **facts)

    def corrections(self) -> dict[tuple[int, int], Correction]:
        """The corrections in force."""
        with self.database.reading() as db:
            return corrections(db)

    def changes(self) -> int:
        """A number that grows whenever anybody changes or undoes something."""
        with self.database.reading() as db:
            return changes(db)

    def known_until_changed(self, name: str, find: Callable[[sqlite3.Connection], Any]) -> Any:
        """What ``find`` makes of the rows, as JSON has it: of 200,000 wrong rows that takes a second, so it is kept."""
        with self.database.reading() as db:
            at, kept = changes(db), fact(db, name)
            if kept is not None and kept["changes"] == at:
                return kept["found"]
            found = find(db)
        with suppress(StorageFailed):  # it is found again
            self.record(**{name: {"changes": at, "found": found}})
        return found

    def last_change(self, who: str) -> Change | None:
        """The newest change of somebody's own that was not undone."""
        with self.database.reading() as db:
            return last_change(db, who)


def changes(db: sqlite3.Connection) -> int:
    """As ``Draft.changes``."""
    found: int = db.execute("SELECT ifnull(max(number), 0) + ifnull(sum(undone), 0) FROM changes").fetchone()[0]
    return found


def fact(db: sqlite3.Connection, name: str, default: Any = None) -> Any:
    """As ``Draft.fact``."""
    found = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return default if found is None else json.loads(found["value"])


def record(db: sqlite3.Connection, **facts: Any) -> None:
    """As ``Draft.record``."""
    for name, value in facts.items():
        if value is None:
            db.execute("DELETE FROM facts WHERE name = ?", (name,))
        else:
            text = json.dumps(value, ensure_ascii=False)
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text))


def corrections(db: sqlite3.Connection, rows: Sequence[int] | None = None) -> dict[tuple[int, int], Correction]:
    """The corrections in force, of all rows or of some; those that say what the file says are none."""
    where = "" if rows is None else "WHERE row IN (SELECT value FROM json_each(?))"
    found = db.execute(f"SELECT * FROM corrections {where}", () if rows is None else (json.dumps(rows),))  # noqa: S608 (a constant)
    return {
        (each["row"], each["position"]): Correction(each["raw"], each["text"], each["who"], each["sent_instead"])
        for each in found
        if each["text"] != each["raw"] or each["sent_instead"]
    }


def add_change(db: sqlite3.Connection, who: str, what: str, edits: Iterable[Edit]) -> int:
    """Record a change; its number."""
    number = db.execute("INSERT INTO changes (who, at, what) VALUES (?, ?, ?)", (who, time.time(), what)).lastrowid
    assert number is not None  # noqa: S101 (a row was inserted)
    db.executemany(
        "INSERT INTO edits VALUES (?, ?, ?, ?, ?, ?)",
        ((number, each.row, each.position, each.raw, each.text, each.sent_instead) for each in edits),
    )
    return number


def undo_change(db: sqlite3.Connection, number: int) -> list[int]:
    """Undo a change; the rows that it was made in."""
    db.execute("UPDATE changes SET undone = 1 WHERE number = ?", (number,))
    return [row["row"] for row in db.execute("SELECT DISTINCT row FROM edits WHERE change = ?", (number,))]


def last_change(db: sqlite3.Connection, who: str) -> Change | None:
    """As ``Draft.last_change``."""
    found = db.execute(
        "SELECT c.*, (SELECT count(*) FROM edits e WHERE e.change = c.number) AS cells FROM changes c "
        "WHERE who = ? AND NOT undone ORDER BY number DESC LIMIT 1",
        (who,),
    ).fetchone()
    return Change(found["number"], found["who"], found["at"], found["what"], found["cells"]) if found else None
