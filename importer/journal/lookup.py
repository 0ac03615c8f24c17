"""Looking phones up in the ledger with the driver alone: the queries that a run and a forecast share."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from importer.journal.keys import id_from_bytes

LEDGER: Final = "ledger"
UNFOLDED: Final = "temp.arrived"

ARRIVED: Final = (
    "SELECT u.api, r.phone, r.freedom_id, a.run, a.row, a.at FROM arrivals a "
    "JOIN runs u ON u.number = a.run JOIN rows r ON r.run = a.run AND r.row = a.row "
    "WHERE r.phone IS NOT NULL AND r.freedom_id IS NOT NULL ORDER BY u.api, r.phone, a.number"
)
"""What is not sorted into the ledger's tree yet (see ``tables.ARRIVALS``), of a phone the newest last."""

_AT_ONCE: Final = 1000


def number_of(connection: sqlite3.Connection, address: str) -> int | None:
    """Give the number that stands for an API's address; None: never used."""
    found = connection.execute("SELECT number FROM apis WHERE address = ?", (address,)).fetchone()
    return None if found is None else int(found[0])


def unfold(connection: sqlite3.Connection) -> None:
    """Make the table UNFOLDED of what has arrived: how a reader sees it, who must not sort it in."""
    connection.execute(f"CREATE TEMP TABLE {UNFOLDED} (api, phone, freedom_id, PRIMARY KEY (api, phone)) WITHOUT ROWID")
    connection.execute(
        f"INSERT OR REPLACE INTO {UNFOLDED} SELECT api, phone, freedom_id FROM ({ARRIVED})"  # noqa: S608 (constants of ours)
    )


def holds_any(connection: sqlite3.Connection, table: str, api: int) -> bool:
    """Whether LEDGER or UNFOLDED has a phone for an API."""
    statement = f"SELECT 1 FROM {table} WHERE api = ? LIMIT 1"  # noqa: S608 (a name of ours)
    return connection.execute(statement, (api,)).fetchone() is not None


def look_up(
    connection: sqlite3.Connection, table: str, api: int, hashes: Iterable[bytes]
) -> Iterator[tuple[bytes, str]]:
    """Give (phone hash, FreedomID) of those that a table has."""
    for batch in _batches(hashes):
        statement = f"SELECT phone, freedom_id FROM {table} WHERE {_among(len(batch))}"  # noqa: S608 (names of ours)
        for phone, freedom_id in connection.execute(statement, (api, *batch)):
            yield phone, id_from_bytes(freedom_id)


def count(connection: sqlite3.Connection, tables: Sequence[str], api: int, hashes: Iterable[bytes]) -> int:
    """Count those that one of the tables has, or several: the hashes differ from each other."""
    found = 0
    for batch in _batches(hashes):
        parts = (f"SELECT phone FROM {table} WHERE {_among(len(batch))}" for table in tables)  # noqa: S608 (names of ours)
        statement = f"SELECT count(*) FROM ({' UNION '.join(parts)})"  # noqa: S608 (as above)
        (known,) = connection.execute(statement, (api, *batch)).fetchone()
        found += known
    return found


def _batches(hashes: Iterable[bytes]) -> Iterator[list[bytes]]:
    ordered = iter(sorted(hashes))  # neighbours share pages
    while batch := list(islice(ordered, _AT_ONCE)):
        yield batch


def _among(phones: int) -> str:
    """The condition on an API (the first value) and so many phones: numbered, for a statement may say it twice."""
    return f"api = ?1 AND phone IN ({','.join(f'?{number}' for number in range(2, phones + 2))})"
