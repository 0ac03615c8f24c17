"""Pausing, resuming and stopping a run from elsewhere: whoever started it obeys, and no answer is lost."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from support.commands import read_rows, write_users

from importer.creating.progress_record import standing_of
from importer.creating.run_control import followed
from importer.errors import UsageError
from importer.journal import Journal, RunState
from importer.journal.run_requests import RunRequest, put_request, request_for, withdraw_request
from importer.operations.pausing import is_at_work, pause_run, stop_run
from importer.pipeline import run as run_file
from importer.progress import Watch
from importer.resume_by_name import resume_run
from importer.settings import load

PHONES = [f"+7701000{number:04d}" for number in range(1, 401)]


def until(told, seconds=60):
    """Wait for something to come true; what it is then."""
    deadline = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def the_run(home):
    with Journal.open(str(home / "journal.db"), read_only=True) as journal:
        return journal.runs()[0]


def folder_of(home):
    return home / "journal.runs" / the_run(home).id


def paused(home):
    standing = standing_of(folder_of(home))
    return standing and standing.paused_by and standing.step == "creating"


def settled(sandbox):
    """How many requests came, once what was on its way has come."""
    return until(lambda: (seen := sandbox.stats()["requests"]) and not time.sleep(0.6) and still(sandbox, seen))


def still(sandbox, seen):
    return seen if sandbox.stats()["requests"] == seen else 0


@pytest.fixture
def settings(sandbox, tmp_path):
    flags = {"url": sandbox.url, "token": sandbox.token, "home": tmp_path / "home", "concurrency": 4}
    return load({**flags, "journal": str(tmp_path / "home" / "journal.db")})


@pytest.fixture
def slow_run(settings, sandbox, tmp_path):
    """A run in a thread, begun and not near its end; what it gives ends up in the list."""
    sandbox.set(latency=100.0)
    users, given, watch = write_users(tmp_path / "users.csv", PHONES), [], Watch()
    thread = threading.Thread(target=lambda: given.append(run_file(users, settings, watch)))
    thread.start()
    until(lambda: sandbox.stats()["requests"] > 20)
    yield thread, given
    watch.interrupt()
    thread.join()


@pytest.fixture
def start():
    """Starts the command as a process of its own; what is left at the end is killed."""
    started = []

    def begun(*arguments):
        command = [sys.executable, "-m", "importer", *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    yield begun
    for process in started:
        process.kill()
        process.wait()


def test_a_paused_run_waits_through_a_kill_and_goes_on_by_its_name_when_it_is_resumed(
    importer, sandbox, start, tmp_path
):
    sandbox.set(latency=100.0)
    home, users = tmp_path / "home", write_users(tmp_path / "users.csv", PHONES)
    process = start("run", users, "--concurrency", 4)
    until(lambda: sandbox.stats()["requests"] > 20)

    told = importer("pause", "latest", SUDO_USER="ann")
    assert "what is on its way ends" in told.out
    until(lambda: paused(home))
    sent = settled(sandbox)
    assert " paused " in importer("runs").out
    assert f"importer resume {the_run(home).id}" in importer("runs", "latest").out
    assert importer("runs", "latest", "--json").json["paused"]["by"].startswith("ann as ")
    assert process.poll() is None
    assert sandbox.stats()["requests"] == sent < len(PHONES)

    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "nobody works on run" in importer("pause", "latest").out
    users.unlink()
    process = start("run", "--resume", the_run(home).id, "-o", tmp_path / "out.csv")
    until(lambda: paused(home) and standing_of(folder_of(home)).pid == process.pid)
    assert sandbox.stats()["requests"] == sent

    sandbox.set(latency=0.0)
    assert "goes on" in importer("resume", "latest").out
    assert process.wait(60) == 0
    rows = read_rows(tmp_path / "out.csv")
    assert [row["import_status"] for row in rows] == ["created"] * len(PHONES)
    assert len(sandbox.users()) == len(PHONES)
    assert not (folder_of(home) / "progress.json").exists()
    ended = importer("pause", "latest")
    assert ended.code == 2
    assert "nothing left to send" in ended.err
    assert "в состоянии «закончен»" in importer("pause", "latest", "--language", "ru").err
    assert "«аяқталды»" in importer("pause", "latest", "--language", "kk").err


def test_a_stop_ends_a_paused_run_and_the_next_command_sends_the_rest(slow_run, settings, sandbox):
    thread, given = slow_run
    with Journal.open(settings.journal_location) as journal:
        run = journal.runs()[0]
        assert is_at_work(journal, run)
        pause_run(journal, run, "Aigerim")
        until(lambda: standing_of(journal.run_folder(run.id)).paused_by == "Aigerim")
        assert stop_run(journal, run, "Aigerim")
        thread.join()
        assert request_for(journal.database, run.id) is None
        assert not stop_run(journal, run, "Aigerim")
    assert given[0].exit_code == 4
    assert 0 < len(sandbox.users()) < len(PHONES)
    sandbox.set(latency=0.0)
    assert resume_run("latest", settings).exit_code == 0
    assert len(sandbox.users()) == sandbox.stats()["requests"] == len(PHONES)


def test_a_request_to_stop_that_nobody_obeyed_does_not_end_the_next_command(settings, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:5])
    run_file(users, settings.model_copy(update={"limit": 1}))
    with Journal.open(settings.journal_location) as journal:
        run = journal.runs()[0]
        assert run.state is RunState.STOPPED
        put_request(journal.database, run.id, RunRequest.STOP, "somebody", journal.now())
    assert run_file(users, settings).exit_code == 0
    assert len(sandbox.users()) == 5


class PausedAsItWrites(Watch):
    """Somebody asks the run to pause when its last row has its answer already."""

    def __init__(self, settings):
        super().__init__()
        self.journal = settings.journal_location
        self.asked = None

    def began(self, step, total=None):
        if step == "writing":
            with Journal.open(self.journal) as journal:
                run = journal.runs()[0]
                pause_run(journal, run, "Aigerim")
                self.asked = request_for(journal.database, run.id)


def test_a_run_that_ends_while_it_is_to_pause_leaves_no_request(settings, sandbox, tmp_path):
    watch = PausedAsItWrites(settings)
    assert run_file(write_users(tmp_path / "users.csv", PHONES[:2]), settings, watch).exit_code == 0
    assert watch.asked.request is RunRequest.PAUSE
    with Journal.open(settings.journal_location) as journal:
        assert request_for(journal.database, journal.runs()[0].id) is None


def test_a_paused_run_that_is_interrupted_is_paused_still(settings, sandbox, tmp_path):
    users, watch, given = write_users(tmp_path / "users.csv", PHONES[:2]), Watch(), []
    run_file(users, settings.model_copy(update={"limit": 1}))
    with Journal.open(settings.journal_location) as journal:
        run = journal.runs()[0]
        pause_run(journal, run, "Aigerim")
        thread = threading.Thread(target=lambda: given.append(run_file(users, settings, watch)))
        thread.start()
        until(lambda: (seen := standing_of(journal.run_folder(run.id))) and seen.paused_by and seen.step == "creating")
        watch.interrupt()
        thread.join()
        assert given[0].exit_code == 4
        assert request_for(journal.database, run.id).by == "Aigerim"


class Impatient(Watch):
    """Is asked to end as soon as sending begins."""

    def began(self, step, total=None):
        if step == "creating":
            self.interrupt()


def test_each_row_that_is_left_says_that_the_command_was_asked_to_end(settings, sandbox, tmp_path):
    assert run_file(write_users(tmp_path / "users.csv", PHONES[:3]), settings, Impatient()).exit_code == 4
    rows = read_rows(tmp_path / "users.result.csv")
    left = [row["import_error"] for row in rows if row["import_status"] == "not_sent"]
    assert left
    assert all("the command was asked to end" in error for error in left)


def test_a_request_that_came_as_the_run_finished_goes_with_its_end(settings, sandbox, tmp_path):
    run_file(write_users(tmp_path / "users.csv", PHONES[:2]), settings)
    with Journal.open(settings.journal_location) as journal:
        run = journal.runs()[0]
        with followed(journal, run, Watch()):
            put_request(journal.database, run.id, RunRequest.PAUSE, "Aigerim", journal.now())
        assert request_for(journal.database, run.id) is None


def test_resume_refuses_what_it_cannot_go_on_with(importer, sandbox, settings, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:3])
    assert importer("run", users, "--limit", 1).code == 1
    run = the_run(tmp_path / "home").id
    for arguments, why in [
        ((users, "--resume", run), "takes no FILE"),
        (("--resume", run, "--region", "RU"), "--region"),
        (("--resume", run, "--fresh"), "--fresh"),
        (("--resume", run, "--map", "Phone=phone"), "--map"),
        (("--resume", "ffff"), "no run"),
        (("--resume", run, "--url", "http://127.0.0.1:9"), "name its address"),
        ((), "--resume RUN"),
    ]:
        ended = importer("run", *arguments)
        assert ended.code == 2, arguments
        assert why in ended.err
    assert importer("run", users, "--fresh", "--limit", 1).code == 1
    assert "started anew" in importer("run", "--resume", run).err
    with pytest.raises(UsageError, match="no run"):
        resume_run("eeee", settings)
    assert importer("run", "--resume", "latest").code == 0
    assert [row["import_status"] for row in read_rows(tmp_path / "users.result.csv")].count("created") >= 1


def test_a_journal_from_before_there_were_requests_is_read_as_it_is_and_gets_them_when_it_is_written(
    importer, sandbox, settings, tmp_path
):
    users = write_users(tmp_path / "users.csv", PHONES[:3])
    importer("run", users, "--limit", 1)
    with sqlite3.connect(tmp_path / "home" / "journal.db") as db:
        db.execute("DROP TABLE wishes")
    assert "stopped" in importer("runs").out
    assert importer("pause", "latest").code == 0
    assert " paused " in importer("runs").out
    assert "is no longer paused" in importer("resume", "latest").out
    assert "was not paused" in importer("resume", "latest").out


def test_a_request_goes_with_the_run_that_it_was_for(settings, tmp_path):
    with Journal.open(settings.journal_location) as journal:
        run = journal.create_run("a" * 64, "https://api.example", "users.csv", "b" * 64, {})
        number = journal.number_of(run.id)
        pause_run(journal, run, "Aigerim")
        journal.forget_run(run.id)
        again = journal.create_run("a" * 64, "https://api.example", "users.csv", "b" * 64, {})
        assert journal.number_of(again.id) == number
        assert request_for(journal.database, again.id) is None


def test_a_pause_does_not_use_up_the_outage_limit(settings, sandbox, tmp_path):
    users, given = write_users(tmp_path / "users.csv", PHONES[:50]), []
    sandbox.set(down="503")
    short = settings.model_copy(update={"outage_limit": 10.0, "backoff": 0.05})
    thread = threading.Thread(target=lambda: given.append(run_file(users, short)))
    thread.start()
    with until(lambda: (settings.home / "journal.db").exists() and Journal.open(settings.journal_location)) as journal:
        run = until(journal.runs)[0]
        until(lambda: (seen := standing_of(journal.run_folder(run.id))) and seen.outage)
        pause_run(journal, run, "Aigerim")
        until(lambda: (seen := standing_of(journal.run_folder(run.id))) and seen.paused_by)
        time.sleep(12)  # longer than the limit
        assert thread.is_alive()
        sandbox.set(down="")
        withdraw_request(journal.database, run.id, RunRequest.PAUSE)
        thread.join()
    assert given[0].exit_code == 0
