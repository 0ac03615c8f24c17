"""A disk that fills up while rows are on their way: no new row is started, and what was answered is recorded."""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from support.small_disk import file_size_limit

from importer.errors import StorageFailed
from importer.journal import Journal, JournalWriter, Run
from importer.journal.writer.disk_reserve import SIZE, Reserve
from importer.model import CellError, Outcome, Status

pytestmark = pytest.mark.sqlite_only

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

LONG = Outcome(Status.REJECTED, errors=(CellError("", "api_x", "x" * 5000),))


@pytest.fixture
def run(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Run:
    made = make_run(journal)
    journal.plan(made.id, make_frame(range(2, 202)))
    return made


def limit(writer: JournalWriter, pages: int) -> None:
    """Let the journal grow by so many pages and no more."""
    connection = writer._store.connection.connection.driver_connection
    (have,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {have + pages}")


def test_outcomes_of_rows_on_their_way_are_recorded_in_the_space_set_aside(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, run) as writer:
            monkeypatch.setattr(Reserve, "free", lambda self: (self._path.unlink(), limit(writer, 10_000)))
            await asyncio.gather(*(writer.started(row) for row in range(2, 66)))
            limit(writer, 20)
            await asyncio.gather(*(writer.finished(row, LONG) for row in range(2, 34)))
            with pytest.raises(StorageFailed, match="the disk is full"):
                await writer.started(100)
            await asyncio.gather(*(writer.finished(row, LONG) for row in range(34, 65)))
            writer.released(65)

    asyncio.run(inside())
    assert journal.counts(run.id) == {Status.REJECTED: 63, Status.NOT_SENT: 137}
    assert journal.unfinished(run.id, 65, 100) == dict.fromkeys(range(65, 101), False)


def test_outcomes_that_come_while_space_is_being_made_are_recorded_too(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_full, more_came = threading.Event(), threading.Event()

    async def inside() -> None:
        async with JournalWriter(journal, run) as writer:

            def free(reserve: Reserve) -> None:
                is_full.set()
                assert more_came.wait(20)
                reserve._path.unlink()
                limit(writer, 10_000)

            monkeypatch.setattr(Reserve, "free", free)
            await asyncio.gather(*(writer.started(row) for row in range(2, 66)))
            limit(writer, 20)
            first = [asyncio.create_task(writer.finished(row, LONG)) for row in range(2, 34)]
            assert await asyncio.to_thread(is_full.wait, 20)
            later = [asyncio.create_task(writer.finished(row, LONG)) for row in range(34, 66)]
            await asyncio.sleep(0)  # they have been noted
            more_came.set()
            await asyncio.gather(*first, *later)

    asyncio.run(inside())
    assert journal.counts(run.id) == {Status.REJECTED: 64, Status.NOT_SENT: 136}


def test_a_row_that_waits_to_start_in_the_same_commit_is_refused(
    journal: Journal, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, run) as writer:
            monkeypatch.setattr(Reserve, "free", lambda _self: limit(writer, 10_000))
            await asyncio.gather(*(writer.started(row) for row in range(2, 66)))
            limit(writer, 20)
            both = [writer.finished(row, LONG) for row in range(2, 66)] + [writer.started(row) for row in (100, 101)]
            ends = await asyncio.gather(*both, return_exceptions=True)
            assert ends[:64] == [None] * 64
            assert {type(end) for end in ends[64:]} == {StorageFailed}

    asyncio.run(inside())
    assert journal.unfinished(run.id, 100, 101) == {100: False, 101: False}


def test_the_space_is_really_taken_private_and_made_again_after_its_use(journal: Journal, run: Run) -> None:
    async def inside() -> None:
        async with JournalWriter(journal, run):
            pass

    path = journal.path.with_name("journal.reserve")
    for _ in range(2):
        asyncio.run(inside())
        found = path.stat()
        assert found.st_size == SIZE
        assert found.st_blocks * 512 >= SIZE
        assert stat.S_IMODE(found.st_mode) == 0o600
        path.unlink()


def test_what_is_set_aside_follows_from_how_many_rows_may_be_under_way(journal: Journal, run: Run) -> None:
    """Four of the ten megabytes of a year of nights were set aside for hundreds of rows at once, which nobody sent."""

    async def inside(at_once: int | None) -> int:
        async with JournalWriter(journal, run, at_once=at_once):
            return journal.path.with_name("journal.reserve").stat().st_size

    sizes = [asyncio.run(inside(at_once)) for at_once in (1, 32, 64, 100, 128, 1024, 32, None)]
    most = SIZE  # and stays: the others may still be at work
    assert sizes == [1 << 20, 1 << 20, 1 << 20, 100 << 14, 2 << 20, most, most, most]


def test_without_space_to_set_aside_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        Reserve(tmp_path / "reserve").make()
    assert not list(tmp_path.iterdir())


def test_where_no_file_may_be_so_large_there_is_none(tmp_path: Path) -> None:
    with file_size_limit(100_000):
        Reserve(tmp_path / "reserve").make()
    assert not list(tmp_path.iterdir())
