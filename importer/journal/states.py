"""The states of runs and of rows, and every step from one to another: no other step is possible.

A step of a run is held against RUN_TRANSITIONS before it is recorded (``runs.change``); the statements that change
rows are made from the tables below (``commit_group``), and a row that a statement does not meet stops the writer.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum, StrEnum, auto
from typing import Final

from importer.model import Outcome, Status


class RunState(StrEnum):
    """Where a run stands. A crash leaves the state as it was: who works on a run is told by its lock alone."""

    PLANNING = "planning"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
    PURGED = "purged"


RUN_TRANSITIONS: Final[Mapping[RunState, frozenset[RunState]]] = {
    RunState.PLANNING: frozenset(
        {
            RunState.RUNNING,  # every row of the input has its journal row
            RunState.PURGED,  # left alone for so long that its texts went
        }
    ),
    RunState.RUNNING: frozenset(
        {
            RunState.STOPPED,  # outage, dead token, signal, full disk, a --limit reached
            RunState.FINISHED,  # every row has its outcome
            RunState.PURGED,  # crashed and left alone
        }
    ),
    RunState.STOPPED: frozenset(
        {
            RunState.RUNNING,  # the same command again
            RunState.PURGED,  # given up
        }
    ),
    RunState.FINISHED: frozenset(
        {
            RunState.PURGED,  # old enough
        }
    ),
    RunState.PURGED: frozenset(),  # its input and texts are gone for good
}
"""Staying is no step: a run that crashed while RUNNING runs on, a FINISHED one is only reported again."""


class RowState(IntEnum):
    """What is stored; what may have created a user of unknown FreedomID is also in ``tables.IN_DOUBT``."""

    NOT_SENT = 0
    STARTED = 1
    STARTED_AGAIN = 2
    FAILED = 3
    UNCONFIRMED = 4
    TO_UPDATE = 5
    UPDATE_STARTED = 6
    REJECTED_IN_DOUBT = 7
    CREATED = 10
    EXISTS = 11
    REJECTED = 12
    UPDATED = 13
    ALREADY_IMPORTED = 20
    INVALID = 21
    DUPLICATE = 22


class Held(Enum):
    """Why a row that is to be sent is not started."""

    ELSEWHERE = auto()
    """Its phone is under way with another run's row, or has a user by now."""
    LOST = auto()
    """Another worker has claimed it, or it has its outcome."""


WHEN_STARTED: Final[Mapping[RowState, RowState]] = {
    RowState.NOT_SENT: RowState.STARTED,  # a request is about to leave
    RowState.STARTED: RowState.STARTED_AGAIN,  # taken up after a crash: the first request may have landed
    RowState.STARTED_AGAIN: RowState.STARTED_AGAIN,  # after one more crash
    RowState.TO_UPDATE: RowState.UPDATE_STARTED,  # a request that changes a user is about to leave
    RowState.UPDATE_STARTED: RowState.UPDATE_STARTED,  # taken up after a crash: sent twice, it changes nothing more
}

WHEN_RELEASED: Final[Mapping[RowState, RowState]] = {
    RowState.STARTED: RowState.NOT_SENT,  # proven never sent; STARTED_AGAIN keeps the doubt of the first time
    RowState.UPDATE_STARTED: RowState.TO_UPDATE,  # its doubt is the ledger's (see ``field_prints``), not the row's
}

OUTCOMES: Final = frozenset(
    {
        RowState.CREATED,  # the API made the user
        RowState.ALREADY_IMPORTED,  # taken, and by now this journal knows that another run did it
        RowState.DUPLICATE,  # likewise, and for somebody else
        RowState.UNCONFIRMED,  # taken, perhaps by a request of ours
        RowState.EXISTS,  # taken, not by this journal
        RowState.REJECTED,  # the API refuses the row
        RowState.REJECTED_IN_DOUBT,  # likewise, after a request of ours whose answer was lost
        RowState.FAILED,  # attempts used up while other rows passed
    }
)
"""What a row that was started may end as. Nothing leaves an outcome but by the tables below."""

UPDATE_OUTCOMES: Final = frozenset(
    {
        RowState.UPDATED,  # the API took the changed fields
        RowState.REJECTED,  # it refuses them; the user is as before, and keeps its FreedomID
        RowState.FAILED,  # attempts used up while other rows passed
    }
)
"""What an update that was started may end as."""

WHEN_FINISHED: Final[Mapping[RowState, frozenset[RowState]]] = {
    # another run created it before this one's turn came, or somebody else of its phone
    RowState.NOT_SENT: frozenset({RowState.ALREADY_IMPORTED, RowState.DUPLICATE}),
    RowState.STARTED: OUTCOMES,
    RowState.STARTED_AGAIN: OUTCOMES,
    RowState.UPDATE_STARTED: UPDATE_OUTCOMES,
}

_NOT_UPDATED: Final = frozenset(
    {
        RowState.UNCONFIRMED,  # the FreedomID was taken back since: its user may be somebody else
        RowState.DUPLICATE,  # another phone for a user whose FreedomID stands in another row, too
        RowState.INVALID,  # its user has got another phone since it was planned
    }
)
WHEN_NOT_UPDATED: Final[Mapping[RowState, frozenset[RowState]]] = {
    RowState.TO_UPDATE: _NOT_UPDATED,
    RowState.UPDATE_STARTED: _NOT_UPDATED,  # taken up after a crash
}
"""What is found out before updates are sent."""

WHEN_CONFIRMED: Final[Mapping[RowState, RowState]] = {
    RowState.UNCONFIRMED: RowState.CREATED,  # the API's support told the FreedomID
    RowState.FAILED: RowState.CREATED,  # likewise, of a request whose answer was lost
    RowState.REJECTED_IN_DOUBT: RowState.CREATED,  # likewise
}

WHEN_TAKEN_BACK: Final[Mapping[RowState, RowState]] = {
    # its FreedomID turned out to be no success of this row: another phone has it as well, or the answer may have been
    # another request's
    RowState.CREATED: RowState.UNCONFIRMED,  # the row that was first
    RowState.EXISTS: RowState.UNCONFIRMED,  # the ID was told with "already exists"
    RowState.ALREADY_IMPORTED: RowState.UNCONFIRMED,  # the ledger had it for two phones
    RowState.UPDATED: RowState.UNCONFIRMED,  # the user that was updated may be somebody else
    RowState.REJECTED: RowState.UNCONFIRMED,  # an update that was refused: the user that it names may be somebody else
    RowState.UNCONFIRMED: RowState.UNCONFIRMED,  # loses its ID
}

WHEN_SETTLED: Final[Mapping[RowState, RowState]] = {
    RowState.UNCONFIRMED: RowState.ALREADY_IMPORTED,  # without an ID, and by now another run got one for the phone
}
"""What a later command may find out."""

WHEN_SOMEBODY_ELSES: Final[Mapping[RowState, RowState]] = {
    RowState.UNCONFIRMED: RowState.DUPLICATE,  # likewise, and that run created the phone for a person of other names
}

TO_BE_UPDATED: Final = (RowState.TO_UPDATE, RowState.UPDATE_STARTED)
"""Rows of users that are known, with fields still to be sent; they have a FreedomID."""

UNFINISHED: Final = (RowState.NOT_SENT, RowState.STARTED, RowState.STARTED_AGAIN, *TO_BE_UPDATED)
"""Rows still to do. Any other state that a row is planned with (invalid, duplicate, already imported) is final."""

STATE_OF: Final = {status: RowState[status.name] for status in Status}

STATUS_OF: Final = {
    state: Status.NOT_SENT if state in UNFINISHED else Status[state.name.removesuffix("_IN_DOUBT")]
    for state in RowState
}


def state_of(outcome: Outcome) -> RowState:
    """The state of a row that ends so."""
    in_doubt = outcome.doubt and outcome.status is Status.REJECTED
    return RowState.REJECTED_IN_DOUBT if in_doubt else STATE_OF[outcome.status]


TO_LEDGER: Final = frozenset({Status.CREATED, Status.UNCONFIRMED, Status.UPDATED})
"""Outcomes that the ledger remembers: the API made this user, or most likely did so, for a row of ours, or changed it.

An ID of ``exists`` stays out: this journal did not create that user, and a later run must say so again.
"""
