"""The record of a budget that workers share (see ``creating.shared_budget``): who may change it, and what time it is.

On PostgreSQL only. Each exchange is a short transaction that holds the record, not the journal: whoever writes rows
waits for none of them. It is not waited for until it is on the disk: a budget that is lost is found again.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import inspect, select, update

from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database, transaction
from importer.journal.database.shared_tables import BUDGETS, NOW
from importer.journal.database.upsert import upsert

T = TypeVar("T")

_NOW: Final = select(NOW)


def exchange(database: Database, api: int, change: Callable[[str, float], tuple[str, T]]) -> T:
    """Let a worker change the record of an API (its number), one at a time.

    ``change``: given the record ("" for a new one) and the server's time, in seconds since 1970; gives the record as it
    is to be kept, and what is returned.

    Raises:
        StorageFailed: The server cannot be reached: at once, it is not waited for.
    """
    mine = BUDGETS.c.api == api
    with (
        journal_errors(database.location),
        database.engine.connect() as connection,
        transaction(connection, beside=True),
    ):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        held = select(BUDGETS.c.state).where(mine).with_for_update()
        if (state := connection.execute(held).scalar()) is None:
            connection.execute(upsert(BUDGETS).values(api=api, state="").on_conflict_do_nothing())
            state = connection.execute(held).scalar_one()
        # a statement of its own: the one above may have read the clock before it waited for the record
        kept, result = change(state, connection.execute(_NOW).scalar_one())
        connection.execute(update(BUDGETS).where(mine).values(state=kept))
    return result


def look(database: Database, api: int) -> tuple[str, float]:
    """Give the record of an API, "" where there is none, and the server's time in seconds since 1970.

    Raises:
        StorageFailed: The server cannot be reached.
    """
    with database.reading() as connection:
        if not inspect(connection).has_table(BUDGETS.name):  # a journal of before, which is only read
            return "", 0.0
        state = connection.execute(select(BUDGETS.c.state).where(BUDGETS.c.api == api)).scalar()
        return state or "", connection.execute(_NOW).scalar_one()
