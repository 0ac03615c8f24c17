"""The record of a budget that workers share, in a journal on PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from postgresql_server import Server

from importer.creating.shared_budget.budget_record import exchange_in, view_of
from importer.creating.shared_budget.budget_terms import WorkerReport
from importer.errors import StorageFailed
from importer.journal import Journal, budgets


def test_workers_that_exchange_at_once_lose_nothing_and_hear_one_clock(address: str) -> None:
    with Journal.open(address) as journal:

        def work(_number: int) -> list[float]:
            def count(state: str, now: float) -> tuple[str, float]:
                return str(int(state or 0) + 1), now

            return [budgets.exchange(journal.database, 7, count) for _ in range(25)]

        with ThreadPoolExecutor(4) as pool:
            times = [one for told in pool.map(work, range(4)) for one in told]
        assert budgets.look(journal.database, 7)[0] == "100"
        assert len(set(times)) == 100


def test_four_workers_share_a_rate_and_what_they_do_can_be_shown(address: str) -> None:
    with Journal.open(address) as journal:
        exchange = exchange_in(journal.database, 1)
        numbers = {"a": 0, "b": 0}
        for _ in range(2):
            for name, number in numbers.items():
                grant = exchange(WorkerReport(name, number, cap=40.0, concurrency=8, waiting=True))
                numbers[name] = grant.number
        view = view_of(journal.database, 1)
        assert (view.workers, view.rate, view.outage) == (2, 40.0, "")
        assert view_of(journal.database, 2).workers == 0


def test_whoever_writes_rows_does_not_wait_for_an_exchange_nor_the_other_way_round(address: str) -> None:
    held, done = threading.Event(), threading.Event()

    def slow(_state: str, _now: float) -> tuple[str, None]:
        held.set()
        done.wait(20)
        return "slow", None

    with Journal.open(address) as journal:
        thread = threading.Thread(target=budgets.exchange, args=(journal.database, 1, slow))
        thread.start()
        assert held.wait(20)
        with journal.database.writing():
            budgets.exchange(journal.database, 2, lambda state, _now: (state, None))
            done.set()
            thread.join()
        assert budgets.look(journal.database, 1)[0] == "slow"


def test_a_journal_from_before_there_were_budgets_is_read_as_it_is_and_gets_them_when_it_is_written(
    address: str,
) -> None:
    with Journal.open(address):
        pass
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE budgets")
    with Journal.open(address, read_only=True) as journal:
        assert view_of(journal.database, 1).workers == 0
    with Journal.open(address) as journal:
        assert exchange_in(journal.database, 1)(WorkerReport("a", 0, cap=None, concurrency=8)).share == 1.0


def test_a_server_that_is_gone_is_told_at_once(server: Server, address: str) -> None:
    with Journal.open(address) as journal:
        exchange_in(journal.database, 1)(WorkerReport("a", 0, cap=None, concurrency=8))
        server.stop()
        try:
            with pytest.raises(StorageFailed):
                exchange_in(journal.database, 1)(WorkerReport("a", 0, cap=None, concurrency=8))
        finally:
            server.start()
