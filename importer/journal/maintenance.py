"""What is done to a journal's own good when a run has ended: repeats folded, doubts settled, texts packed."""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import LargeBinary, bindparam, func, literal, select, update

from importer.errors import BooksDontBalance, StorageFailed
from importer.journal.database.creation import look_over
from importer.journal.database.tables import LEDGER, REMARKS, ROWS, RUNS
from importer.journal.integrity.keys import id_from_bytes, id_to_bytes
from importer.journal.integrity.macs import is_sound, mac_of, unsound
from importer.journal.integrity.verified_spans import NAME as SOUND
from importer.journal.journal import Journal
from importer.journal.ledger.field_prints import SOMEBODY_ELSES
from importer.journal.rows import packed_remarks, repeats
from importer.journal.rows.remarks import errors_text
from importer.journal.rows.rows import count_again
from importer.journal.runs import Run
from importer.journal.states import WHEN_SETTLED, WHEN_SOMEBODY_ELSES, RowState, RunState
from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.model import KnownUser
from importer.storage.private_files import create_private

SETTLED_NOTE: Final = Text("unconfirmed at first; by now another run of this journal is known to have created the user")

_BY_NOW: Final = (
    select(ROWS.c.row, *LEDGER.c["freedom_id", "phone", "prints"], is_sound(LEDGER).label("sound"))
    .join_from(ROWS, LEDGER, (LEDGER.c.phone == ROWS.c.phone) & (LEDGER.c.api == bindparam("api")))
    .where(
        ROWS.c.run == bindparam("own_run"),
        ROWS.c.state.in_([int(state) for state in WHEN_SETTLED]),
        ROWS.c.freedom_id.is_(None),
        LEDGER.c.run != ROWS.c.run,
        LEDGER.c.freedom_id != literal(b"", LargeBinary),
    )
)

_SETTLED: Final = int(WHEN_SETTLED[RowState.UNCONFIRMED])
_OF_SOMEBODY_ELSE: Final = int(WHEN_SOMEBODY_ELSES[RowState.UNCONFIRMED])
_AFTER: Final = bindparam("after", type_=ROWS.c.state.type)
_SETTLE: Final = (
    update(ROWS)
    .where(ROWS.c.run == bindparam("own_run"), ROWS.c.row == bindparam("own_row"), ROWS.c.freedom_id.is_(None))
    .values(
        state=_AFTER,
        freedom_id=bindparam("known_id"),
        mac=mac_of(ROWS, state=_AFTER, freedom_id=bindparam("known_id", type_=ROWS.c.freedom_id.type)),
    )
)

_ENDED: Final = select(RUNS.c.number).where(
    RUNS.c.number == bindparam("number"), RUNS.c.state.in_([RunState.FINISHED, RunState.STOPPED])
)

EVERY_ROW: Final = 2**62
"""More rows than any journal has."""

_TO_PACK: Final = select(func.count()).select_from(
    select(REMARKS.c.row)
    .join_from(REMARKS, RUNS, RUNS.c.number == REMARKS.c.run)
    .where(RUNS.c.state.in_([RunState.FINISHED, RunState.STOPPED]))
    .limit(bindparam("most"))
    .subquery()
)

_WITH_REMARKS: Final = select(REMARKS.c.run).where(REMARKS.c.run > bindparam("after")).order_by(REMARKS.c.run).limit(1)


def damage_of(journal: Journal) -> BooksDontBalance | None:
    """What a run would refuse a journal for that was opened to be read; None: nothing."""
    try:
        look_over(journal.database, whole=True)
    except BooksDontBalance as exc:
        return exc
    return None


def fold_repeats(journal: Journal, run: Run) -> int:
    """Fold the rows of a finished run that another run had created already; how many (see ``repeats``)."""
    if run.state not in {RunState.FINISHED, RunState.PURGED}:
        return 0
    journal.ledger.fold()
    return repeats.fold(journal.database, *journal.numbers_of(run.id))


def rows_to_pack(journal: Journal, most: int = EVERY_ROW) -> int:
    """Of how many rows ``pack_remarks`` would pack the texts; ``most``: no more are counted."""
    with journal.database.reading() as connection:
        return int(connection.execute(_TO_PACK, {"most": most}).scalar_one())


def pack_remarks(journal: Journal, done: Callable[[int], object] = id, most: int = EVERY_ROW) -> None:
    """Pack the texts of runs that have ended, also of those that were killed at their end, or of an earlier version.

    ``done`` is told of how many rows each transaction packed the texts, and may end it; ``most``: of how many at most.
    """
    after: int | None = 0
    while after is not None:
        with journal.database.reading() as connection:
            after = connection.execute(_WITH_REMARKS, {"after": after}).scalar()
            ended = connection.execute(_ENDED, {"number": after}).first() is not None
        if after is not None and ended:
            for told in packed_remarks.pack(journal.database, after):
                done(told)
                most -= told
                if most < packed_remarks.ROWS_AT_ONCE:
                    return


def note_sound(journal: Journal, run: Run, created: int, looked: Callable[[int], object]) -> None:
    """Note which records of a finished run are as they were written, for who looks at them later (``verified_spans``).

    Its rows were looked at for the report, entries of the ledger are here: 5 us each, of the 500 that creating a user
    takes. What is wrong with them is not told here: who reads them finds it again. ``created``: how many users the run
    has created; ``looked`` is told how many entries were read.
    """
    from importer.journal.ledger.audited_entries import sound_entries  # noqa: PLC0415 (the history of runs must not load pandas)

    path = _notes_of(journal, run)
    number, api = journal.numbers_of(run.id)
    with suppress(BooksDontBalance, StorageFailed, OSError):
        if not path.exists():
            sound_entries(journal.database, number, api, created, looked)
            create_private(path, journal.database.sound.notes(number).encode())


def recall_sound(journal: Journal, run: Run) -> None:
    """Read what was noted of a run's records."""
    journal.database.sound.recall(_notes_of(journal, run))


def _notes_of(journal: Journal, run: Run) -> Path:
    return journal.folder / run.id / SOUND


def nobody(_users: Mapping[int, KnownUser]) -> set[int]:
    """No row, where it cannot be told whose they are."""
    return set()


def settle(journal: Journal, run: Run, others: Callable[[Mapping[int, KnownUser]], Container[int]] = nobody) -> int:
    """Give the unconfirmed rows of a run the FreedomIDs that other runs on its API got for their phones; how many.

    ``others``: which of some rows (row → user by now) are another person than the user: they get the reason instead.

    Raises:
        BooksDontBalance: an entry of the ledger is not what was written.
    """
    journal.ledger.fold()
    number, api = journal.numbers_of(run.id)
    with journal.database.reading() as connection:
        known = connection.execute(_BY_NOW, {"own_run": number, "api": api}).all()
    if damaged := [found.row for found in known if not found.sound]:
        raise unsound(Text("FreedomIDs of other runs"), damaged)
    if known:
        users = {
            found.row: KnownUser(id_from_bytes(found.freedom_id), found.phone, found.prints or b"") for found in known
        }
        steps, said = [], {}
        apart = others(users)
        for row, user in users.items():
            step = {"after": _SETTLED, "known_id": id_to_bytes(user.freedom_id)}
            said[row] = ("", kept(SETTLED_NOTE))
            if row in apart:
                step = {"after": _OF_SOMEBODY_ELSE, "known_id": None}
                said[row] = (errors_text([SOMEBODY_ELSES]), "")
            steps.append({"own_run": number, "own_row": row, **step})
        with journal.database.writing() as connection:
            connection.execute(_SETTLE, steps)
            packed_remarks.replace(connection, journal.database.keys(), number, said)
            count_again(connection, number)
    return len(known)
