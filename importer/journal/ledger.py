"""The ledger: which phone has which FreedomID on which API, across all runs.

See ``tables.ARRIVALS`` for why it is two tables.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from importer.journal.database import Database, begin_immediate
from importer.journal.faults import translated
from importer.journal.keys import PhoneKeys, id_from_bytes, load_key
from importer.journal.lookup import ARRIVED, LEDGER, UNFOLDED, holds_any, look_up, number_of, unfold
from importer.journal.states import IN_DOUBT

_FOLDED_AT_ONCE: Final = 5000
"""Rows entered in one transaction: others wait for it, some 10 ms, 200 ms at worst in a ledger of millions."""

_REMEMBERED: Final = 100_000
"""Entries of other runs that a sending run keeps in memory."""

_OF_OTHERS: Final = (
    "SELECT u.api, r.phone, r.freedom_id FROM arrivals a "
    "CROSS JOIN runs u ON u.number = a.run CROSS JOIN rows r ON r.run = a.run AND r.row = a.row "
    "WHERE a.number > ? AND a.number <= ? AND a.run <> ? AND r.phone IS NOT NULL ORDER BY a.number"
)

_ENTER: Final = (
    "INSERT INTO ledger (api, phone, freedom_id, run, row, at) "
    "SELECT api, phone, freedom_id, run, row, at FROM temp.folded WHERE rowid BETWEEN ? AND ? ORDER BY rowid "
    "ON CONFLICT (api, phone) DO UPDATE SET "
    "freedom_id = excluded.freedom_id, run = excluded.run, row = excluded.row, at = excluded.at "
    "WHERE excluded.at >= ledger.at"
)

_DOUBTFUL: Final = (
    "SELECT 1 FROM rows JOIN runs ON runs.number = rows.run "  # noqa: S608 (a constant of ours)
    f"WHERE rows.phone = ? AND {IN_DOUBT.replace('state', 'rows.state')} "
    "AND runs.api = ? AND NOT (rows.run = ? AND rows.row = ?) LIMIT 1"
)


class Ledger:
    """The ledger of one journal.

    Args:
        database: The journal's file.
        key_path: Where the key of its hashes lies; read when first needed.
        fingerprint: Of the key that it must be.
    """

    def __init__(self, database: Database, key_path: Path, fingerprint: str) -> None:
        self._database = database
        self._key_path = key_path
        self._fingerprint = fingerprint
        self._keys: PhoneKeys | None = None
        self._arrived: sqlite3.Connection | None = None
        self._followed: Following | None = None
        self._apis: dict[str, int] = {}

    def close(self) -> None:
        """Close what it holds open of its own."""
        if self._arrived is not None:
            self._arrived.close()
            self._arrived = None

    def keys(self) -> PhoneKeys:
        """Give the hasher of phones.

        Raises:
            UsageError: The key file is missing.
            BooksDontBalance: It is another journal's.
        """
        if self._keys is None:
            with translated(self._key_path):
                self._keys = load_key(self._key_path, self._fingerprint)
        return self._keys

    def known(self, api: str, phones: Sequence[str]) -> dict[str, str]:
        """Give phone → FreedomID; see ``Journal.known``."""
        number = self._api_number(api)
        if number is None or not phones:
            return {}
        if self._followed is None:
            self.fold()
        with self._database.direct() as connection:
            sources = [(connection, LEDGER)]
            if self._database.read_only:
                sources.append((self._unfolded(), UNFOLDED))
            if self._followed is not None and self._followed.catch_up(connection):
                self.fold()
                self._followed.arrived.clear()
            arrived = self._followed.arrived if self._followed is not None else {}
            held = [source for source in sources if holds_any(*source, number)]
            if not held and not arrived:
                return {}
            by_hash = {self.keys().of(phone): phone for phone in phones if phone}
            found = {by_hash[key]: arrived[number, key] for key in by_hash if (number, key) in arrived}
            for source in held:
                found.update((by_hash[key], known) for key, known in look_up(*source, number, by_hash))
            return found

    def follow(self, run: int | None) -> None:
        """While rows of a run are in flight, see what other runs enter, and write nothing; None: no more."""
        self._followed = None if run is None else Following(run)

    def in_doubt(self, api: str, phone: str, run: int, row: int) -> bool:
        """Whether a row but this one may have created the phone; see ``Journal.in_doubt``."""
        number = self._api_number(api)
        values = (self.keys().of(phone), number, run, row)
        with self._database.direct() as connection:
            return connection.execute(_DOUBTFUL, values).fetchone() is not None

    def fold(self) -> None:
        """Sort what arrived into the ledger, unless the journal is read-only."""
        if not self._database.read_only:
            with self._database.direct() as connection:
                _fold(connection)

    def _api_number(self, address: str) -> int | None:
        if address not in self._apis:
            with self._database.direct() as connection:
                number = number_of(connection, address)
            if number is None:
                return None
            self._apis[address] = number
        return self._apis[address]

    def _unfolded(self) -> sqlite3.Connection:
        """Give a connection that has UNFOLDED: how a read-only journal sees what arrived."""
        if self._arrived is None:
            self._arrived = self._database.private()
            with translated(self._database.path):
                unfold(self._arrived)
        return self._arrived


class Following:
    """What other runs entered since this one began to send: read on from where it was left, never written.

    A run asks for a phone when the API calls it taken, in the midst of its traffic: sorting what arrived into the
    ledger then would make the event loop wait for the disk. A row of its own can't be what it looks for.

    Args:
        run: The number of the run that is sending.
    """

    def __init__(self, run: int) -> None:
        self._run = run
        self._seen = 0
        self.arrived: dict[tuple[int, bytes], str] = {}

    def catch_up(self, connection: sqlite3.Connection) -> bool:
        """Read what is new; True when it has become too much to be remembered and is better folded."""
        (last,) = connection.execute("SELECT max(number) FROM arrivals").fetchone()
        if last is not None and last > self._seen:
            for api, phone, freedom_id in connection.execute(_OF_OTHERS, (self._seen, last, self._run)):
                self.arrived[api, phone] = id_from_bytes(freedom_id)
            self._seen = last
        return len(self.arrived) > _REMEMBERED


def _fold(connection: sqlite3.Connection) -> None:
    """Enter all arrivals. Safe to be killed at any moment, and to run in several processes at once."""
    (last,) = connection.execute("SELECT max(number) FROM arrivals").fetchone()
    if last is None:
        return
    connection.execute("DROP TABLE IF EXISTS temp.folded")
    connection.execute(f"CREATE TEMP TABLE folded AS {ARRIVED}")
    (count,) = connection.execute("SELECT count(*) FROM temp.folded").fetchone()
    for first in range(1, count + 1, _FOLDED_AT_ONCE):
        _at_once(connection, _ENTER, (first, first + _FOLDED_AT_ONCE - 1))
    connection.execute("DROP TABLE temp.folded")
    (first,) = connection.execute("SELECT min(number) FROM arrivals").fetchone()
    for end in range((first or last) + _FOLDED_AT_ONCE, last + _FOLDED_AT_ONCE, _FOLDED_AT_ONCE):
        _at_once(connection, "DELETE FROM arrivals WHERE number <= ?", (min(end, last),))


def _at_once(connection: sqlite3.Connection, statement: str, values: tuple[int, ...]) -> None:
    begin_immediate(connection)
    try:
        connection.execute(statement, values)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
