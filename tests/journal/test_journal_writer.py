"""Rows in flight: what the writer promises when a call returns."""

import asyncio
import json
import sqlite3
import threading
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pandas as pd
import pytest
from support.books import contradictions

from importer.errors import BooksDontBalance, StorageFailed
from importer.journal import Journal, JournalWriter, Run
from importer.journal.commits import commit_group
from importer.journal.commits.commit_group import CommitGroup
from importer.model import CellError, Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"


@pytest.fixture
def run(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Run:
    made = make_run(journal)
    journal.plan(made.id, make_frame(range(2, 1002), note=["repaired"] + [""] * 999))
    return made


def writing(journal: Journal, run: Run, steps: Callable[[JournalWriter], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, run) as writer:
            await steps(writer)

    asyncio.run(inside())


def test_what_was_awaited_is_seen_by_any_other_connection_at_once(journal: Journal, run: Run, location: str) -> None:
    freedom_id = str(uuid.uuid4())
    errors = (CellError("email", "api_email", 'занят "x"'),)

    async def steps(writer: JournalWriter) -> None:
        with Journal.open(location, read_only=True) as other:
            await writer.started(2)
            assert other.unfinished(run.id, 2, 3) == {2: True, 3: False}
            assert other.outcomes(run.id, 2, 2)["status"].tolist() == ["not_sent"]
            assert other.outcomes(run.id, 2, 2)["doubt"].tolist() == [True]
            await writer.finished(2, Outcome(Status.CREATED, freedom_id, note="by the API"))
            await writer.started(3)
            await writer.finished(3, Outcome(Status.REJECTED, errors=errors))
            found = other.outcomes(run.id, 2, 3)
            assert found["status"].tolist() == ["created", "rejected"]
            assert found["freedom_id"].tolist() == [freedom_id, ""]
            assert found["note"].tolist() == ["repaired; by the API", ""]
            assert json.loads(found["errors"].tolist()[1]) == [["email", "api_email", 'занят "x"']]
            assert other.unfinished(run.id, 2, 3) == {}

    writing(journal, run, steps)


def test_a_note_of_the_plan_stays_when_an_outcome_brings_only_errors(journal: Journal, run: Run) -> None:
    async def steps(writer: JournalWriter) -> None:
        await writer.started(2)
        await writer.finished(2, Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),)))

    writing(journal, run, steps)
    found = journal.outcomes(run.id, 2, 2)
    assert found["note"].tolist() == ["repaired"]
    assert found["errors"].tolist() == ['[["","api_x","no"]]']


def test_a_row_that_never_left_is_as_it_was(journal: Journal, run: Run) -> None:
    async def steps(writer: JournalWriter) -> None:
        for row in (2, 3):
            await writer.started(row)
            writer.released(row)
        await writer.started(3)

    writing(journal, run, steps)
    assert journal.unfinished(run.id, 2, 3) == {2: False, 3: True}


def test_the_doubt_of_an_earlier_process_is_not_released(journal: Journal, run: Run) -> None:
    async def start(writer: JournalWriter) -> None:
        await writer.started(2)

    async def start_and_release(writer: JournalWriter) -> None:
        await writer.started(2)
        writer.released(2)

    writing(journal, run, start)
    writing(journal, run, start_and_release)
    assert journal.unfinished(run.id, 2, 2) == {2: True}


def test_starts_and_releases_that_meet_in_one_commit_keep_their_order() -> None:
    group = CommitGroup()
    group.release(2)
    group.start(2)
    assert (group.started, group.released) == ({}, {})
    group.start(3)
    group.release(3)
    group.finish(3, Outcome(Status.FAILED))
    assert list(group.started) == [3]
    assert list(group.finished) == [3]
    assert not group.released


def test_rows_in_flight_share_commits_and_none_waits_for_company(journal: Journal, run: Run) -> None:
    async def work(writer: JournalWriter, row: int) -> None:
        await writer.started(row)
        await writer.finished(row, Outcome(Status.CREATED, str(uuid.UUID(int=row))))

    async def steps(writer: JournalWriter) -> None:
        await work(writer, 2)
        await asyncio.gather(*(work(writer, row) for row in range(3, 1002)))

    writing(journal, run, steps)
    assert journal.counts(run.id) == {Status.CREATED: 1000}
    assert journal.outcomes(run.id, 2, 1001)["freedom_id"].tolist() == [
        str(uuid.UUID(int=row)) for row in range(2, 1002)
    ]
    assert contradictions(journal, run.id) == []


def test_a_cancelled_caller_harms_nobody_and_its_row_is_written(journal: Journal, run: Run) -> None:
    async def steps(writer: JournalWriter) -> None:
        task = asyncio.ensure_future(writer.started(2))
        await asyncio.sleep(0)
        task.cancel()
        await writer.started(3)

    writing(journal, run, steps)
    assert journal.unfinished(run.id, 2, 4) == {2: True, 3: True, 4: False}


@pytest.mark.parametrize("row", [2, 5000], ids=["already done", "never planned"])
def test_a_row_that_is_not_to_be_done_stops_the_writer(journal: Journal, run: Run, row: int) -> None:
    async def steps(writer: JournalWriter) -> None:
        await writer.started(2)
        await writer.finished(2, Outcome(Status.FAILED))
        with pytest.raises(BooksDontBalance):
            await writer.started(row)
        with pytest.raises(BooksDontBalance):
            await writer.started(3)

    writing(journal, run, steps)
    assert journal.unfinished(run.id, 3, 3) == {3: False}


def test_not_sent_is_no_outcome(journal: Journal, run: Run) -> None:
    async def steps(writer: JournalWriter) -> None:
        with pytest.raises(ValueError, match="outcome"):
            await writer.finished(2, Outcome(Status.NOT_SENT))

    writing(journal, run, steps)


@pytest.mark.sqlite_only
def test_a_full_disk_fails_all_who_wait_and_all_who_come_later(journal: Journal, run: Run) -> None:
    async def finish(writer: JournalWriter, row: int) -> None:
        await writer.started(row)
        await writer.finished(row, Outcome(Status.REJECTED, errors=(CellError("", "api_x", "x" * 5000),)))

    async def steps(writer: JournalWriter) -> None:
        connection = writer._store.connection.connection.driver_connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        ends = await asyncio.gather(*(finish(writer, row) for row in range(2, 66)), return_exceptions=True)
        assert {type(end) for end in ends} == {StorageFailed}
        assert "the disk is full" in str(ends[0])
        writer.released(2)
        with pytest.raises(StorageFailed, match="disk is full"):
            await writer.started(100)

    writing(journal, run, steps)
    assert journal.counts(run.id) == {Status.NOT_SENT: 1000}
    assert journal.unfinished(run.id, 100, 100) == {100: False}


def test_a_defect_in_the_writer_is_told_and_does_not_leave_workers_waiting(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(CommitGroup, "write", fail)

    async def steps(writer: JournalWriter) -> None:
        with pytest.raises(BooksDontBalance, match="LookupError"):
            await asyncio.wait_for(writer.started(2), 20)

    writing(journal, run, steps)


def test_half_a_surrogate_pair_in_an_answer_is_no_fault(journal: Journal, run: Run) -> None:
    async def steps(writer: JournalWriter) -> None:
        await writer.started(2)
        outcome = Outcome(Status.REJECTED, "\ud800", (CellError("", "api_x", "bad \udcff\0 text"),), "n\ud83d")
        await writer.finished(2, outcome)

    writing(journal, run, steps)
    found = journal.outcomes(run.id, 2, 2)
    assert json.loads(found["errors"].tolist()[0]) == [["", "api_x", "bad ?\0 text"]]
    assert found["note"].tolist() == ["repaired; n?"]


def test_after_its_block_the_writer_takes_nothing(journal: Journal, run: Run) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, run) as writer:
            pass
        writer.released(2)
        with pytest.raises(StorageFailed, match="ended"):
            await writer.started(2)

    asyncio.run(inside())


@pytest.mark.sqlite_only
def test_another_program_holding_the_journal_is_waited_for(journal: Journal, run: Run, location: str) -> None:
    other = sqlite3.connect(location, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()

    async def steps(writer: JournalWriter) -> None:
        await writer.started(2)

    writing(journal, run, steps)
    other.close()
    assert journal.unfinished(run.id, 2, 2) == {2: True}


@pytest.mark.sqlite_only
def test_a_journal_kept_busy_beyond_patience_is_told_without_jargon(
    location: str, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.journal.database.engine._PATIENCE", 0.0)
    monkeypatch.setattr("importer.journal.database.sqlite._PRAGMAS", ("busy_timeout = 20",))
    with Journal.open(location) as journal:
        run = make_run(journal)
        other = sqlite3.connect(Path(location), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        async def steps(writer: JournalWriter) -> None:
            with pytest.raises(StorageFailed, match="another process keeps it busy"):
                await writer.started(2)

        writing(journal, run, steps)
        with pytest.raises(StorageFailed, match="another process keeps it busy"):
            journal.update_run(run.id, exit_code=0)
        other.close()


def test_two_runs_write_at_once_without_hindering_each_other(
    journal: Journal, location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    runs = [make_run(journal, identity=f"{number:064x}") for number in range(2)]
    for number, run in enumerate(runs):
        phones = [f"+7702{number}{row:06d}" for row in range(2, 802)]
        journal.plan(run.id, make_frame(range(2, 802), phone=phones))

    def whole(run: Run, offset: int) -> None:
        rows = iter(range(2, 802))

        async def worker(writer: JournalWriter) -> None:
            for row in rows:
                await writer.started(row)
                await writer.finished(row, Outcome(Status.CREATED, str(uuid.UUID(int=row + offset))))

        async def eight(writer: JournalWriter) -> None:
            await asyncio.gather(*(worker(writer) for _ in range(8)))

        with Journal.open(location) as own:
            writing(own, run, eight)

    threads = [threading.Thread(target=whole, args=(run, 10_000 * n)) for n, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        journal.known(API, ["+77020000002"])  # sorts in what arrived meanwhile
    for run in runs:
        assert journal.counts(run.id) == {Status.CREATED: 800}
        assert contradictions(journal, run.id) == []


def test_a_doubt_that_cannot_be_recorded_is_told_at_the_end(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it: the run ended with 0, and its row stayed created with an ID that may be another's."""
    writer = JournalWriter(journal, run)

    def failed(*_given: object) -> None:
        raise StorageFailed("the disk is full")

    async def inside() -> None:
        async with writer:
            await writer.started(2)
            await writer.finished(2, Outcome(Status.CREATED, str(uuid.UUID(int=2))))
            monkeypatch.setattr(commit_group, "take_back", failed)
            writer.taken_back(str(uuid.UUID(int=2)))

    asyncio.run(inside())
    with pytest.raises(StorageFailed, match="the disk is full"):
        writer.check()
