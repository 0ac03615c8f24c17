"""The small numbers that stand for a row's state in the journal, and what each means.

A row is planned with its outcome already known (invalid, duplicate, already imported) or as ``not_sent``, and then:

not_sent → started          before a request may leave
started → started_again     the row is taken up a second time (after a crash): its first request may have landed
started → not_sent          proven never sent (``released``); started_again never goes back: its doubt stays
started… → an outcome       final; nothing leaves an outcome
"""

from enum import IntEnum
from typing import Final

from importer.model import Status

SCHEMA_VERSION: Final = 1
"""Of the tables, and of what stands in them."""


class RowState(IntEnum):
    """What is stored; the ranges matter: up to STARTED_AGAIN is unfinished, STARTED to UNCONFIRMED is in doubt."""

    NOT_SENT = 0
    STARTED = 1
    STARTED_AGAIN = 2
    FAILED = 3
    UNCONFIRMED = 4
    CREATED = 10
    EXISTS = 11
    REJECTED = 12
    ALREADY_IMPORTED = 20
    INVALID = 21
    DUPLICATE = 22


UNFINISHED: Final = f"state <= {RowState.STARTED_AGAIN:d}"
"""SQL: rows still to do."""

IN_DOUBT: Final = f"state BETWEEN {RowState.STARTED:d} AND {RowState.UNCONFIRMED:d}"
"""SQL: rows whose request may have created a user without this journal knowing the FreedomID.

Literal text on purpose: a partial index serves a query only when both spell the same condition.
"""

STATE_OF: Final = {status: RowState[status.name] for status in Status}

STATUS_OF: Final = {
    state: Status.NOT_SENT if state <= RowState.STARTED_AGAIN else Status[state.name] for state in RowState
}

TO_LEDGER: Final = frozenset({Status.CREATED, Status.UNCONFIRMED})
"""Outcomes whose FreedomID the ledger remembers: the API made this user, or most likely did so, for a row of ours.

An ID of ``exists`` stays out: this journal did not create that user, and a later run must say so again.
"""
