"""Updates of users that are known: what is planned, what they had before, and whether an address may be sent any."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, LargeBinary, and_, bindparam, func, literal, null, or_, select, update

from importer.journal.database.executemany import executemany
from importer.journal.database.portions import portions
from importer.journal.database.tables import APIS, LEDGER, ROWS, RUNS
from importer.journal.integrity.keys import id_from_bytes
from importer.journal.integrity.macs import is_sound, mac_of, unsound
from importer.journal.journal import Journal
from importer.journal.rows.remarks import add_remarks
from importer.journal.rows.repeats import origins
from importer.journal.runs import NEW_PHONES, Run
from importer.journal.states import STATE_OF, TO_BE_UPDATED, WHEN_NOT_UPDATED, RowState
from importer.messages.text import Text
from importer.model import PHONE_CHANGED, CellError, KnownUser, Outcome, Status

_AT_ONCE: Final = 5_000

_PLANNED: Final = ROWS.c.state.in_([int(state) for state in TO_BE_UPDATED])

_OF_SPAN: Final = (
    select(ROWS.c.row, ROWS.c.freedom_id, is_sound(ROWS).label("sound"), LEDGER.c.phone, LEDGER.c.prints)
    .join_from(
        ROWS,
        LEDGER,
        (LEDGER.c.api == bindparam("api"))
        & (LEDGER.c.phone == ROWS.c.phone)
        & (LEDGER.c.freedom_id == ROWS.c.freedom_id),
        isouter=True,
    )
    .where(ROWS.c.run == bindparam("own_run"), ROWS.c.row.between(bindparam("first"), bindparam("last")), _PLANNED)
)

_LEARN: Final = (
    update(LEDGER)
    .where(
        LEDGER.c.api == bindparam("own_api"),
        LEDGER.c.phone == bindparam("known_phone"),
        LEDGER.c.freedom_id != literal(b"", LargeBinary),
    )
    .values(prints=bindparam("learnt", type_=LargeBinary))
)
"""Its MAC stays: prints have a check value of their own, and a new MAC would hide what else is damaged."""

_REFUSED: Final = bindparam("refused", type_=ROWS.c.state.type)
_REFUSE: Final = (
    update(ROWS)
    .where(
        ROWS.c.run == bindparam("own_run"),
        ROWS.c.row == bindparam("own_row", type_=BigInteger),
        or_(  # no IN, in a statement of many records
            *(
                and_(ROWS.c.state == int(before), literal(int(after)) == _REFUSED)
                for before, refused in WHEN_NOT_UPDATED.items()
                for after in refused
            )
        ),
    )
    .values(state=_REFUSED, freedom_id=null(), mac=mac_of(ROWS, state=_REFUSED, freedom_id=null()))
)

TWICE_CODE: Final = "freedom_id_twice"
"""The error code of a row that would give a user another phone, and whose FreedomID another row has as well."""


class UpdateTrial(StrEnum):
    """What an address has been sent of updates; whether it keeps the fields that are left out is not documented."""

    NONE = ""
    SENT = "sent"
    """One, and nobody has said what came of it."""
    ACCEPTED = "accepted"
    """A person looked at it and found it right."""


def trial_of(journal: Journal, api: str) -> UpdateTrial:
    """How far an address is with updates."""
    with journal.database.reading() as connection:
        return UpdateTrial(connection.execute(select(APIS.c.updates).where(APIS.c.address == api)).scalar() or "")


def note_trial(journal: Journal, api: str, trial: UpdateTrial) -> None:
    """Remember how far an address is, for this and all later runs."""
    with journal.database.writing() as connection:
        connection.execute(update(APIS).where(APIS.c.address == api).values(updates=trial.value))


def keep_prints(journal: Journal, api: str, found: Sequence[tuple[bytes, bytes]]) -> None:
    """Remember the prints of users (phone hash, prints) whose fields nobody knew, neighbours of the tree together."""
    for some in portions(sorted(found), _AT_ONCE):
        with journal.database.writing() as connection:
            number = connection.execute(select(APIS.c.number).where(APIS.c.address == api)).scalar_one()
            records = [{"own_api": number, "known_phone": phone, "learnt": prints} for phone, prints in some]
            executemany(connection, _LEARN, records)


def are_waiting(journal: Journal, run: Run) -> bool:
    """Whether a run has users left to update."""
    left = select(ROWS.c.row).where(ROWS.c.run == journal.number_of(run.id), _PLANNED).limit(1)
    with journal.database.reading() as connection:
        return connection.execute(left).first() is not None


def count_waiting(journal: Journal, run: Run) -> int:
    """How many users a run has left to update."""
    left = select(func.count()).where(ROWS.c.run == journal.number_of(run.id), _PLANNED)
    with journal.database.reading() as connection:
        return int(connection.execute(left).scalar_one())


def first_updated(journal: Journal, run: Run) -> int | None:
    """The first row of a run whose user was updated."""
    done = select(func.min(ROWS.c.row)).where(
        ROWS.c.run == journal.number_of(run.id), ROWS.c.state == int(RowState.UPDATED)
    )
    with journal.database.reading() as connection:
        row: int | None = connection.execute(done).scalar()
    return row


class PlannedUpdates:
    """The users that a planned run is to update, as they were before.

    Attributes:
        moved: Row → user, of those that are to get another phone.
        lost: The rows whose users the ledger has lost meanwhile.
    """

    def __init__(self, journal: Journal, run: Run) -> None:
        self._journal, self._run = journal, run
        given = {row: user.freedom_id for row, user in self._planned(0, 2**62) if not user.phone}
        users = journal.ledger.users_of(run.api, list(given.values()))
        self.moved = {row: users[freedom_id] for row, freedom_id in given.items() if freedom_id in users}
        self.lost = [row for row, freedom_id in given.items() if freedom_id not in users]

    def of(self, first: int, last: int) -> dict[int, KnownUser | None]:
        """Row → user, of the rows of a span that are to be updated; None where the ledger has lost it meanwhile."""
        return {row: user if user.phone else self.moved.get(row) for row, user in self._planned(first, last)}

    def _planned(self, first: int, last: int) -> Iterator[tuple[int, KnownUser]]:
        number, api = self._journal.numbers_of(self._run.id)
        self._journal.database.keys()
        damaged = []
        with self._journal.database.reading() as connection:
            for found in connection.execute(_OF_SPAN, {"own_run": number, "api": api, "first": first, "last": last}):
                if not found.sound:
                    damaged.append(found.row)
                yield found.row, KnownUser(id_from_bytes(found.freedom_id), found.phone or b"", found.prints or b"")
        if damaged:
            raise unsound(Text("users to be updated"), damaged)


def refuse_shared(journal: Journal, run: Run) -> int:
    """Of a run that is planned: refuse new phones for a FreedomID that stands in several rows; how many."""
    moved = PlannedUpdates(journal, run).moved
    number = journal.number_of(run.id)
    rows: dict[str, list[int]] = {}
    if moved:
        ids = {user.freedom_id for user in moved.values()}
        of_run = select(ROWS.c.row, ROWS.c.freedom_id).where(ROWS.c.run == number, ROWS.c.freedom_id.is_not(None))
        with journal.database.reading() as connection:
            for row, stored in connection.execute(of_run):
                if (freedom_id := id_from_bytes(stored)) in ids:
                    rows.setdefault(freedom_id, []).append(row)
    shared = [row for row, user in moved.items() if len(rows[user.freedom_id]) > 1]
    _refuse(journal, number, {row: _shared(row, rows[moved[row].freedom_id]) for row in shared})
    return len(shared)


def refuse_outdated(journal: Journal, run: Run) -> int:
    """Of a run that goes on: refuse rows whose user got another phone since they were planned; how many.

    Their own phone was the user's then, or another was to be replaced: nobody asked that this one go. So are those
    whose FreedomID was taken back; that said why.
    """
    if NEW_PHONES not in run.settings or not are_waiting(journal, run):  # no updates, or of an older version
        return 0
    replaced, planned = run.settings[NEW_PHONES], PlannedUpdates(journal, run)
    outdated = {
        row: _outdated(user.freedom_id)
        for row, user in planned.moved.items()
        if replaced.get(str(row)) != user.phone.hex()
    }
    outdated |= dict.fromkeys(planned.lost, Outcome(Status.UNCONFIRMED))
    _refuse(journal, journal.number_of(run.id), outdated)
    return len(outdated)


def _outdated(freedom_id: str) -> Outcome:
    text = Text("phone: this user has another phone by now; correct the row's phone, or take the row out")
    note = Text("not updated; the user's FreedomID is {freedom_id}", freedom_id=freedom_id)
    return Outcome(Status.INVALID, errors=(CellError("phone", PHONE_CHANGED, text),), note=note)


def _refuse(journal: Journal, number: int, refused: Mapping[int, Outcome]) -> None:
    if not refused:
        return
    steps = [
        {"own_run": number, "own_row": row, "refused": int(STATE_OF[outcome.status])}
        for row, outcome in refused.items()
    ]
    with journal.database.writing() as connection:
        connection.execute(_REFUSE, steps)
        add_remarks(connection, [(number, row, outcome) for row, outcome in refused.items()])


def _shared(row: int, rows: Sequence[int]) -> Outcome:
    other = next(one for one in rows if one != row)
    text = Text(
        "phone: the row's FreedomID stands in row {other} too; which phone is this user's? keep one of the rows",
        other=other,
    )
    return Outcome(Status.DUPLICATE, errors=(CellError("phone", TWICE_CODE, text),))


def missing_since(journal: Journal, run_id: str, phones: set[bytes]) -> int:
    """How many users of a run (who had a FreedomID in the end) are not among some phones (hashed)."""
    number = journal.number_of(run_id)
    own = select(ROWS.c.phone).where(ROWS.c.run == number, ROWS.c.freedom_id.is_not(None), ROWS.c.phone.is_not(None))
    with journal.database.reading() as connection:
        gone = sum(phone not in phones for phone in connection.execute(own).scalars())
        folded: dict[int, list[int]] = {}
        for _, run, row in origins(connection, number, 0, 2**62):
            folded.setdefault(run, []).append(row)
        for run, rows in folded.items():
            for some in portions(sorted(rows), _AT_ONCE):
                of_origin = select(ROWS.c.phone).where(ROWS.c.run == run, ROWS.c.row.in_(some))
                gone += sum(phone not in phones for phone in connection.execute(of_origin).scalars())
    return gone


def names_of_runs(journal: Journal, numbers: set[int]) -> dict[int, str]:
    """Number → id of runs."""
    with journal.database.reading() as connection:
        found = connection.execute(select(RUNS).where(RUNS.c.number.in_(sorted(numbers))))
        return {run.number: run.id for run in found}
