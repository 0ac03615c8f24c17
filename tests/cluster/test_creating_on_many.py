"""Users created by the workers of a cluster: each row once, each ID on its row, whoever dies meanwhile."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgresql_server import Server
from support.books import contradictions

from importer.errors import AlreadyRunning, ClusterLost
from importer.journal import Journal, RunState
from importer.journal.run_requests import RunRequest, put_request, withdraw_request
from importer.model import Summary
from importer.pipeline import run
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings
from importer.settings.journal_address import JournalAddress

from .conftest import ROOT, DaskProcesses

pytestmark = pytest.mark.timeout(300)  # processes start, and leases run out


def users_of(folder: Path, count: int) -> Path:
    path = folder / "users.csv"
    path.write_text(
        "phone,first_name\n" + "".join(f"+7701{at:07d},Анна {at}\n" for at in range(count)), encoding="utf-8"
    )
    return path


@pytest.fixture
def given(tmp_path: Path, sandbox: Sandbox, database: str) -> dict[str, Any]:
    """Settings of a run on the server's journal, but for the cluster."""
    return {"home": tmp_path / "home", "url": sandbox.url, "token": sandbox.token, "journal": database}


def settled(sandbox: Sandbox, told: Summary, count: int) -> Counter[str]:
    """Hold an output against what the API has: rows in, rows out, each ID on its row, nobody lost; rows by status."""
    with Path(told.output).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    users = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert [row["phone"] for row in rows] == [f"+7701{at:07d}" for at in range(count)]
    assert len(users) == len({*users.values()}) == count
    for row in rows:
        assert row["freedom_id"] in {users[row["phone"]], ""}
        assert bool(row["freedom_id"]) == (row["import_status"] in {"created", "already_imported"}), row
    return Counter(row["import_status"] for row in rows)


class During(Watch):
    """Does something once, when so many rows are done."""

    def __init__(self, count: int, act: Callable[[], object]) -> None:
        super().__init__()
        self._count, self._act, self.lines = count, act, list[str]()
        self._done = False

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        if not self._done and sum(counts.values()) >= self._count:
            self._done = True
            self._act()

    def said(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def three(running: DaskProcesses) -> DaskProcesses:
    """The scheduler with three workers at least."""
    while sum(worker.poll() is None for worker in running.workers) < 3:
        running.add_worker()
    return running


def test_twenty_thousand_rows_by_three_workers_against_an_api_with_faults(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(error_share=0.01, reset_before_share=0.002, reset_after_share=0.002, close_after_share=0.002, seed=5)
    told = run(users_of(tmp_path, 20_000), Settings(cluster=three.address, **given))
    statuses = settled(sandbox, told, 20_000)
    lost = sandbox.stats()["answers_lost"]
    assert statuses["created"] + statuses["unconfirmed"] == 20_000
    assert 0 < statuses["unconfirmed"] <= lost, "what is unconfirmed is an answer that was lost"
    assert all(user["attempts"] == 1 for user in sandbox.users() if user["answered"] and user["attempts"] < 2)
    assert sandbox.stats()["max_in_flight"] <= 32
    with Journal.open(JournalAddress(given["journal"], given["home"])) as journal:
        assert contradictions(journal, told.run) == []


def test_a_killed_worker_loses_no_row_and_what_it_had_claimed_is_sent_by_others(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=40.0)
    worker = three.one_to_lose()
    told = run(users_of(tmp_path, 900), Settings(cluster=three.address, **given), During(150, worker.kill))
    worker.wait()
    statuses = settled(sandbox, told, 900)
    again = [user for user in sandbox.users() if user["attempts"] > 1]
    assert statuses["unconfirmed"] <= len(again) <= 32, "only what was on its way is sent once more"
    assert statuses["created"] + statuses["unconfirmed"] == 900


def test_a_worker_that_stands_still_keeps_no_run_from_its_end(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    """The others send its rows when its lease is over; it may wake up days later, and finds nothing to do."""
    sandbox.set(latency=40.0)
    worker = three.one_to_lose()
    watch = During(150, lambda: worker.send_signal(signal.SIGSTOP))
    began = time.monotonic()
    try:
        told = run(users_of(tmp_path, 900), Settings(cluster=three.address, **given), watch)
    finally:
        worker.kill()
        worker.wait()
    assert time.monotonic() - began < 200  # it was forever
    assert "a worker does not answer any more: the run ends without it" in watch.lines
    statuses = settled(sandbox, told, 900)
    assert statuses["created"] + statuses["unconfirmed"] == 900


@pytest.mark.chaos
def test_where_the_only_worker_stands_still_the_run_ends_within_minutes_and_the_same_command_goes_on(
    given: dict[str, Any], sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was waited for until Dask gave it up, and then for another one: more than six minutes."""
    monkeypatch.setattr("importer.cluster.dispatcher._STILL", 20)
    sandbox.set(latency=40.0)
    mine = DaskProcesses(tmp_path)
    mine.start(workers=1)
    watch = During(150, lambda: mine.workers[0].send_signal(signal.SIGSTOP))
    users, began = users_of(tmp_path, 900), time.monotonic()
    try:
        told = run(users, Settings(cluster=mine.address, **given), watch)
        assert time.monotonic() - began < 100
        assert told.exit_code == 4
        assert "a worker does not answer; the same command" in str(told.stopped)
        mine.workers[0].kill()
        mine.add_worker()
        told = run(users, Settings(cluster=mine.address, **given))
    finally:
        mine.end()
    statuses = settled(sandbox, told, 900)
    assert statuses["created"] + statuses["unconfirmed"] == 900


def test_a_killed_client_leaves_nobody_at_work_and_the_same_command_finishes(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=40.0)
    users = users_of(tmp_path, 900)
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "IMPORTER_HOME": str(given["home"]),
        "FREEDOM_ID_URL": given["url"],
        "FREEDOM_ID_TOKEN": given["token"],
    }
    command = [sys.executable, "-m", "importer", "run", str(users), "--cluster", three.address]
    client = subprocess.Popen([*command, "--journal", given["journal"]], env=environ, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while sandbox.stats()["created"] < 150 and time.monotonic() < until:
        time.sleep(0.05)
    client.kill()
    client.wait()
    told = run(users, Settings(cluster=three.address, **given))
    statuses = settled(sandbox, told, 900)
    assert statuses["created"] + statuses["unconfirmed"] == 900
    again = [user for user in sandbox.users() if user["attempts"] > 1]
    assert len(again) <= 32, "workers end in order when their client is gone"


def test_a_killed_database_that_comes_back_costs_no_answer(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path, server: Server
) -> None:
    sandbox.set(latency=40.0)

    def restart() -> None:
        server.kill()
        threading.Timer(2.0, server.start).start()

    told = run(users_of(tmp_path, 900), Settings(cluster=three.address, **given), During(150, restart))
    server.wait()
    assert settled(sandbox, told, 900) == {"created": 900}


def test_a_client_that_was_overtaken_while_its_connection_was_lost_ends_and_the_other_one_finishes(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path, database: str
) -> None:
    sandbox.set(latency=120.0)
    users = users_of(tmp_path, 3000)
    holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"

    with Journal.open(JournalAddress(given["journal"], given["home"])) as other, ExitStack() as holding:

        def overtake() -> None:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(holders)
            holding.enter_context(other.lock(other.runs()[0].identity))

        with pytest.raises(AlreadyRunning):
            run(users, Settings(cluster=three.address, **given), During(150, overtake))
        (begun,) = other.runs()
        assert begun.state is RunState.RUNNING, "its end is the other one's to record"
        assert "left" not in begun.settings, "nor does it say why"
    statuses = settled(sandbox, run(users, Settings(cluster=three.address, **given)), 3000)
    assert statuses["created"] + statuses["unconfirmed"] == 3000
    again = [user for user in sandbox.users() if user["attempts"] > 1]
    assert len(again) <= 32, "its workers end in order"


def test_a_client_that_was_overtaken_lets_its_own_workers_hear_what_is_on_its_way(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path, database: str
) -> None:
    """They were ended within seconds, amid their requests: those users came back as taken, without a FreedomID."""
    sandbox.set(latency=2500.0)
    holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    users = users_of(tmp_path, 200)
    with Journal.open(JournalAddress(given["journal"], given["home"])) as other, ExitStack() as holding:

        def overtake() -> None:
            while sandbox.stats()["in_flight"] < 4:
                time.sleep(0.05)
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(holders)
            holding.enter_context(other.lock(other.runs()[0].identity))

        with pytest.raises(AlreadyRunning):
            run(users, Settings(cluster="local:2", **given), During(4, overtake))
        assert other.counts(other.runs()[0].id)["created"] == len(sandbox.users()) > 4
    sandbox.set(latency=1.0)
    assert settled(sandbox, run(users, Settings(cluster=three.address, **given)), 200) == {"created": 200}


def test_a_killed_scheduler_ends_the_run_and_the_same_command_finishes_it_on_another(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=40.0)
    users, mine = users_of(tmp_path, 900), DaskProcesses(tmp_path)
    mine.start(workers=2)
    try:
        told = run(users, Settings(cluster=mine.address, **given), During(150, mine.scheduler.kill))
    finally:
        mine.end()
    assert (told.exit_code, type(told.stopped)) == (4, ClusterLost)
    statuses = settled(sandbox, run(users, Settings(cluster=three.address, **given)), 900)
    assert statuses["created"] + statuses["unconfirmed"] == 900


def test_one_token_is_renewed_once_by_the_client_for_all_workers(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(token_requests=600)
    pair = {"access_token": sandbox.token, "refresh_token": sandbox.refresh_token}
    file = tmp_path / "token.json"
    file.write_text(json.dumps(pair), encoding="utf-8")
    file.chmod(0o600)
    renewing = {"token": None, "token_file": file, "refresh_url": f"{sandbox.url}/api/v1/oauth/token"}
    told = run(
        users_of(tmp_path, 1_000),
        Settings(cluster=three.address, **given | renewing),
    )
    assert settled(sandbox, told, 1_000) == {"created": 1_000}
    assert sandbox.stats()["refreshes"] == 1
    assert json.loads(file.read_text(encoding="utf-8"))["access_token"] == sandbox.token


def test_a_pause_is_obeyed_by_every_worker_within_two_seconds_and_taken_back(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=40.0)
    sent: list[int] = []

    def pause() -> None:
        with Journal.open(JournalAddress(given["journal"], given["home"])) as journal:
            run_id = journal.runs()[0].id
            put_request(journal.database, run_id, RunRequest.PAUSE, "an operator", journal.now())
            time.sleep(2.5)  # the display is told in between no more: this is its thread
            sent.append(sandbox.stats()["requests"])
            time.sleep(1.5)
            sent.append(sandbox.stats()["requests"])
            withdraw_request(journal.database, run_id, RunRequest.PAUSE)

    told = run(
        users_of(tmp_path, 900),
        Settings(cluster=three.address, **given),
        During(150, lambda: threading.Thread(target=pause).start()),
    )
    assert settled(sandbox, told, 900) == {"created": 900}
    assert sent[0] == sent[1] < 900


def test_an_update_that_a_worker_sent_and_nobody_answered_is_in_doubt_and_a_refused_one_is_not(
    three: DaskProcesses, given: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    updating = {"update": True, "accept_updates": True, **given}

    def night(*people: tuple[str, str], cluster: str = three.address) -> tuple[int, list[tuple[str, str]]]:
        """Import people (firstname, e-mail); the exit code, and what the API has of them."""
        users, settings = tmp_path / "users.csv", Settings(cluster=cluster, **updating)
        rows = (f"+770100000{at},{name},{email}" for at, (name, email) in enumerate(people, start=10))
        users.write_text("\n".join(["phone,firstname,email", *rows, ""]), encoding="utf-8")
        told = run(users, settings)
        bodies = sorted((user["body"] for user in sandbox.users()), key=lambda body: body["phone"])
        return told.exit_code, [(body["firstname"], body["email"]) for body in bodies]

    old = [("Анна", "a@example.com"), ("Олег", "b@example.com")]
    assert night(*old, cluster="") == (0, old)
    sandbox.set(faults=["reset_after@1", "forbidden@2"])
    assert night(("Алия", "a@example.com"), old[1]) == (4, [("Алия", "a@example.com"), old[1]])
    sandbox.set(faults=[])
    assert night(*old) == (0, old), "the one in doubt is sent"
    assert night(old[0], ("Олег", "a@example.com")) == (0, old), "the e-mail is another user's"
    before = sandbox.stats()["requests"]
    assert night(*old) == (0, old)
    assert sandbox.stats()["requests"] == before, "the refused one is as it was"


@pytest.fixture(autouse=True)
def _nothing_is_left_handed_out(database: str) -> Iterator[None]:
    yield
    with psycopg.connect(database) as connection:
        for table in ("claims", "feeds"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
