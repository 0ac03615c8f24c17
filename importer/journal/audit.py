"""Whether a run's books balance: every contradiction that the journal itself can show, told without personal data."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from importer.journal.check_values import mac
from importer.journal.engine import Database
from importer.journal.macs import is_unsound
from importer.journal.repeats import origins
from importer.journal.rows import STARTED
from importer.journal.rows import counts as count_rows
from importer.journal.states import TO_BE_UPDATED, RowState, RunState
from importer.journal.tables import ARRIVALS, LEDGER, REMARKS, ROWS, RUNS
from importer.model import REPEATED_ID, Status

_RUN: Final[BindParameter[int]] = bindparam("run")
_NEEDS_ID: Final = ROWS.c.state.in_([RowState.CREATED, RowState.ALREADY_IMPORTED, RowState.UPDATED, *TO_BE_UPDATED])
_MAY_HAVE_ID: Final = ROWS.c.state.in_([RowState.EXISTS, RowState.UNCONFIRMED, RowState.REJECTED])
_HAS_ID: Final = ROWS.c.freedom_id.is_not(None)
_IN_LEDGER: Final = or_(
    ROWS.c.state.in_([RowState.CREATED, RowState.UPDATED]), and_(ROWS.c.state == RowState.UNCONFIRMED, _HAS_ID)
)

_ROW_CHECKS: Final[tuple[tuple[ColumnElement[bool], str], ...]] = (
    (ROWS.c.state.not_in(list(RowState)), "a state that this program does not know"),
    (and_(_NEEDS_ID, not_(_HAS_ID)), "a status that comes with a FreedomID, but none"),
    (and_(not_(_NEEDS_ID), not_(_MAY_HAVE_ID), _HAS_ID), "a FreedomID, but a status that has none"),
    (and_(_IN_LEDGER, ROWS.c.phone.is_(None)), "a FreedomID, but no phone"),
    (is_unsound(ROWS), "an outcome that is not what was written: the journal is damaged"),
)
"""(condition, what such rows have)."""

_ENTERED: Final = or_(LEDGER.c.freedom_id == ROWS.c.freedom_id, LEDGER.c.run != ROWS.c.run)

_PRINTS_SEAL: Final = func.substr(LEDGER.c.prints, 45, type_=LargeBinary)
_PRINTS_MAC: Final = mac(
    literal_column("'prints'"), LEDGER.c.phone, func.substr(LEDGER.c.prints, 1, 44, type_=LargeBinary)
)

_LEDGER_CHECKS: Final[tuple[tuple[ColumnElement[bool], str], ...]] = (
    (func.coalesce(not_(_ENTERED), true()), "a FreedomID that the ledger does not have for the phone"),
    (
        and_(LEDGER.c.phone.is_not(None), is_unsound(LEDGER)),
        "a FreedomID whose entry in the ledger is not what was written: the journal is damaged",
    ),
    (
        LEDGER.c.prints.is_not(None) & (_PRINTS_SEAL != _PRINTS_MAC),
        "fields whose prints in the ledger are not what was written: the journal is damaged",
    ),
)

_WITHIN: Final = ROWS.c.row.between(bindparam("first"), bindparam("last"))


def _first(checks: tuple[tuple[ColumnElement[bool], str], ...]) -> Select[Any]:
    """The first row of a span that each condition holds for: one look for them all.

    They are counted only where there is one: a figure more would compute each record's MAC once more, and verifying a
    million rows took a quarter longer.
    """
    return select(*(func.min(ROWS.c.row).filter(condition) for condition, _ in checks)).where(
        ROWS.c.run == _RUN, _WITHIN
    )


_LOOKS: Final = (
    (_first(_ROW_CHECKS), _ROW_CHECKS),
    (
        _first(_LEDGER_CHECKS)
        .join_from(ROWS, LEDGER, and_(LEDGER.c.api == bindparam("api"), LEDGER.c.phone == ROWS.c.phone), isouter=True)
        .where(
            _IN_LEDGER,
            ROWS.c.phone.is_not(None),
            # not correlated: with a condition on the outer row it would be made anew for each row
            ROWS.c.row.not_in(select(ARRIVALS.c.row).where(ARRIVALS.c.run == _RUN)),
        ),
        _LEDGER_CHECKS,
    ),
)
"""What finds the rows of a span that contradict themselves, or the ledger."""

_UNSOUND_REMARKS: Final = select(func.count(), func.min(REMARKS.c.row)).where(
    REMARKS.c.run == _RUN, REMARKS.c.row.between(bindparam("first"), bindparam("last")), is_unsound(REMARKS)
)

_REPEATED_IDS: Final = select(func.count(), func.min(REMARKS.c.row)).where(
    REMARKS.c.run == _RUN,
    REMARKS.c.row.between(bindparam("first"), bindparam("last")),
    REMARKS.c.errors.contains(REPEATED_ID),
)

_WITHOUT_ROW: Final = select(REMARKS.c.row).where(
    REMARKS.c.run == _RUN,
    REMARKS.c.row.between(bindparam("first"), bindparam("last")),
    not_(exists().where(ROWS.c.run == REMARKS.c.run, ROWS.c.row == REMARKS.c.row)),
)

_TWICE: Final = (
    select(func.min(ROWS.c.row).label("first"))
    .where(ROWS.c.run == _RUN, _HAS_ID)
    .group_by(ROWS.c.freedom_id)
    .having(func.count() > 1)
    .subquery()
)
_REPEATED: Final = select(func.count(), func.min(_TWICE.c.first))

_ENDS: Final = tuple(
    select(func.min(table.c.row), func.max(table.c.row)).where(table.c.run == _RUN) for table in (ROWS, REMARKS)
)

_STARTED: Final = select(func.count(), func.min(ROWS.c.row)).where(ROWS.c.run == _RUN, ROWS.c.state.in_(STARTED))

_AT_ONCE: Final = 200_000
"""Rows looked at in one transaction, about a second: while one is open, what others write cannot leave the log."""

Told = Callable[[int], object]
"""Is told how many rows were looked at."""


def contradictions(database: Database, run: int, api: int, looked: Told) -> Iterator[str]:
    """Give a sentence for each kind of contradiction in a run; none: the books balance.

    What the pipeline recorded of the run's end (rows, counts) is compared too, once the run has ended.
    """
    found: dict[str, tuple[int, int]] = {}
    for first, last in _spans(database, run):
        values = {"run": run, "api": api, "first": first, "last": last}
        for what, count, row in _of_span(database, values):
            before = found.get(what, (0, row))
            found[what] = before[0] + count, min(before[1], row)
        looked(last - first + 1)
    for what, (count, row) in found.items():
        yield from _told(count, row, what)
    with database.reading() as connection:
        count, row = connection.execute(_REPEATED, {"run": run}).one()
    yield from _told(count, row, "a FreedomID that stands in more than one row")
    with database.reading() as connection:
        yield from _ending_faults(connection, run)


def _spans(database: Database, run: int) -> list[tuple[int, int]]:
    with database.reading() as connection:
        ends = [end for query in _ENDS for end in connection.execute(query, {"run": run}).one() if end is not None]
    if not ends:
        return []
    return [(first, first + _AT_ONCE - 1) for first in range(min(ends), max(ends) + 1, _AT_ONCE)]


def _of_span(database: Database, values: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """What is wrong in a span of rows, with how many, and the first of them."""
    for look, checks in _LOOKS:
        with database.reading() as connection:
            found = connection.execute(look, values).one()
            counted = [
                (what, connection.execute(_counting(look, condition), values).scalar_one(), row)
                for row, (condition, what) in zip(found, checks, strict=True)
                if row is not None
            ]
        yield from counted
    with database.reading() as connection:
        count, first = connection.execute(_UNSOUND_REMARKS, values).one()
        repeated, first_repeated = connection.execute(_REPEATED_IDS, values).one()
        alone = set(connection.execute(_WITHOUT_ROW, values).scalars())
        folded = origins(connection, values["run"], values["first"], values["last"], salvage=True) if alone else []
    if count:
        yield "a remark that is not what was written: the journal is damaged", count, first
    if repeated:
        what = f"a FreedomID that the API gave to another phone as well, or that is nobody's ({REPEATED_ID})"
        yield what, repeated, first_repeated
    if alone := alone.difference(row for row, _, _ in folded):
        yield "a remark, but no such row", len(alone), min(alone)


def _counting(look: Select[Any], condition: ColumnElement[bool]) -> Select[Any]:
    """How many rows of a look a condition holds for."""
    return look.with_only_columns(func.count()).where(condition)


def _ending_faults(connection: Connection, run: int) -> Iterator[str]:
    """Compare a run that has ended with what was recorded of its end."""
    recorded = select(RUNS.c.state, RUNS.c.rows, RUNS.c.counts).where(RUNS.c.number == _RUN)
    state, rows, text = connection.execute(recorded, {"run": run}).one()
    if state not in (RunState.FINISHED, RunState.STOPPED):
        return
    counts = count_rows(connection, run)
    if rows and rows != sum(counts.values()):
        yield f"The run has {rows} rows, the journal {sum(counts.values())}."
    for name, number in json.loads(text).items():
        found = counts.get(Status(name), 0) if name in set(Status) else number
        if found != number:
            yield f"The run ended with {number} rows {name}, the journal has {found}."
    if state == RunState.FINISHED:
        what = "a request that was started and no outcome, though the run has finished"
        count, first = connection.execute(_STARTED, {"run": run}).one()
        yield from _told(count, first, what)


def _told(count: int, first: int, what: str) -> Iterator[str]:
    if count:
        yield f"{count} row{'s have' if count > 1 else ' has'} {what}; the first is row {first}."
