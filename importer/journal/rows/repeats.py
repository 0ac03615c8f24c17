"""Rows that another run had created already, folded: where they were created, not once more phone and FreedomID.

The same list comes each night. What proves a creation stays as it is; a row that only repeats one is kept as the run
and the row of that creation, some thousand rows in one record: a byte or two a row, where ``rows`` takes sixty.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from typing import Final
from zlib import compress, decompress

import orjson
from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from importer.journal.database.engine import Database
from importer.journal.database.portions import portions
from importer.journal.database.tables import LEDGER, REPEATS, ROWS
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.macs import is_sound, unsound
from importer.journal.states import RowState
from importer.messages.text import Text

_FOLDED_AT_ONCE: Final = 5_000
"""Rows of one record, and of one transaction."""

_LOOKED_UP_AT_ONCE: Final = 1_000

_ORIGIN: Final = ROWS.alias("origin")

_REPEATED: Final = (
    select(ROWS.c.row, LEDGER.c.run, LEDGER.c.row)
    .join_from(
        ROWS, LEDGER, and_(LEDGER.c.api == bindparam("api"), LEDGER.c.phone == ROWS.c.phone, LEDGER.c.run != ROWS.c.run)
    )
    .join(_ORIGIN, and_(_ORIGIN.c.run == LEDGER.c.run, _ORIGIN.c.row == LEDGER.c.row))
    .where(
        ROWS.c.run == bindparam("own_run"),
        ROWS.c.row > bindparam("after"),
        ROWS.c.state == int(RowState.ALREADY_IMPORTED),
        # two that were written apart and agree: neither is damaged
        _ORIGIN.c.phone == ROWS.c.phone,
        _ORIGIN.c.freedom_id == ROWS.c.freedom_id,
    )
    .order_by(ROWS.c.row)
    .limit(_FOLDED_AT_ONCE)
)

_OF_SPAN: Final = (
    select(REPEATS, is_sound(REPEATS).label("sound"))
    .where(REPEATS.c.run == bindparam("own_run"), REPEATS.c.first <= bindparam("end"))
    .where(REPEATS.c.last >= bindparam("start"))
    .order_by(REPEATS.c.first)
)

_CREATED: Final = select(ROWS.c.row, ROWS.c.freedom_id, is_sound(ROWS)).where(
    ROWS.c.run == bindparam("own_run"), ROWS.c.row.in_(bindparam("rows"))
)

FoldedRow = tuple[int, int, int]
"""A row, and the run and the row that created its user."""


def fold(database: Database, run: int, api: int) -> int:
    """Fold the repeats of a run that has ended; how many. Safe to be killed at any moment."""
    keys, folded, after = database.keys(), 0, -1
    values = {"own_run": run, "api": api}
    while True:
        with database.reading() as connection:
            found = [tuple(record) for record in connection.execute(_REPEATED, values | {"after": after})]
        if not found:
            return folded
        rows = [row for row, _, _ in found]
        with database.writing() as connection:
            connection.execute(insert(REPEATS), _record(keys, run, found))
            connection.execute(delete(ROWS).where(ROWS.c.run == run, ROWS.c.row.in_(rows)))
        folded, after = folded + len(rows), rows[-1]


def origins(connection: Connection, run: int, first: int, last: int, *, salvage: bool = False) -> list[FoldedRow]:
    """Give the folded rows of a span, ascending; ``salvage``: without those whose record is damaged.

    Raises:
        BooksDontBalance: A record is not what was written.
    """
    found: list[FoldedRow] = []
    for record in connection.execute(_OF_SPAN, {"own_run": run, "start": first, "end": last}):
        if record.sound:
            found += [each for each in _unpacked(record.origins) if first <= each[0] <= last]
        elif not salvage:
            raise unsound(Text("repeats of earlier users"), range(record.first, record.last + 1))
    return found


def freedom_ids(
    connection: Connection, folded: Iterable[FoldedRow], *, salvage: bool = False
) -> dict[int, bytes | None]:
    """Give row → FreedomID (as stored) of folded rows; ``salvage``: without those whose origin is damaged.

    None: it was taken back from the row that had created the user (see ``repeated_ids``), so this row has none either.

    Raises:
        BooksDontBalance: The row that created the user is not what was written, or is gone.
    """
    ids: dict[int, bytes | None] = {}
    by_run = sorted((run, origin, row) for row, run, origin in folded)
    for run, group in groupby(by_run, key=itemgetter(0)):
        for some in portions(group, _LOOKED_UP_AT_ONCE):
            wanted = {"own_run": run, "rows": sorted({origin for _, origin, _ in some})}
            answered = connection.execute(_CREATED, wanted)
            created = {origin: freedom_id for origin, freedom_id, sound in answered if sound}
            ids |= {row: created[origin] for _, origin, row in some if origin in created}
            lost = [row for _, origin, row in some if origin not in created]
            if lost and not salvage:
                raise unsound(Text("users that earlier runs created"), lost)
    return ids


def _record(keys: JournalKeys, run: int, found: Sequence[FoldedRow]) -> dict[str, int | bytes]:
    first, last = found[0][0], found[-1][0]
    packed = _packed(found)
    mac = keys.mac(REPEATS.name, run, first, last, len(found), packed)
    return {"run": run, "first": first, "last": last, "count": len(found), "origins": packed, "mac": mac}


def _packed(found: Sequence[FoldedRow]) -> bytes:
    """Three lists, as steps from each to the next: a list that comes in the same order is the same step all along."""
    steps = [[after - before for before, after in pairwise([0, *part])] for part in zip(*found, strict=True)]
    return compress(orjson.dumps(steps))


def _unpacked(packed: bytes) -> Iterable[FoldedRow]:
    return zip(*(accumulate(steps) for steps in orjson.loads(decompress(packed))), strict=True)
