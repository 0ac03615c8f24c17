"""Whether a run's books balance: every contradiction that the journal itself can show, told without personal data."""

import json
from collections.abc import Iterator
from typing import Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Executable,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)

from importer.journal.rows import STARTED
from importer.journal.rows import counts as count_rows
from importer.journal.states import RowState, RunState
from importer.journal.tables import ARRIVALS, LEDGER, REMARKS, ROWS, RUNS
from importer.model import REPEATED_ID, Status

_RUN: Final[BindParameter[int]] = bindparam("run")
_NEEDS_ID: Final = ROWS.c.state.in_([RowState.CREATED, RowState.ALREADY_IMPORTED])
_MAY_HAVE_ID: Final = ROWS.c.state.in_([RowState.EXISTS, RowState.UNCONFIRMED])
_HAS_ID: Final = ROWS.c.freedom_id.is_not(None)
_IN_LEDGER: Final = or_(ROWS.c.state == RowState.CREATED, and_(ROWS.c.state == RowState.UNCONFIRMED, _HAS_ID))

_ROW_CHECKS: Final[tuple[tuple[ColumnElement[bool], str], ...]] = (
    (ROWS.c.state.not_in(list(RowState)), "a state that this program does not know"),
    (and_(_NEEDS_ID, not_(_HAS_ID)), "a status that comes with a FreedomID, but none"),
    (and_(not_(_NEEDS_ID), not_(_MAY_HAVE_ID), _HAS_ID), "a FreedomID, but a status that has none"),
    (and_(_IN_LEDGER, ROWS.c.phone.is_(None)), "a FreedomID, but no phone"),
)
"""(condition, what such rows have); one look through the rows counts them all."""

_ROWS_OF_RUN: Final = select(
    *(figure.filter(condition) for condition, _ in _ROW_CHECKS for figure in (func.count(), func.min(ROWS.c.row)))
).where(ROWS.c.run == _RUN)

_REPEATED: Final = (
    select(func.min(ROWS.c.row).label("first"))
    .where(ROWS.c.run == _RUN, _HAS_ID)
    .group_by(ROWS.c.freedom_id)
    .having(func.count() > 1)
    .subquery()
)

_ENTERED: Final = exists().where(
    LEDGER.c.api == bindparam("api"),
    LEDGER.c.phone == ROWS.c.phone,
    or_(LEDGER.c.freedom_id == ROWS.c.freedom_id, LEDGER.c.run != ROWS.c.run),
)

_CHECKS: Final[tuple[tuple[Executable, str], ...]] = (
    (select(func.count(), func.min(_REPEATED.c.first)), "a FreedomID that stands in more than one row"),
    (
        select(func.count(), func.min(ROWS.c.row)).where(
            ROWS.c.run == _RUN,
            _IN_LEDGER,
            ROWS.c.phone.is_not(None),
            not_(_ENTERED),
            # not correlated: with a condition on the outer row it would be made anew for each row
            ROWS.c.row.not_in(select(ARRIVALS.c.row).where(ARRIVALS.c.run == _RUN)),
        ),
        "a FreedomID that the ledger does not have for the phone",
    ),
    (
        select(func.count(), func.min(REMARKS.c.row)).where(
            REMARKS.c.run == _RUN, not_(exists().where(ROWS.c.run == REMARKS.c.run, ROWS.c.row == REMARKS.c.row))
        ),
        "a remark, but no such row",
    ),
    (
        select(func.count(), func.min(REMARKS.c.row)).where(
            REMARKS.c.run == _RUN, REMARKS.c.errors.contains(REPEATED_ID)
        ),
        f"a FreedomID that the API gave to another phone as well, or that is nobody's ({REPEATED_ID})",
    ),
)
"""(how many rows, the first of them; what such rows have)."""

_STARTED: Final = select(func.count(), func.min(ROWS.c.row)).where(ROWS.c.run == _RUN, ROWS.c.state.in_(STARTED))


def contradictions(connection: Connection, run: int, api: int) -> Iterator[str]:
    """Give a sentence for each kind of contradiction in a run; none: the books balance.

    What the pipeline recorded of the run's end (rows, counts) is compared too, once the run has ended.
    """
    figures = connection.execute(_ROWS_OF_RUN, {"run": run}).one()
    for position, (_, what) in enumerate(_ROW_CHECKS):
        yield from _told(figures[2 * position], figures[2 * position + 1], what)
    for check, what in _CHECKS:
        count, first = connection.execute(check, {"run": run, "api": api}).one()
        yield from _told(count, first, what)
    yield from _ending_faults(connection, run)


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
