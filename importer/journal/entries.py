"""What the ledger has of a run, read in the ledger's own order: what an audit compares the run's rows with."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress
from typing import Any, Final

import pandas as pd
from sqlalchemy import bindparam, literal, select

from importer.journal.engine import Database, records
from importer.journal.keys import JournalKeys
from importer.journal.macs import COVERED, with_mac
from importer.journal.prints import SEAL
from importer.journal.sound_spans import columns_of
from importer.journal.tables import LEDGER

_AT_ONCE: Final = 50_000
"""Entries read in one transaction, half a second: while one is open, what others write cannot leave the log."""

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
    """Row (ascending) → one of ``pairs_of`` its phone and FreedomID, of a run's entries that are as they were written.

    Empty where the ledger is so large that looking up each of the run's rows in it is less than reading it.

    Args:
        database: The journal's file.
        run: The run's number.
        api: Its API's number.
        rows: How many rows the run has.
        looked: Told how many entries were read.
    """
    keys, after = database.keys(), b""
    found: list[pd.Series[int]] = [pd.Series(index=pd.Index([], dtype="int64"), dtype="int64")]
    with database.reading() as connection:
        larger = connection.execute(_LARGER, {"api": api, "so_many": _DEARER * rows}).first() is not None
    while not larger:
        with database.reading() as connection:
            some = records(connection, _OF_RUN, {"api": api, "own": run, "after": after})
            (*facts, macs, prints), digest = columns_of(some, len(COVERED[LEDGER]) + 2, keys.span_digest(LEDGER.name))
        _, phones, ids, _, places, _ = facts
        look = partial(_soundness, keys, facts, macs, prints)
        sound = database.sound.soundness(run, (LEDGER.name, after), len(macs), digest, look)
        pairs, index = compress(pairs_of(phones, ids), sound), pd.Index(list(compress(places, sound)), dtype="int64")
        found.append(pd.Series(list(pairs), index=index, dtype="int64"))
        looked(len(macs))
        if len(macs) < _AT_ONCE:
            break
        after = phones[-1]
    entries = pd.concat(found).sort_index()
    return entries[~entries.index.duplicated(keep=False)]


def _soundness(
    keys: JournalKeys, facts: Sequence[Sequence[Any]], macs: Sequence[Any], prints: Sequence[bytes | None]
) -> list[bool]:
    """Whether each entry is as it was written, and its prints are."""
    _, phones, *_ = facts
    joined = [(each or b"")[:-SEAL] for each in prints]
    checked = zip(keys.macs_of(LEDGER.name, facts), macs, keys.macs_of("prints", (phones, joined)), prints, strict=True)
    return [made == mac and (each is None or seal == each[-SEAL:]) for made, mac, seal, each in checked]


def pairs_of(phones: Sequence[bytes | None], freedom_ids: Sequence[bytes | None]) -> list[int]:
    """64 bits that stand for each phone and its FreedomID, as stored, in this process."""
    return list(map(hash, zip(phones, freedom_ids, strict=True)))
