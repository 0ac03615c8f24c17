"""A run whose server was gone for a while: it goes on, or says that it did not, or it is another command's by now."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgresql_server import Server
from sqlalchemy import select
from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.errors import AlreadyRunning, StorageFailed
from importer.journal import Journal, JournalWriter, RunState
from importer.journal.database import server_wait, shared_tables
from importer.model import Summary
from importer.pipeline import run
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701555{number:04d}" for number in range(100)]
OWNERS = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"


class When(Watch):
    """Does something once: when something is told and it is time, or when a step begins."""

    def __init__(self, act: Callable[[], object], *, ready: Callable[[], bool] = bool, step: str = "") -> None:
        super().__init__()
        self._act, self._ready, self._step, self.done = act, ready, step, False

    def began(self, step: str, total: int | None = None) -> None:
        del total
        self._do(self._step == step)

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        del counts, note
        self._do(self._ready())

    def _do(self, now: bool) -> None:
        if now and not self.done:
            self.done = True
            self._act()


@pytest.fixture
def given(importer: Commands, sandbox: Sandbox, address: str, tmp_path: Path) -> dict[str, Any]:
    """Settings of a run on the server's journal."""
    del importer
    return {"home": tmp_path / "state", "url": sandbox.url, "token": sandbox.token, "journal": address}


def lose(address: str) -> None:
    """The sessions that hold locks end, as with a database that fails over."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(OWNERS)


def statuses_of(output: Path) -> Counter[str]:
    return Counter(row["import_status"] for row in read_rows(output))


def test_a_run_that_is_taken_over_with_its_last_rows_on_their_way_is_the_other_commands_to_end(
    importer: Commands, sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path
) -> None:
    """It wrote its output, and stopped the other one's run: that ended with 70, this one with 1."""
    sandbox.set(latency=2500.0)
    users, settings = write_users(tmp_path / "users.csv", PHONES[:8]), Settings(**given)
    with ThreadPoolExecutor() as pool:
        others: list[Any] = []

        def overtake() -> None:
            lose(address)
            others.append(pool.submit(run, users, settings))
            time.sleep(1.0)  # this is the thread that would hear the answers: the other one has the run when it does

        with pytest.raises(AlreadyRunning, match="meanwhile"):
            run(users, settings, When(overtake, ready=lambda: sandbox.stats()["requests"] >= 8))
        told = others[0].result()
    assert told.exit_code in {0, 1}
    found = statuses_of(Path(told.output))
    assert found["created"] + found["unconfirmed"] == 8
    with Journal.open(address) as journal:  # what this one had kept of answers is taken up
        assert [each.state for each in journal.runs()] == [RunState.FINISHED]
    assert importer("report", told.run, "--journal", address).code == 0
    assert statuses_of(tmp_path / "users.result.csv") == {"created": 8}
    assert importer("verify", told.run, "--journal", address).code == 0


@pytest.mark.parametrize("step", ["planning", "writing"])
def test_a_run_that_is_taken_over_while_nothing_is_on_its_way_writes_nothing_and_ends_nothing(
    sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path, step: str
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES[:8])
    with Journal.open(address) as other, ExitStack() as holding:

        def overtake() -> None:
            lose(address)
            holding.enter_context(other.lock(other.runs()[0].identity))

        with pytest.raises(AlreadyRunning, match="meanwhile"):
            run(users, Settings(limit=3, **given), When(overtake, step=step))
        (begun,) = other.runs()
        assert begun.state is {"planning": RunState.PLANNING, "writing": RunState.RUNNING}[step]
        assert other.row_count(begun.id) == {"planning": 0, "writing": 8}[step]
    assert not (tmp_path / "users.result.csv").exists()
    told = run(users, Settings(**given))
    assert (told.exit_code, statuses_of(Path(told.output))) == (0, {"created": 8})
    assert len(sandbox.users()) == 8


@pytest.mark.parametrize(
    ("step", "fresh"), [("checking", False), ("planning", False), ("writing", False), ("writing", True)]
)
def test_a_run_that_another_command_took_over_and_finished_meanwhile_writes_nothing_over_its_output(
    importer: Commands, sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path, step: str, fresh: bool
) -> None:
    """Its locks are free again: its output was replaced by one without its FreedomIDs, and this one ended with 70."""
    users, told = write_users(tmp_path / "users.csv", PHONES[:8]), list[Summary]()
    with ThreadPoolExecutor() as pool:

        def overtake() -> None:
            lose(address)
            told.append(pool.submit(run, users, Settings(fresh=fresh, **given)).result())

        with pytest.raises(AlreadyRunning, match="meanwhile another command went on"):
            run(users, Settings(limit=3, **given), When(overtake, step=step))
    (other,) = told
    output = Path(other.output)
    assert (other.exit_code, statuses_of(output).total()) == (0, 8)
    assert all(row["freedom_id"] for row in read_rows(output))
    assert importer("verify", other.run, "--journal", address).code == 0
    with Journal.open(address) as journal:
        assert journal.get_run(other.run).state is RunState.FINISHED
        with journal.database.reading() as connection:
            assert connection.execute(select(shared_tables.OWNERS)).all() == [], "who has ended leaves no note"
    assert len(sandbox.users()) == 8


def test_an_output_that_was_noted_before_is_not_written_over_that_of_a_run_begun_anew_meanwhile(
    sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path
) -> None:
    users, wrote = write_users(tmp_path / "users.csv", PHONES[:8]), list[bytes]()
    run(users, Settings(**given))
    with ThreadPoolExecutor() as pool:

        def overtake() -> None:
            lose(address)
            told = pool.submit(run, users, Settings(fresh=True, **given)).result()
            wrote.append(Path(told.output).read_bytes())

        with pytest.raises(AlreadyRunning, match="meanwhile another command went on"):
            run(users, Settings(**given), When(overtake, step="writing"))
    assert [(tmp_path / "users.result.csv").read_bytes()] == wrote
    assert len(sandbox.users()) == 8


@pytest.mark.parametrize("step", ["checking", "planning", "writing"])
def test_a_run_whose_session_is_lost_while_nobody_else_comes_goes_on(
    sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path, step: str
) -> None:
    users, losing = write_users(tmp_path / "users.csv", PHONES[:8]), When(lambda: lose(address), step=step)
    told = run(users, Settings(**given), losing)
    assert losing.done
    assert (told.exit_code, statuses_of(Path(told.output))) == (0, {"created": 8})
    assert len(sandbox.users()) == 8


def test_a_file_that_is_refused_removes_no_run_that_is_another_commands_by_now(
    sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES[:8], "12"])
    with Journal.open(address) as other, ExitStack() as holding:

        def overtake() -> None:
            lose(address)
            holding.enter_context(other.lock(other.runs()[0].identity))

        with pytest.raises(AlreadyRunning, match="meanwhile"):
            run(users, Settings(max_invalid="0", **given), When(overtake, step="checking"))
        (begun,) = other.runs()
        assert begun.state is RunState.PLANNING
        assert [kept.name for kept in other.run_folder(begun.id).glob("input*")] == ["input.csv"]
    assert sandbox.users() == []


def test_a_run_that_is_taken_over_amid_its_rows_notes_nothing_of_why_they_were_left(
    sandbox: Sandbox, given: dict[str, Any], address: str, tmp_path: Path
) -> None:
    sandbox.set(latency=200.0)
    users = write_users(tmp_path / "users.csv", PHONES)
    with Journal.open(address) as other, ExitStack() as holding:

        def overtake() -> None:
            lose(address)
            holding.enter_context(other.lock(other.runs()[0].identity))

        with pytest.raises(AlreadyRunning, match="meanwhile"):
            run(users, Settings(concurrency=4, **given), When(overtake, ready=lambda: sandbox.stats()["requests"] >= 8))
        (begun,) = other.runs()
        assert (begun.state, begun.settings.get("left")) == (RunState.RUNNING, None)


def test_a_run_whose_last_answers_are_kept_apart_is_no_end_of_it_though_the_server_is_back(
    sandbox: Sandbox, given: dict[str, Any], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended with 1, as one that has rows to mend: an inbox filed it, and the answers never got into its output."""
    sandbox.set(latency=1500.0)
    monkeypatch.setattr(server_wait, "RECONNECTING", 0.5)
    keep_apart = JournalWriter._keep_apart

    def back_a_moment_later(writer: JournalWriter) -> None:
        keep_apart(writer)
        server.start()

    monkeypatch.setattr(JournalWriter, "_keep_apart", back_a_moment_later)
    users, settings = write_users(tmp_path / "users.csv", PHONES[:8]), Settings(**given)
    told = run(users, settings, When(server.kill, ready=lambda: sandbox.stats()["requests"] >= 8))
    assert (told.exit_code, type(told.stopped)) == (4, StorageFailed)
    assert statuses_of(Path(told.output))["not_sent"] > 0
    requests = sandbox.stats()["requests"]
    again = run(users, settings)
    assert (again.exit_code, statuses_of(Path(again.output))) == (0, {"created": 8})
    assert sandbox.stats()["requests"] == requests
