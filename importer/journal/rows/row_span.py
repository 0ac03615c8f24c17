"""What the journal has of a span of rows, read at one moment, each record held against its MAC."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import eq
from typing import Any, Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, bindparam, select

from importer.errors import BooksDontBalance
from importer.journal.database.engine import Database, records
from importer.journal.database.tables import REMARKS, ROWS
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.macs import covered, with_mac
from importer.journal.integrity.verified_spans import SoundSpans, columns_of, digested
from importer.journal.rows.packed_remarks import RowTexts, added, packed
from importer.journal.rows.repeats import freedom_ids, origins


def _of_span(table: Table) -> Select[Any]:
    of_run = select(*with_mac(table, "run")).where(table.c.run == bindparam("own"))
    return of_run.where(table.c.row.between(bindparam("first"), bindparam("last"))).order_by(table.c.row)


_ROWS: Final = _of_span(ROWS)
_REMARKS: Final = _of_span(REMARKS)


@dataclass(frozen=True)
class Span:
    """Records of some rows of a run.

    Attributes:
        rows: Index row, ascending; state (int64), phone and freedom_id (as stored, or None), sound (bool).
        remarks: Of rows that have any: index row, ascending; errors and note (str), sound (bool): the texts of a row
            whose remark is damaged, or may be, are empty.
        repeats: Of rows that are folded: row → FreedomID (as stored); None: it was taken back.
        damaged: Where a packed record of texts is damaged: the row numbers that it stands for, rows or none.
    """

    rows: pd.DataFrame
    remarks: pd.DataFrame
    repeats: dict[int, bytes | None]
    damaged: list[range]


def read_span(database: Database, run: int, first: int, last: int, *, salvage: bool) -> Span:
    """Read a span of rows, both ends included; ``salvage``: what can be read of it, where pages are damaged.

    Raises:
        BooksDontBalance: A page, or what is folded, is damaged; never with ``salvage``.
    """
    nothing = Span(_rows([[]] * 6), _remarks({}, []), {}, [])
    parts = list(_parts(database, run, first, last, salvage=salvage)) or [nothing]
    if len(parts) == 1:
        return parts[0]
    repeats = {row: freedom_id for part in parts for row, freedom_id in part.repeats.items()}
    rows, remarks = (pd.concat([getattr(part, name) for part in parts]) for name in ("rows", "remarks"))
    return Span(rows, remarks, repeats, [some for part in parts for some in part.damaged])


def _parts(
    database: Database, run: int, first: int, last: int, *, salvage: bool, unpacked: bool = True
) -> Iterator[Span]:
    """Read a span at once; when that meets a damaged page and is to be salvaged, each half of it for itself.

    In the end row by row without what is packed (``unpacked``), whose record is that of many rows.
    """
    keys, values = database.keys(), {"own": run, "first": first, "last": last}
    try:
        with database.reading() as connection:  # all tables as of one moment
            read = partial(_columns, connection, keys, database.sound, values)
            rows, (_, *single, sound) = _rows(read(ROWS, _ROWS)), read(REMARKS, _REMARKS)
            texts, damaged = packed(connection, run, first, last) if unpacked else ({}, [range(first, last + 1)])
            folded = origins(connection, run, first, last, salvage=salvage)
            repeats = freedom_ids(connection, folded, salvage=salvage)
    except BooksDontBalance:
        if not salvage:
            raise
        if first < last:
            middle = (first + last) // 2
            yield from _parts(database, run, first, middle, salvage=True)
            yield from _parts(database, run, middle + 1, last, salvage=True)
        elif unpacked:
            yield from _parts(database, run, first, last, salvage=True, unpacked=False)
        return
    remarks = added(texts, (each for each, is_so in zip(zip(*single, strict=True), sound, strict=True) if is_so))
    lost = [row for row, is_so in zip(single[0], sound, strict=True) if not is_so]
    lost += [row for row in (*rows.index, *repeats) if any(row in some for some in damaged)]
    yield Span(rows, _remarks(remarks, lost), repeats, damaged)


def _columns(
    connection: Connection,
    keys: JournalKeys,
    spans: SoundSpans,
    values: Mapping[str, int],
    table: Table,
    statement: Select[Any],
) -> list[list[Any]]:
    """What a span has in a table: its facts, column by column, and whether each record is as it was written."""
    run, begins = values["own"], (table.name, values["first"])
    digest = keys.span_digest(f"{table.name} {run}")
    found = digested(records(connection, statement, values), digest)
    *facts, macs = columns_of(found, len(covered(table)))
    facts = [[run] * len(macs), *facts]
    sound = spans.soundness(
        run, begins, len(macs), digest.digest(), lambda: list(map(eq, keys.macs_of(table.name, facts), macs))
    )
    return [*facts, sound]


def _rows(columns: Sequence[Sequence[Any]]) -> pd.DataFrame:
    _, rows, states, phones, ids, sound = columns
    # arrays, for a Series of each would be aligned with the others: half of what a frame of a million rows takes
    frame = {"state": np.array(states, "int64"), "phone": np.array(phones, "object")}
    frame |= {"freedom_id": np.array(ids, "object"), "sound": np.array(sound, "bool")}
    return pd.DataFrame(frame, index=pd.Index(np.array(rows, "int64"), name="row"), copy=False)


def _remarks(texts: RowTexts, damaged: Sequence[int]) -> pd.DataFrame:
    told = texts | dict.fromkeys(damaged, ("", ""))
    rows = sorted(told)
    errors, notes = ([told[row][part] for row in rows] for part in (0, 1))
    frame: dict[str, Any] = {"errors": pd.array(errors, dtype="str"), "note": pd.array(notes, dtype="str")}
    index = pd.Index(rows, dtype="int64", name="row")
    return pd.DataFrame(frame, index=index).assign(sound=~index.isin(damaged))
