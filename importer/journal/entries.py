"""What the ledger has of a run, read in the ledger's own order: what an audit compares the run's rows with."""

from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd
from sqlalchemy import bindparam, literal, select

from importer.journal.engine import Database, records
from importer.journal.macs import COVERED, with_mac
from importer.journal.tables import LEDGER

_AT_ONCE: Final = 100_000
"""Entries read in one transaction, about a second: while one is open, what others write cannot leave the log."""

_DEARER: Final = 20
"""A look-up takes 5 to 8 us of CPU, an entry that is passed by 0.3: a million rows were looked up in 7.3 s."""

_LARGER: Final = select(literal(1)).where(LEDGER.c.api == bindparam("api")).offset(bindparam("so_many")).limit(1)

_OF_RUN: Final = (
    select(*with_mac(LEDGER), LEDGER.c.prints)
    .where(LEDGER.c.api == bindparam("api"), LEDGER.c.phone > bindparam("after"), LEDGER.c.run == bindparam("own"))
    .order_by(LEDGER.c.phone)
    .limit(_AT_ONCE)
)


def sound_entries(
    database: Database, run: int, api: int, rows: int, looked: Callable[[int], object]
) -> "pd.Series[int]":
    """Row → one of ``pairs_of`` its phone and FreedomID, of the run's entries that are as they were written.

    Empty where the ledger is so large that looking up each of the run's rows in it is less than reading it.

    Args:
        database: The journal's file.
        run: The run's number.
        api: Its API's number.
        rows: How many rows the run has.
        looked: Told how many entries were read.
    """
    keys, after = database.keys(), b""
    found: list[pd.Series[int]] = [pd.Series(dtype="int64")]
    with database.reading() as connection:
        larger = connection.execute(_LARGER, {"api": api, "so_many": _DEARER * rows}).first() is not None
    mac_of, seal_of = keys.macs_of(LEDGER.name, len(COVERED[LEDGER])), keys.macs_of("prints", 2)
    while not larger:
        places, phones, ids, count = [], [], [], 0
        with database.reading() as connection:
            values = {"api": api, "own": run, "after": after}
            for number, phone, freedom_id, of_run, row, at, mac, prints in records(connection, _OF_RUN, values):
                after, count = phone, count + 1
                if mac_of((number, phone, freedom_id, of_run, row, at)) != mac:
                    continue
                if prints is None or seal_of((phone, prints[:-8])) == prints[-8:]:
                    places.append(row)
                    phones.append(phone)
                    ids.append(freedom_id)
        found.append(pd.Series(pairs_of(phones, ids), index=places, dtype="int64"))
        looked(count)
        if count < _AT_ONCE:
            break
    entries = pd.concat(found)
    return entries[~entries.index.duplicated(keep=False)]


def pairs_of(phones: Sequence[bytes | None], freedom_ids: Sequence[bytes | None]) -> list[int]:
    """64 bits that stand for each phone and its FreedomID, as stored, in this process."""
    return list(map(hash, zip(phones, freedom_ids, strict=True)))
