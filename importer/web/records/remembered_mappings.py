"""The mappings that people decided, remembered for files with the same header."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from importer.web.database import PageDatabase

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS mappings (
    header TEXT PRIMARY KEY, map TEXT NOT NULL, full_name TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL,
    file TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Remembered:
    """A mapping that somebody decided.

    Attributes:
        map: Texts of ``--map``.
        full_name: Of ``--full-name``.
        name: Who decided it.
        at: When, in seconds since 1970.
        file: For which file.
    """

    map: tuple[str, ...]
    full_name: str
    name: str
    at: float
    file: str


@dataclass(frozen=True)
class RememberedMappings:
    """The mappings of a page, by the texts of the header."""

    database: PageDatabase

    def of(self, header: Sequence[str]) -> Remembered | None:
        """What was decided for files with this header."""
        with self.database.reading() as db:
            found = db.execute("SELECT * FROM mappings WHERE header = ?", (_key(header),)).fetchone()
        if found is None:
            return None
        return Remembered(
            tuple(json.loads(found["map"])), found["full_name"], found["name"], found["at"], found["file"]
        )

    def remember(self, header: Sequence[str], requests: Sequence[str], full_name: str, name: str, file: str) -> None:
        """Take in a decision; it replaces an earlier one for the same header."""
        row = (_key(header), json.dumps(list(requests)), full_name, name, time.time(), file)
        with self.database.writing() as db:
            db.execute("INSERT OR REPLACE INTO mappings VALUES (?, ?, ?, ?, ?, ?)", row)

    def forget(self, header: Sequence[str]) -> None:
        """Forget what was decided for files with this header."""
        with self.database.writing() as db:
            db.execute("DELETE FROM mappings WHERE header = ?", (_key(header),))


def _key(header: Sequence[str]) -> str:
    folded = [" ".join(text.split()).casefold() for text in header]
    return hashlib.sha256(json.dumps(folded, ensure_ascii=False).encode()).hexdigest()
