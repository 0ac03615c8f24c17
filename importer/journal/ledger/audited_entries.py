"""What the ledger has of a run, read in the ledger's own order: what an audit compares the run's rows with."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, bindparam, literal, select

from importer.journal.database.engine import Database, records
from importer.journal.database.tables import LEDGER
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.macs import with_mac
from importer.journal.integrity.verified_spans import digested
from importer.journal.ledger.field_prints import SEAL

_AT_ONCE: Final = 50_000
"""Entries read in one transaction, half a second: while one is open, what others write cannot leave the log."""

_DEARER: Final = 20
"""A look-up takes 5 to 8 us of CPU, an entry that is passed by 0.3: a million rows were looked up in 7.3 s."""

_LARGER: Final = select(literal(1)).where(LEDGER.c.api == bindparam("api")).offset(bindparam("so_many")).limit(1)

_OF_RUN: Final = (
    select(*with_mac(LEDGER, "api", "run"), LEDGER.c.prints)
    .where(LEDGER.c.api == bindparam("api"), LEDGER.c.phone > bindparam("after"), LEDGER.c.run == bindparam("own"))
    .order_by(LEDGER.c.phone)
    .limit(_AT_ONCE)
)


def sound_entries(
    database: Database, run: int, api: int, rows: int, looked: Callable[[int], object]
) -> "pd.Series[int]":
    """Row (ascending) → one of ``pairs_of`` its phone and FreedomID, of a run's entries that are as they were written.

    Empty where the ledger is so large that looking up each of the run's ``rows`` in it is less than reading it. ``run``
    and ``api`` are numbers; ``looked`` is told how many entries were read.
    """
    keys, after = database.keys(), b""
    found: list[pd.Series[int]] = [pd.Series(index=pd.Index([], dtype="int64"), dtype="int64")]
    with database.reading() as connection:
        left = connection.execute(_LARGER, {"api": api, "so_many": _DEARER * rows}).first() is None
    while left:
        values = {"api": api, "own": run, "after": after}
        digest, places, pairs = keys.span_digest(f"{LEDGER.name} {api} {run}"), list[int](), list[int]()
        with database.reading() as connection:
            for some in digested(records(connection, _OF_RUN, values), digest):
                # only numbers are kept, of what is in the processor's cache still: a third less than column by column
                phones, ids, at, *_ = zip(*some, strict=True)
                places.extend(at)
                pairs.extend(pairs_of(phones, ids))
                after = phones[-1]
            look = partial(_soundness, keys, connection, values)
            sound = database.sound.soundness(run, (LEDGER.name, values["after"]), len(places), digest.digest(), look)
        index = pd.Index(list(compress(places, sound)), dtype="int64")
        found.append(pd.Series(list(compress(pairs, sound)), index=index, dtype="int64"))
        looked(len(places))
        left = len(places) == _AT_ONCE
    entries = pd.concat(found).sort_index()
    return entries[~entries.index.duplicated(keep=False)]


def _soundness(keys: JournalKeys, connection: Connection, values: Mapping[str, Any]) -> list[bool]:
    """Whether each entry is as it was written, and its prints are: read once more, for hardly anybody has to ask."""
    sound: list[bool] = []
    for some in records(connection, _OF_RUN, values):
        phones, ids, places, at, macs, prints = zip(*some, strict=True)
        apis, runs = [values["api"]] * len(some), [values["own"]] * len(some)
        facts = (apis, phones, ids, runs, places, at)
        joined = [(each or b"")[:-SEAL] for each in prints]
        made = zip(keys.macs_of(LEDGER.name, facts), keys.macs_of("prints", (phones, joined)), strict=True)
        sound += [
            own == mac and (each is None or seal == each[-SEAL:])
            for (own, seal), mac, each in zip(made, macs, prints, strict=True)
        ]
    return sound


def pairs_of(phones: Sequence[bytes | None], freedom_ids: Sequence[bytes | None]) -> list[int]:
    """64 bits that stand for each phone and its FreedomID, as stored, in this process."""
    return list(map(hash, zip(phones, freedom_ids, strict=True)))
