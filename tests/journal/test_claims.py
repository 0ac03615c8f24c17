"""Rows of one run, claimed by several workers: each has a claim or has not, and whoever lost it begins nothing more."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event
from support.books import contradictions

from importer.errors import AlreadyRunning
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.states import Held
from importer.journal.writer import claims
from importer.journal.writer.claims import Claimant, Offers, Orders, Piece
from importer.model import CellError, Outcome, Status

from .test_journal_server import MakeFrame, MakeRun, end_sessions, id_of

IN_DOUBT = Outcome(Status.UNCONFIRMED, errors=(CellError("phone", "phone_unconfirmed", "taken"),))
REFUSED = Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),))


@pytest.fixture
def shared(address: str, make_run: MakeRun, make_frame: MakeFrame) -> Iterator[tuple[Journal, Run, Offers]]:
    """A run of rows 2 to 61, handed out in pieces of three."""
    with Journal.open(address) as journal, ExitStack() as holding:
        run = make_run(journal)
        holding.enter_context(journal.lock(run.identity))
        journal.plan(run.id, make_frame(range(2, 62)))
        feed = Offers(journal, journal.number_of(run.id))
        assert feed.open()
        feed.offer([Piece(first, first + 2, f"rows-{first}", "ab" * 32) for first in range(2, 62, 3)])
        yield journal, run, feed


def worker_of(journal: Journal, run: Run) -> Claimant:
    return Claimant(journal.database, journal.number_of(run.id), "here:1")


def working(journal: Journal, run: Run, worker: Claimant, steps: Callable[[JournalWriter], Any]) -> Any:
    async def work() -> Any:
        async with JournalWriter(journal, run, worker.number) as writer:
            return await steps(writer)

    return asyncio.run(work())


def expire(monkeypatch: pytest.MonkeyPatch, *workers: Claimant) -> None:
    """These were not heard of for longer than their lease."""
    monkeypatch.setattr(claims, "LEASE", -1.0)
    for worker in workers:
        worker.renew({})
    monkeypatch.undo()


def test_workers_that_claim_at_once_get_each_piece_once_in_the_order_of_the_file(
    shared: tuple[Journal, Run, Offers],
) -> None:
    journal, run, feed = shared

    def take(_number: int) -> list[int]:
        worker, mine = worker_of(journal, run), []
        while (piece := worker.claim()) is not None:
            mine.append(piece.first)
            time.sleep(0.001)
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(4)))
    assert sorted(first for mine in taken for first in mine) == list(range(2, 62, 3))
    assert all(mine == sorted(mine) for mine in taken)
    assert feed.renew()[:2] == (0, 20)


def test_a_worker_that_was_not_heard_of_loses_its_pieces_and_begins_none_of_their_rows(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, feed = shared
    lost, other = worker_of(journal, run), worker_of(journal, run)
    piece, kept = lost.claim(), lost.claim()
    assert piece is not None
    assert kept is not None

    async def begin(writer: JournalWriter) -> list[Held | None]:
        before = await writer.started(2)
        expire(monkeypatch, lost)
        assert feed.renew()[0] == 20, "its pieces are free"
        assert other.claim() == piece
        lost.renew({})
        return [before, await writer.started(3), await writer.started(5)]

    assert working(journal, run, lost, begin) == [None, Held.LOST, None]
    assert working(journal, run, other, lambda writer: writer.started(3)) is None
    assert other.claim() not in {kept, piece}, "who is heard of again keeps what nobody took"


def test_an_answer_after_the_lease_is_recorded_where_the_row_has_none_and_changes_nothing_else(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, _ = shared
    late, other = worker_of(journal, run), worker_of(journal, run)
    for _piece in range(2):
        late.claim()

    async def answered_late(writer: JournalWriter) -> None:
        for row in (2, 3, 4, 5):
            assert await writer.started(row) is None
        expire(monkeypatch, late)
        other.claim()
        other.claim()
        await asyncio.to_thread(working, journal, run, other, sent_again)
        for row in (2, 3, 4, 5):
            await writer.finished(row, Outcome(Status.CREATED, id_of(row)))

    async def sent_again(writer: JournalWriter) -> None:
        for row in (2, 3, 4):
            assert await writer.started(row) is None
        await writer.finished(3, IN_DOUBT)
        await writer.finished(4, REFUSED)

    working(journal, run, late, answered_late)
    outcomes = journal.outcomes(run.id, 2, 5)
    assert outcomes["status"].tolist() == ["created", "created", "rejected", "created"]
    assert outcomes["freedom_id"].tolist() == [id_of(2), id_of(3), "", id_of(5)]
    assert [bool(errors) for errors in outcomes["errors"]] == [False, False, True, False], "nor is it wrong any more"
    assert contradictions(journal, run.id) == []


def test_an_answer_of_a_worker_that_stood_still_until_the_run_had_ended_is_counted_with_its_end(
    shared: tuple[Journal, Run, Offers],
) -> None:
    journal, run, _ = shared
    late = worker_of(journal, run)
    late.claim()

    async def answered_late(writer: JournalWriter) -> None:
        for row in (2, 3):
            assert await writer.started(row) is None
        await writer.finished(2, IN_DOUBT)
        counts = {"unconfirmed": 1, "not_sent": 59}
        journal.update_run(run.id, state=RunState.RUNNING, rows=60)
        journal.update_run(run.id, state=RunState.STOPPED, counts=counts, exit_code=4)
        assert contradictions(journal, run.id) == []
        for row in (2, 3):
            await writer.finished(row, Outcome(Status.CREATED, id_of(row)))

    working(journal, run, late, answered_late)
    assert journal.outcomes(run.id, 2, 3)["status"].tolist() == ["created", "created"]
    assert contradictions(journal, run.id) == []


def test_a_worker_that_leaves_frees_what_it_did_not_settle(shared: tuple[Journal, Run, Offers]) -> None:
    journal, run, feed = shared
    worker = worker_of(journal, run)
    done, left = worker.claim(), worker.claim()
    assert done is not None
    worker.settle(done)
    worker.leave({"requests": 7})
    free, unsettled, told = feed.renew()
    assert (free, unsettled) == (19, 19)
    assert [(one.alive, one.told) for one in told] == [(False, {"requests": 7})]
    assert worker_of(journal, run).claim() == left


def test_workers_hear_what_the_client_wants_and_that_it_is_gone(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, feed = shared
    worker = worker_of(journal, run)
    assert worker.renew({}) == Orders(ended=False)
    feed.renew(paused=True, complete=True)
    assert worker.renew({}) == Orders(ended=False, paused=True, complete=True)
    monkeypatch.setattr(claims, "LEASE", -1.0)
    feed.renew()
    monkeypatch.undo()
    assert worker.renew({}).ended
    feed.renew()
    assert not worker.renew({}).ended
    feed.renew(ended=True)
    assert worker.renew({}).ended
    feed.close()
    assert worker.renew({}).ended


def test_a_lease_of_before_the_servers_clock_was_set_back_holds_nobody_up(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, feed = shared
    dead, other = worker_of(journal, run), worker_of(journal, run)
    piece = dead.claim()
    for gone in (lambda: dead.renew({}), feed.renew):
        monkeypatch.setattr(claims, "LEASE", 3600.0)
        gone()
        monkeypatch.undo()
    assert other.renew({}).ended, "its client is gone"
    free, _, told = feed.renew()
    assert (free, [one.alive for one in told]) == (20, [False, True])
    assert other.claim() == piece
    other.leave({})
    assert Offers(journal, journal.number_of(run.id)).open()


def test_a_servers_clock_that_is_put_right_by_a_second_ends_no_lease(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, feed = shared
    worker = worker_of(journal, run)
    with monkeypatch.context() as before:
        before.setattr(claims, "LEASE", claims.LEASE + 1)
        worker.renew({})
        feed.renew()
    assert not worker.renew({}).ended
    assert [one.alive for one in feed.renew()[2]] == [True]


def test_a_new_client_waits_for_the_workers_of_the_one_before_and_they_begin_nothing_more(
    shared: tuple[Journal, Run, Offers], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, run, _ = shared
    orphan = worker_of(journal, run)
    orphan.claim()
    again = Offers(journal, journal.number_of(run.id))
    assert not again.open()
    assert working(journal, run, orphan, lambda writer: writer.started(2)) is Held.LOST
    assert orphan.renew({}).ended
    expire(monkeypatch, orphan)
    assert again.open()
    assert again.renew() == (0, 0, [])


@contextmanager
def lost_before_its_commit(journal: Journal, address: str) -> Iterator[None]:
    """The first session that would commit in the block is ended by the server."""
    left = [1]

    def end(connection: Connection) -> None:
        if left and left.pop():
            session: Any = connection.connection.driver_connection
            with psycopg.connect(address, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])

    event.listen(journal.database.engine, "commit", end)
    try:
        yield
    finally:
        event.remove(journal.database.engine, "commit", end)
    assert not left


def test_a_connection_that_is_lost_amid_a_call_is_made_anew_and_nothing_is_handed_out_twice(
    shared: tuple[Journal, Run, Offers], address: str
) -> None:
    journal, run, feed = shared
    worker, more = worker_of(journal, run), [Piece(62, 64, "rows-62", "ab" * 32)]
    with lost_before_its_commit(journal, address):
        feed.offer(more)
    with lost_before_its_commit(journal, address):
        assert feed.renew()[:2] == (21, 21)
    with lost_before_its_commit(journal, address):
        piece = worker.claim()
    assert piece is not None
    with lost_before_its_commit(journal, address):
        assert not worker.renew({}).ended
    with lost_before_its_commit(journal, address):
        worker.settle(piece)
    with lost_before_its_commit(journal, address):
        worker.leave({})
    assert feed.renew()[:2] == (20, 20)


def test_a_client_whose_connection_was_lost_owns_its_run_again_before_it_hands_out(
    shared: tuple[Journal, Run, Offers], address: str
) -> None:
    _, run, feed = shared
    end_sessions(address)
    assert feed.renew()[:2] == (20, 20)
    with Journal.open(address) as other:
        assert other.locks.is_held(run.identity)
        with pytest.raises(AlreadyRunning), other.lock(run.identity):
            pass


def test_a_client_that_was_overtaken_while_its_connection_was_lost_hands_out_nothing_more(
    shared: tuple[Journal, Run, Offers], address: str
) -> None:
    _, run, feed = shared
    end_sessions(address)
    with Journal.open(address) as other, other.lock(run.identity):
        for call in (feed.renew, lambda: feed.offer([Piece(62, 64, "rows-62", "ab" * 32)])):
            with pytest.raises(AlreadyRunning, match="meanwhile"):
                call()
        again = Offers(other, other.number_of(run.id))
        assert again.open()
        again.offer([Piece(2, 4, "again-2", "ab" * 32)])
        with pytest.raises(AlreadyRunning, match="meanwhile"):
            feed.close()
        assert again.renew()[:2] == (1, 1)


@pytest.mark.parametrize("at_work", [True, False])
def test_a_client_that_was_overtaken_ends_also_where_the_other_one_is_gone(
    shared: tuple[Journal, Run, Offers], address: str, at_work: bool
) -> None:
    journal, run, feed = shared
    if at_work:
        worker_of(journal, run)
    end_sessions(address)
    with Journal.open(address) as other, other.lock(run.identity):
        again = Offers(other, other.number_of(run.id))
        assert again.open() is not at_work
    for call in (feed.renew, lambda: feed.offer([Piece(62, 64, "rows-62", "ab" * 32)]), feed.close):
        with pytest.raises(AlreadyRunning, match="meanwhile"):
            call()
