"""How many phones of a file the ledger knows: a forecast must not wait for the database library."""

import sqlite3
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from importer.journal.glance import FINGERPRINT, opened
from importer.journal.keys import PhoneKeys, load_key
from importer.journal.lookup import LEDGER, UNFOLDED, count, holds_any, number_of, unfold
from importer.journal.places import beside, path_of

if TYPE_CHECKING:
    from importer.journal.journal import Journal


class KnownCounter:
    """Counts phones that a journal's ledger knows, and writes nothing; to be closed.

    A plain, sound journal is asked with the driver alone. Any other is left to ``Journal``, which says why.

    Args:
        location: Of a journal that is there.
        api: The address that its ledger is keyed by.

    Raises:
        UsageError, StorageFailed, BooksDontBalance: here or later, as ``Journal.open`` and ``Journal.known`` do.
    """

    def __init__(self, location: str, api: str) -> None:
        self._location, self._api = location, api
        self._journal: Journal | None = None
        self._seen = _seen(path_of(location), api)
        if self._seen is None:
            self._open_journal()

    def close(self) -> None:
        """Close the journal."""
        for held in (self._seen, self._journal):
            if held is not None:
                held.close()

    @property
    def is_empty(self) -> bool:
        """Whether no phone at all can be known on this API, as far as that is soon told."""
        return self._seen is not None and not self._seen.tables

    def count(self, phones: Sequence[str]) -> int:
        """How many of these phones, each another, an earlier run created."""
        if self._seen is not None:
            try:
                return self._seen.count(phones)
            except (sqlite3.Error, OSError):
                self._seen.close()
                self._seen = None
        return len(self._open_journal().known(self._api, phones))

    def _open_journal(self) -> "Journal":
        if self._journal is None:
            from importer.journal.journal import Journal  # noqa: PLC0415 (the database library loads here)

            self._journal = Journal.open(self._location, read_only=True)
        return self._journal


class _SeenLedger:
    """A ledger seen with the driver alone; its methods raise sqlite3.Error and OSError as they come.

    Attributes:
        tables: Those that hold a phone for the API.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, api: str) -> None:
        self._connection, self._path = connection, path
        self._api = number_of(connection, api)
        self.tables: list[str] = []
        if self._api is not None:
            connection.execute("PRAGMA cache_size = -16000")  # KiB: as the journal's own connections
            unfold(connection)
            self.tables = [table for table in (LEDGER, UNFOLDED) if holds_any(connection, table, self._api)]

    def close(self) -> None:
        self._connection.close()

    def count(self, phones: Sequence[str]) -> int:
        if self._api is None or not self.tables or not phones:
            return 0
        return count(self._connection, self.tables, self._api, map(self._keys.of, phones))

    @cached_property
    def _keys(self) -> PhoneKeys:
        (fingerprint,) = self._connection.execute(FINGERPRINT).fetchone()
        return load_key(beside(self._path, "key"), fingerprint)


def _seen(path: Path, api: str) -> _SeenLedger | None:
    connection = opened(path)
    if connection is None:
        return None
    try:
        return _SeenLedger(connection, path, api)
    except sqlite3.Error:
        connection.close()
        return None
