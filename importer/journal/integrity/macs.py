"""Check values: a disk that gives other bytes than were written is noticed before anybody gets another's FreedomID.

Each record carries a MAC (message authentication code): a keyed hash of what it says and of where it stands. Statements
compute it where they write, and compare it where they read, by the function ``mac`` (see ``mac_function``).
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, literal_column, type_coerce

from importer.errors import BooksDontBalance
from importer.journal.integrity.mac_function import mac
from importer.messages.text import enumerated

COVERED: Final = "covered"
"""Of a table's ``info``: the columns that a MAC is computed of, in this order, behind the name of the table."""

_TOLD: Final = 5
"""Row numbers that a message names."""


def covered(table: Table) -> tuple[str, ...]:
    """What a MAC of a table's records is computed of; a table without any is none to ask for it."""
    columns: tuple[str, ...] = table.info[COVERED]
    return columns


def mac_of(table: Table, values: Any = None, **changed: Any) -> ColumnElement[bytes]:
    """The MAC of a record as a statement computes it.

    Args:
        table: One whose records have MACs.
        values: What has the columns: another table, the ``excluded`` of an upsert; None: the table itself.
        changed: Columns that the statement sets, with their new values.
    """
    columns = table.c if values is None else values
    facts = [
        type_coerce(changed[name] if name in changed else columns[name], table.c[name].type) for name in covered(table)
    ]
    return mac(literal_column(f"'{table.name}'"), *facts)


def is_sound(table: Table) -> ColumnElement[bool]:
    """Whether a record is as it was written."""
    return table.c.mac.is_not_distinct_from(mac_of(table))


def is_unsound(table: Table) -> ColumnElement[bool]:
    """Whether a record is not as it was written: ``not_`` of ``is_sound`` would come out as ``is_sound`` itself."""
    return table.c.mac.is_distinct_from(mac_of(table))


def with_mac(table: Table, *known: str) -> list[ColumnElement[Any]]:
    """The facts of a record and its MAC, for a reader that takes all of it and computes the MAC itself.

    That takes half of what ``is_sound`` takes, for which the database calls back. ``known``: facts that the condition
    of the statement says: they need not be read, which takes 0.1 us each.
    """
    return [*(table.c[name] for name in covered(table) if name not in known), table.c.mac]


def unsound(what: str, rows: Iterable[int]) -> BooksDontBalance:
    """The error for records that are not as they were written; ``rows``: their numbers, some of them."""
    told = sorted(rows)
    return BooksDontBalance(
        enumerated(
            "The journal is damaged: what it says of {what} (row {numbers}) is not what was written. No FreedomID is "
            "taken from it. Restore the journal (with the files beside it) from a backup; `importer report RUN -o NEW` "
            "writes what is still sound.",
            "The journal is damaged: what it says of {what} (rows {numbers}) is not what was written. No FreedomID is "
            "taken from it. Restore the journal (with the files beside it) from a backup; `importer report RUN -o NEW` "
            "writes what is still sound.",
            told[:_TOLD],
            more=len(told) > _TOLD,
            what=what,
        )
    )
