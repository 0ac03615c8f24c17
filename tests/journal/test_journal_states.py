"""The table of states: every step in it can be walked, no other can, and a run that goes on says so."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import LargeBinary, bindparam, update
from support.books import contradictions
from support.commands import Commands, importer, sandbox, write_users

from importer import Watch, load, run
from importer.errors import BooksDontBalance
from importer.journal import Journal, JournalWriter, Run, RunState, updates
from importer.journal.confirmation import confirm
from importer.journal.database.tables import ROWS
from importer.journal.integrity.keys import id_to_bytes
from importer.journal.integrity.macs import mac_of
from importer.journal.maintenance import settle
from importer.journal.states import (
    OUTCOMES,
    STATUS_OF,
    UNFINISHED,
    UPDATE_OUTCOMES,
    WHEN_CONFIRMED,
    WHEN_FINISHED,
    WHEN_NOT_UPDATED,
    WHEN_RELEASED,
    WHEN_SETTLED,
    WHEN_SOMEBODY_ELSES,
    WHEN_STARTED,
    WHEN_TAKEN_BACK,
    RowState,
)
from importer.model import DOUBTFUL_ID, CellError, Outcome, Status
from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]

pytestmark = pytest.mark.sqlite_only  # a server's are walked in one journal, see below

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ANY_OUTCOME = OUTCOMES | UPDATE_OUTCOMES


def test_the_number_that_is_stored_for_a_state_never_changes() -> None:
    assert {state.name: state.value for state in RowState} == {
        "NOT_SENT": 0,
        "STARTED": 1,
        "STARTED_AGAIN": 2,
        "FAILED": 3,
        "UNCONFIRMED": 4,
        "TO_UPDATE": 5,
        "UPDATE_STARTED": 6,
        "REJECTED_IN_DOUBT": 7,
        "CREATED": 10,
        "EXISTS": 11,
        "REJECTED": 12,
        "UPDATED": 13,
        "ALREADY_IMPORTED": 20,
        "INVALID": 21,
        "DUPLICATE": 22,
    }


@pytest.fixture
def planned(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Run:
    made = make_run(journal)
    journal.plan(made.id, make_frame([2]))
    return made


def put(journal: Journal, state: RowState) -> None:
    with journal.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE rows SET state = {state:d}")


def stored(journal: Journal) -> RowState:
    with journal.database.reading() as connection:
        return RowState(connection.exec_driver_sql("SELECT state FROM rows").scalar_one())


def written(journal: Journal, planned: Run, what: Callable[[JournalWriter], object]) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, planned) as writer:
            awaited = what(writer)
            if awaited is not None:
                await awaited

    asyncio.run(inside())


@pytest.mark.parametrize("before", list(RowState))
def test_a_row_is_started_from_the_states_of_the_table_only(journal: Journal, planned: Run, before: RowState) -> None:
    put(journal, before)
    if before in WHEN_STARTED:
        written(journal, planned, lambda writer: writer.started(2))
    else:
        with pytest.raises(BooksDontBalance, match="still to do"):
            written(journal, planned, lambda writer: writer.started(2))
    assert stored(journal) is WHEN_STARTED.get(before, before)


@pytest.mark.parametrize("before", list(RowState))
def test_a_row_is_released_from_the_states_of_the_table_only(journal: Journal, planned: Run, before: RowState) -> None:
    put(journal, before)
    written(journal, planned, lambda writer: writer.released(2))
    assert stored(journal) is WHEN_RELEASED.get(before, before)


@pytest.mark.parametrize("after", list(RowState))
@pytest.mark.parametrize("before", list(RowState))
def test_a_row_ends_along_the_table_only(journal: Journal, planned: Run, before: RowState, after: RowState) -> None:
    put(journal, before)
    outcome = Outcome(STATUS_OF[after], UUID, doubt=after is RowState.REJECTED_IN_DOUBT)
    if after in WHEN_FINISHED.get(before, ()):
        written(journal, planned, lambda writer: writer.finished(2, outcome))
        assert stored(journal) is after
        return
    with pytest.raises(BooksDontBalance if after in ANY_OUTCOME else ValueError, match=r"still to do|no outcome"):
        written(journal, planned, lambda writer: writer.finished(2, outcome))
    assert stored(journal) is before


@pytest.mark.parametrize("before", list(RowState))
def test_a_row_in_doubt_is_confirmed_along_the_table_only(journal: Journal, planned: Run, before: RowState) -> None:
    put(journal, before)
    with pytest.raises(ValueError, match="cannot be told"):
        confirm(journal, planned.id, {2: Outcome(STATUS_OF[RowState.EXISTS], UUID)})
    if before in WHEN_CONFIRMED:
        confirm(journal, planned.id, {2: Outcome(STATUS_OF[RowState.CREATED], UUID)})
    else:
        with pytest.raises(BooksDontBalance, match="still to do"):
            confirm(journal, planned.id, {2: Outcome(STATUS_OF[RowState.CREATED], UUID)})
    assert stored(journal) is WHEN_CONFIRMED.get(before, before)


@pytest.mark.parametrize("before", list(RowState))
def test_an_id_is_taken_back_from_the_states_of_the_table_only(
    journal: Journal, planned: Run, before: RowState
) -> None:
    put(journal, before)
    with journal.database.writing() as connection:
        new = mac_of(ROWS, freedom_id=bindparam("given", type_=LargeBinary))
        connection.execute(update(ROWS).values(freedom_id=bindparam("given"), mac=new), {"given": id_to_bytes(UUID)})
    written(journal, planned, lambda writer: writer.taken_back(UUID))
    assert stored(journal) is WHEN_TAKEN_BACK.get(before, before)
    row = journal.outcomes(planned.id, 2, 2).loc[2]
    assert (row["freedom_id"] == "") is (before in WHEN_TAKEN_BACK)
    assert before not in WHEN_TAKEN_BACK or DOUBTFUL_ID in row["errors"]


def test_an_update_that_was_refused_loses_the_id_that_is_taken_back_and_a_refused_user_had_none(
    journal: Journal, planned: Run
) -> None:
    refused = Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),))
    for before, outcome, after in (
        (RowState.UPDATE_STARTED, refused._replace(freedom_id=UUID), RowState.UNCONFIRMED),
        (RowState.STARTED, refused, RowState.REJECTED),
    ):
        put(journal, before)
        written(journal, planned, lambda writer, outcome=outcome: writer.finished(2, outcome))
        written(journal, planned, lambda writer: writer.taken_back(UUID))
        assert stored(journal) is after
        row = journal.outcomes(planned.id, 2, 2).loc[2]
        assert row["freedom_id"] == ""
        assert contradictions(journal, planned.id) == []


@pytest.mark.parametrize("before", list(RowState))
def test_an_update_is_refused_before_it_is_sent_along_the_table_only(
    journal: Journal, planned: Run, before: RowState
) -> None:
    for after in RowState:
        put(journal, before)
        updates._refuse(journal, journal.number_of(planned.id), {2: Outcome(STATUS_OF[after])})
        assert stored(journal) is (after if after in WHEN_NOT_UPDATED.get(before, ()) else before)


@pytest.mark.parametrize(("others", "steps"), [(set(), WHEN_SETTLED), ({2}, WHEN_SOMEBODY_ELSES)])
@pytest.mark.parametrize("before", list(RowState))
def test_a_row_is_settled_along_the_table_only(
    journal: Journal,
    planned: Run,
    make_run: MakeRun,
    make_frame: MakeFrame,
    before: RowState,
    others: set[int],
    steps: dict[RowState, RowState],
) -> None:
    other = make_run(journal, identity="ef" * 32)
    journal.plan(other.id, make_frame([2]))
    written(journal, other, lambda writer: writer.started(2))
    written(journal, other, lambda writer: writer.finished(2, Outcome(Status.CREATED, UUID)))
    with journal.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE rows SET state = {before:d} WHERE run = 1")
    assert settle(journal, planned, lambda users: others & users.keys()) == (before in steps)
    with journal.database.reading() as connection:
        after = connection.exec_driver_sql("SELECT state FROM rows WHERE run = 1").scalar_one()
    assert after == steps.get(before, before)


def test_on_a_server_a_row_steps_along_the_table_only(address: str, make_run: MakeRun, make_frame: MakeFrame) -> None:
    with Journal.open(address) as journal:
        planned = make_run(journal)
        journal.plan(planned.id, make_frame([2]))
        for before in RowState:
            test_a_row_is_started_from_the_states_of_the_table_only(journal, planned, before)
            test_a_row_is_released_from_the_states_of_the_table_only(journal, planned, before)
            test_a_row_in_doubt_is_confirmed_along_the_table_only(journal, planned, before)
            test_an_id_is_taken_back_from_the_states_of_the_table_only(journal, planned, before)
            test_an_update_is_refused_before_it_is_sent_along_the_table_only(journal, planned, before)
            for after in RowState:
                test_a_row_ends_along_the_table_only(journal, planned, before, after)


def test_what_is_still_to_do_is_what_can_be_started_and_nothing_leaves_an_outcome() -> None:
    assert set(UNFINISHED) == set(WHEN_STARTED)
    assert not ANY_OUTCOME & {*WHEN_STARTED, *WHEN_RELEASED, *WHEN_FINISHED, *WHEN_NOT_UPDATED}


class Looking(Watch):
    """Notes what the journal says of its runs while one of them creates."""

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location, self.seen = location, list[RunState]()

    def began(self, step: str, total: int | None = None) -> None:
        super().began(step, total)
        if step == "creating":
            with Journal.open(self.location, read_only=True) as journal:
                self.seen += [each.state for each in journal.runs()]


def test_a_run_that_goes_on_is_running_while_it_runs(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701000{row:04d}" for row in range(6)])
    location = str(tmp_path / "home" / "journal.db")
    seen = []
    for limit in (2, 4, None):
        watch = Looking(location)
        run(users, load({"home": tmp_path / "home", "limit": limit} if limit else {"home": tmp_path / "home"}), watch)
        with Journal.open(location, read_only=True) as journal:
            seen.append((watch.seen, journal.runs()[0].state))
    running = [RunState.RUNNING]
    assert seen == [(running, RunState.STOPPED), (running, RunState.STOPPED), (running, RunState.FINISHED)]
    assert len(sandbox.users()) == 6
