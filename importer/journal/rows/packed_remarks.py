"""The texts of rows, packed: some hundred rows in one record, a tenth of the space and one check value for all of them.

A list whose phones are all written in the same odd way has a remark on each row, each night. What a plan says of its
rows is packed at once. What is added to a row later stands by itself in REMARKS, behind what is packed of it, until the
run has ended and both are packed together: so an outcome changes no more pages than it did.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from zlib import compress, decompress

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select

from importer.journal.database.engine import Database
from importer.journal.database.tables import PACKED_REMARKS, REMARKS
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.macs import is_sound, mac_of

ROWS_OF_ONE: Final = 1_000
"""The row numbers of one record, from a multiple of it on: what one damaged bit takes the texts of. Phones that were
reformatted take 9 bytes a row; 5,000 rows in one record would take as much."""

ROWS_AT_ONCE: Final = 5 * ROWS_OF_ONE
"""Of one transaction: others wait for some 30 ms."""

_OF_SPAN: Final = (
    select(PACKED_REMARKS, is_sound(PACKED_REMARKS).label("sound"))
    .where(PACKED_REMARKS.c.run == bindparam("own"))
    .where(PACKED_REMARKS.c.first.between(bindparam("start"), bindparam("end")))
    .order_by(PACKED_REMARKS.c.first)
)

_SINGLE: Final = (
    select(REMARKS.c.row, REMARKS.c.errors, REMARKS.c.note, is_sound(REMARKS).label("sound"))
    .where(REMARKS.c.run == bindparam("own"), REMARKS.c.row.between(bindparam("start"), bindparam("end")))
    .order_by(REMARKS.c.row)
)

_NEXT: Final = (
    select(REMARKS.c.row)
    .where(REMARKS.c.run == bindparam("own"), REMARKS.c.row > bindparam("after"))
    .order_by(REMARKS.c.row)
    .limit(1)
)

_ELSEWHERE: Final = select(PACKED_REMARKS.c.first).where(
    PACKED_REMARKS.c.run != bindparam("own"), PACKED_REMARKS.c.mac == mac_of(PACKED_REMARKS, run=bindparam("own"))
)

RowTexts = dict[int, tuple[str, str]]
"""Row → its errors and its note, as stored."""


def add_packed(connection: Connection, keys: JournalKeys, run: int, remarks: Iterable[tuple[int, str, str]]) -> None:
    """Store texts of rows (row, errors, note), ascending, that have none yet; in the block of a transaction."""
    records = []
    for _, some in groupby(remarks, key=lambda remark: _first_of(remark[0])):
        columns = list(zip(*some, strict=True))
        first, texts = columns[0][0], compress(orjson.dumps(columns))
        mac = keys.mac(PACKED_REMARKS.name, run, first, texts)
        records.append({"run": run, "first": first, "texts": texts, "mac": mac})
    if records:
        connection.execute(insert(PACKED_REMARKS), records)


def packed(connection: Connection, run: int, first: int, last: int) -> tuple[RowTexts, list[range]]:
    """Give what is packed of the rows of a span, ascending; and the rows whose texts are not what was written.

    Those are told whether or not the run has such rows: where a record stands may be what is wrong with it.
    """
    found: list[tuple[int, str, str]] = []
    damaged: list[range] = []
    for record in connection.execute(_OF_SPAN, {"own": run, "start": _first_of(first), "end": last}):
        block = range(_first_of(record.first), _first_of(record.first) + ROWS_OF_ONE)
        columns = orjson.loads(decompress(record.texts)) if record.sound else [[]]
        if columns[0] and columns[0][0] == record.first and columns[0][-1] in block:
            found += zip(*columns, strict=True)
        else:
            damaged.append(range(max(first, block.start), min(last + 1, block.stop)))
    found.sort()
    return {row: (errors, note) for row, errors, note in found if first <= row <= last}, damaged


def firsts_elsewhere(connection: Connection, run: int) -> list[int]:
    """Give the first row of each record of a run that stands under another run's number, or under nobody's.

    A look through all that is packed in the journal, a record for every thousand rows.
    """
    return list(connection.execute(_ELSEWHERE, {"own": run}).scalars())


def added(texts: RowTexts, remarks: Iterable[tuple[int, str, str]]) -> RowTexts:
    """Give texts with what was added to them: its errors count, its note stands behind the note before."""
    for row, errors, note in remarks:
        _, before = texts.get(row, ("", ""))
        texts[row] = errors, "; ".join(filter(None, (before, note)))
    return dict(sorted(texts.items()))


def pack(database: Database, run: int) -> Iterator[int]:
    """Pack the texts of a run that stand by themselves. Safe to be killed at any moment, and beside a writer.

    Damaged ones stay as they are: who reads them finds it.

    Yields:
        After each transaction, of how many rows it packed the texts: at most ROWS_AT_ONCE.
    """
    keys, after = database.keys(), -1
    while True:
        with database.reading() as connection:
            following = connection.execute(_NEXT, {"own": run, "after": after}).scalar()
        if following is None:
            return
        first, after = _first_of(following), _first_of(following) + ROWS_AT_ONCE - 1
        with database.writing() as connection:
            told = _pack_span(connection, keys, run, first, after, {})
        yield told


def replace(connection: Connection, keys: JournalKeys, run: int, texts: RowTexts) -> None:
    """Give rows of a run other texts, whatever was said of them before; in the block of a transaction."""
    for first, some in groupby(sorted(texts), key=_first_of):
        _pack_span(connection, keys, run, first, first + ROWS_OF_ONE - 1, {row: texts[row] for row in some})


def _pack_span(connection: Connection, keys: JournalKeys, run: int, first: int, last: int, instead: RowTexts) -> int:
    """Write the records of a span anew, with what stands by itself and what is said ``instead``; of how many rows."""
    texts, damaged = packed(connection, run, first, last)
    if damaged:
        return 0
    found = connection.execute(_SINGLE, {"own": run, "start": first, "end": last})
    single = [(row, errors, note) for row, errors, note, sound in found if sound]
    new = added(texts, single) | instead
    connection.execute(
        delete(PACKED_REMARKS).where(PACKED_REMARKS.c.run == run, PACKED_REMARKS.c.first.between(first, last))
    )
    gone = [*instead, *(row for row, _, _ in single)]
    connection.execute(delete(REMARKS).where(REMARKS.c.run == run, REMARKS.c.row.in_(gone)))
    add_packed(connection, keys, run, [(row, *new[row]) for row in sorted(new)])
    return len(single)


def _first_of(row: int) -> int:
    return row - row % ROWS_OF_ONE
