"""What the journal has of a span of rows, read at one moment, each record held against its MAC."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Select, Table, bindparam, select

from importer.errors import BooksDontBalance
from importer.journal.engine import Database, records
from importer.journal.keys import PhoneKeys
from importer.journal.macs import COVERED, with_mac
from importer.journal.repeats import freedom_ids, origins
from importer.journal.tables import REMARKS, ROWS


def _of_span(table: Table) -> Select[Any]:
    of_run = select(*with_mac(table)).where(table.c.run == bindparam("own"))
    return of_run.where(table.c.row.between(bindparam("first"), bindparam("last"))).order_by(table.c.row)


_ROWS: Final = _of_span(ROWS)
_REMARKS: Final = _of_span(REMARKS)


@dataclass(frozen=True)
class Span:
    """Records of some rows of a run.

    Attributes:
        rows: Index row, ascending; state (int64), phone and freedom_id (as stored, or None), sound (bool).
        remarks: Of rows that have any: index row, ascending; errors and note (str), sound (bool).
        repeats: Of rows that are folded: row → FreedomID (as stored); None: it was taken back.
    """

    rows: pd.DataFrame
    remarks: pd.DataFrame
    repeats: dict[int, bytes | None]


def read_span(database: Database, run: int, first: int, last: int, *, salvage: bool) -> Span:
    """Read a span of rows, both ends included; ``salvage``: what can be read of it, where pages are damaged.

    Raises:
        BooksDontBalance: A page, or what is folded, is damaged; never with ``salvage``.
    """
    keys = database.keys()
    parts = list(_parts(database, run, first, last, salvage=salvage)) or [Span(_rows([], keys), _remarks([], keys), {})]
    if len(parts) == 1:
        return parts[0]
    repeats = {row: freedom_id for part in parts for row, freedom_id in part.repeats.items()}
    return Span(pd.concat([part.rows for part in parts]), pd.concat([part.remarks for part in parts]), repeats)


def _parts(database: Database, run: int, first: int, last: int, *, salvage: bool) -> Iterator[Span]:
    """Read a span at once; when that meets a damaged page and is to be salvaged, each half of it for itself."""
    keys = database.keys()
    try:
        with database.reading() as connection:  # all tables as of one moment
            yield _read(connection, keys, {"own": run, "first": first, "last": last}, salvage=salvage)
    except BooksDontBalance:
        if not salvage:
            raise
        if first < last:
            middle = (first + last) // 2
            yield from _parts(database, run, first, middle, salvage=True)
            yield from _parts(database, run, middle + 1, last, salvage=True)


def _read(connection: Connection, keys: PhoneKeys, values: dict[str, int], *, salvage: bool) -> Span:
    rows = _rows(records(connection, _ROWS, values), keys)
    remarks = _remarks(records(connection, _REMARKS, values), keys)
    folded = origins(connection, values["own"], values["first"], values["last"], salvage=salvage)
    return Span(rows, remarks, freedom_ids(connection, folded, salvage=salvage))


def _rows(found: Iterable[Any], keys: PhoneKeys) -> pd.DataFrame:
    # column by column: the garbage collector walks through a list of records again and again (5 us a row, not 2)
    mac_of = keys.macs_of(ROWS.name, len(COVERED[ROWS]))
    rows, states, phones, ids, sound = [], [], [], [], []
    for run, row, state, phone, freedom_id, mac in found:
        rows.append(row)
        states.append(state)
        phones.append(phone)
        ids.append(freedom_id)
        sound.append(mac_of((run, row, state, phone, freedom_id)) == mac)
    columns: dict[str, Any] = {"state": pd.array(states, dtype="int64"), "phone": pd.Series(phones, dtype="object")}
    columns |= {"freedom_id": pd.Series(ids, dtype="object"), "sound": pd.array(sound, dtype="bool")}
    return pd.DataFrame(columns).set_axis(pd.Index(rows, dtype="int64", name="row"))


def _remarks(found: Iterable[Any], keys: PhoneKeys) -> pd.DataFrame:
    mac_of = keys.macs_of(REMARKS.name, len(COVERED[REMARKS]))
    rows, errors, notes, sound = [], [], [], []
    for run, row, error, note, mac in found:
        rows.append(row)
        errors.append(error)
        notes.append(note)
        sound.append(mac_of((run, row, error, note)) == mac)
    columns: dict[str, Any] = {"errors": pd.array(errors, dtype="str"), "note": pd.array(notes, dtype="str")}
    columns |= {"sound": pd.array(sound, dtype="bool")}
    return pd.DataFrame(columns, index=pd.Index(rows, dtype="int64", name="row"))
