"""Whether the books balance, and what a purge leaves."""

import asyncio
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import event
from support.books import contradictions

from importer.errors import BooksDontBalance
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.maintenance import fold_repeats
from importer.model import Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
SECRET = "Айгерим"


async def create(journal: Journal, run: Run, rows: Iterable[int]) -> None:
    async with JournalWriter(journal, run) as writer:
        for row in rows:
            await writer.started(row)
            await writer.finished(row, Outcome(Status.CREATED, str(uuid.UUID(int=row))))


@pytest.fixture
def run(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Run:
    """A finished run: rows 2 to 5 created, row 6 invalid."""
    made = make_run(journal)
    statuses = ["not_sent"] * 4 + ["invalid"]
    journal.plan(made.id, make_frame(range(2, 7), status=statuses, errors=[""] * 4 + [f'[["","x","{SECRET}"]]']))
    asyncio.run(create(journal, made, range(2, 6)))
    journal.update_run(made.id, state=RunState.RUNNING, rows=5)
    return journal.update_run(
        made.id, state=RunState.FINISHED, counts={"created": 4, "invalid": 1, "notes": 9}, exit_code=1
    )


def change(journal: Journal, statement: str) -> None:
    with journal.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_sound_run_has_no_contradiction(journal: Journal, run: Run) -> None:
    assert contradictions(journal, run.id) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE rows SET freedom_id = NULL WHERE row = 3", "1 row has a status that comes with a FreedomID, but none"),
        (
            "UPDATE rows SET freedom_id = zeroblob(16) WHERE row = 6",
            "1 row has a FreedomID, but a status that has none",
        ),
        ("UPDATE rows SET state = 77 WHERE row = 6", "1 row has a state that this program does not know"),
        ("UPDATE rows SET phone = NULL WHERE row = 4", "1 row has a FreedomID, but no phone"),
        (
            "UPDATE rows SET freedom_id = (SELECT freedom_id FROM rows WHERE row = 2) WHERE row = 5",
            "1 row has a FreedomID that stands in more than one row; the first is row 2",
        ),
        ("DELETE FROM ledger", "4 rows have a FreedomID that the ledger does not have"),
        ("UPDATE ledger SET freedom_id = zeroblob(16) WHERE row = 2", "1 row has a FreedomID that the ledger does not"),
        ("DELETE FROM rows WHERE row = 6", "1 row has a remark, but no such row"),
        ("DELETE FROM rows WHERE row = 6", "The run has 5 rows, the journal 4"),
        ("DELETE FROM rows WHERE row = 6", "The run ended with 1 rows invalid, the journal has 0"),
        ("UPDATE rows SET state = 1 WHERE row = 6", "a request that was started and no outcome"),
    ],
)
def test_each_contradiction_is_told(journal: Journal, run: Run, statement: str, told: str) -> None:
    assert contradictions(journal, run.id) == []
    change(journal, statement)
    assert any(told in sentence for sentence in contradictions(journal, run.id)), contradictions(journal, run.id)


@pytest.mark.parametrize("rows", [1, 30])
def test_a_damaged_entry_of_the_ledger_is_told_of_a_run_that_is_small_or_large_beside_it(
    journal: Journal, run: Run, make_run: MakeRun, make_frame: MakeFrame, rows: int
) -> None:
    """The entries of a large run are read in the ledger's order, those of a small one looked up."""
    numbers = range(100, 100 + rows)
    for identity, planned in (("ef" * 32, range(1_000, 1_050)), ("12" * 32, numbers)):
        made = make_run(journal, identity=identity)
        journal.plan(made.id, make_frame(planned))
        asyncio.run(create(journal, made, list(planned)))
    assert contradictions(journal, made.id) == []
    change(journal, "UPDATE ledger SET at = at + 1 WHERE row = 100")
    (told,) = contradictions(journal, made.id)
    assert "whose entry in the ledger is not what was written" in told
    assert "row 100" in told
    assert contradictions(journal, run.id) == []


def test_one_freedomid_in_a_row_and_in_a_folded_repeat_is_told(
    journal: Journal, run: Run, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    again, ids = make_run(journal, identity="ef" * 32), {row: str(uuid.UUID(int=row)) for row in range(2, 6)}
    journal.plan(again.id, make_frame(range(2, 6), status="already_imported", freedom_id=list(ids.values())))
    journal.plan(again.id, make_frame([90, 91], status="exists", freedom_id=[ids[4], str(uuid.uuid4())]))
    for state in (RunState.RUNNING, RunState.FINISHED):
        journal.update_run(again.id, state=state, rows=6, counts={"already_imported": 4, "exists": 2})
    assert fold_repeats(journal, journal.get_run(again.id)) == 4
    (told,) = contradictions(journal, again.id)
    assert told == "1 row has a FreedomID that stands in more than one row; the first is row 4."


def test_a_purge_takes_the_texts_and_the_input_and_keeps_the_ledger(journal: Journal, run: Run) -> None:
    (journal.run_folder(run.id) / "input.csv").write_text(SECRET, encoding="utf-8")
    assert journal.purge(datetime.now(UTC) - timedelta(days=1)) == []
    assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == [run.id]
    assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == []
    purged = journal.get_run(run.id)
    assert (purged.state, purged.exit_code, purged.finished_at) == (RunState.PURGED, 1, run.finished_at)
    assert journal.find_run(run.identity) is None
    assert journal.known(API, ["+77010000002"]) == {"+77010000002": str(uuid.UUID(int=2))}
    assert journal.outcomes(run.id, 2, 6)["status"].tolist() == ["created"] * 4 + ["invalid"]
    assert contradictions(journal, run.id) == []
    files = [path for path in journal.path.parent.rglob("*") if path.is_file()]
    assert not [path.name for path in files if SECRET.encode() in path.read_bytes()]


def test_a_purge_leaves_out_a_run_at_work_and_takes_one_that_was_given_up(journal: Journal, make_run: MakeRun) -> None:
    at_work, given_up = make_run(journal), make_run(journal, identity="ef" * 32)
    with journal.lock(at_work.identity):
        assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == [given_up.id]
    assert journal.get_run(at_work.id).state is RunState.PLANNING


def test_a_purge_leaves_out_a_run_that_was_gone_on_with_since_it_was_found(location: str, make_run: MakeRun) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with Journal.open(location, clock=lambda: now) as journal:
        first, second = make_run(journal), make_run(journal, identity="ef" * 32)
        now += timedelta(days=1)

        def gone_on_with(_done: int) -> None:
            if journal.get_run(second.id).state is RunState.PLANNING:
                journal.update_run(second.id, state=RunState.RUNNING)

        assert journal.purge(now - timedelta(hours=1), gone_on_with) == [first.id]
        assert journal.get_run(second.id).state is RunState.RUNNING
        assert (journal.folder / second.id).exists()


def test_a_purge_writes_nothing_of_runs_that_an_earlier_one_has_taken(journal: Journal, run: Run) -> None:
    journal.purge(datetime.now(UTC) + timedelta(days=1))
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        written.extend([statement] if statement.startswith(("DELETE", "UPDATE", "INSERT")) else [])

    event.listen(journal.database.engine, "before_cursor_execute", note)
    with journal.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO wishes (run, wish, \"by\", at) VALUES (1, 'pause', 'x', 'x')")
    for expected in (2, 0):  # what a purge that was cut off left, then nothing
        written.clear()
        assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == []
        assert len(written) == expected
    with journal.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM wishes").scalar() == 0


def test_a_plan_is_not_cleared_once_rows_were_sent(journal: Journal, run: Run) -> None:
    with pytest.raises(BooksDontBalance):
        journal.clear_plan(run.id)
    assert journal.row_count(run.id) == 5
