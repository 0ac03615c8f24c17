"""Whether the books balance, and what a purge leaves."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from importer.errors import BooksDontBalance
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.model import Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
SECRET = "Айгерим"


@pytest.fixture
def run(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Run:
    """A finished run: rows 2 to 5 created, row 6 invalid."""
    made = make_run(journal)
    statuses = ["not_sent"] * 4 + ["invalid"]
    journal.plan(made.id, make_frame(range(2, 7), status=statuses, errors=[""] * 4 + [f'[["","x","{SECRET}"]]']))

    async def send() -> None:
        async with JournalWriter(journal, made) as writer:
            for row in range(2, 6):
                await writer.started(row)
                await writer.finished(row, Outcome(Status.CREATED, str(uuid.UUID(int=row))))

    asyncio.run(send())
    journal.update_run(made.id, state=RunState.RUNNING, rows=5)
    return journal.update_run(
        made.id, state=RunState.FINISHED, counts={"created": 4, "invalid": 1, "notes": 9}, exit_code=1
    )


def change(journal: Journal, statement: str) -> None:
    with journal.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_sound_run_has_no_contradiction(journal: Journal, run: Run) -> None:
    assert journal.verify(run.id) == []


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
    assert journal.verify(run.id) == []
    change(journal, statement)
    assert any(told in sentence for sentence in journal.verify(run.id)), journal.verify(run.id)


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
    assert journal.verify(run.id) == []
    files = [path for path in journal.path.parent.rglob("*") if path.is_file()]
    assert not [path.name for path in files if SECRET.encode() in path.read_bytes()]


def test_a_purge_leaves_out_a_run_at_work_and_takes_one_that_was_given_up(journal: Journal, make_run: MakeRun) -> None:
    at_work, given_up = make_run(journal), make_run(journal, identity="ef" * 32)
    with journal.lock(at_work.identity):
        assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == [given_up.id]
    assert journal.get_run(at_work.id).state is RunState.PLANNING


def test_a_plan_is_not_cleared_once_rows_were_sent(journal: Journal, run: Run) -> None:
    with pytest.raises(BooksDontBalance):
        journal.clear_plan(run.id)
    assert journal.row_count(run.id) == 5
