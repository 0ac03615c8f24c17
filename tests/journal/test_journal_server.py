"""A journal on PostgreSQL: what a server can do to it, and what of its promises is not SQLite's."""

import asyncio
import os
import signal
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from postgresql_server import Server
from sqlalchemy import Connection, event
from support.books import contradictions

from importer.errors import AlreadyRunning, StorageFailed, UsageError
from importer.journal import Journal, JournalWriter, Run
from importer.journal.commits.commit_group import CommitGroup
from importer.journal.commits.unsaved_outcomes import keep
from importer.journal.database import server_wait
from importer.journal.database.existence import exists
from importer.journal.database.location import beside
from importer.journal.lock import held
from importer.model import DOUBTFUL_ID, CellError, Outcome, Status
from importer.settings import load

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

IDENTITY = "ab" * 32


def id_of(row: int) -> str:
    return str(uuid.UUID(int=row))


def planned(journal: Journal, make_run: MakeRun, make_frame: MakeFrame, rows: range) -> Run:
    run = make_run(journal)
    journal.plan(run.id, make_frame(rows))
    return run


async def send(journal: Journal, run: Run, rows: range, step: Callable[[int], object] = id) -> None:
    left = iter(rows)

    async def work() -> None:
        for row in left:
            await writer.started(row)
            step(row)
            await asyncio.sleep(0.001)
            await writer.finished(row, Outcome(Status.CREATED, id_of(row)))

    async with JournalWriter(journal, run) as writer, asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(work())


def assert_all_created(location: str, run: Run, rows: range) -> None:
    with Journal.open(location) as journal:
        outcomes = journal.outcomes(run.id, rows[0], rows[-1])
        assert outcomes["status"].unique().tolist() == ["created"]
        assert outcomes["freedom_id"].tolist() == [id_of(row) for row in rows]
        known = journal.known(run.api, [f"+7701{row:07d}" for row in rows])
        assert known == {f"+7701{row:07d}": id_of(row) for row in rows}
        assert contradictions(journal, run.id) == []


def end_sessions(address: str, name: str = "importer %") -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s", [name]
        )


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:s3cret@db.example/importer",
        "postgres://anna:s3cret@db.example",
        "postgresql://:s3cret@db.example/importer",
        "postgresql://anna:s3cret:x@db.example:5432/importer",
        "postgresql://anna:s3cret@x@db.example/importer",
        "postgresql://anna:s3cret/y@db.example/importer",
        "postgresql://anna:s3cret?y@db.example/importer",
        "postgresql://anna:@db.example/importer",
        "postgresql://db.example/importer?password=s3cret",
        "postgresql://db.example/importer?user=anna&pass%77ord=s3cret",
        "postgresql://db.example/importer?sslpassword=s3cret",
        "POSTGRESQL+psycopg://anna:s3cret@db.example/importer",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(address: str) -> None:
    for use in (Journal.open, exists):
        with pytest.raises(UsageError, match="PGPASSWORD") as told:
            use(address)
        assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    "rest", ["importer@127.0.0.1:1/db", "127.0.0.1:1/db?user=me@tenant", "me%40tenant@127.0.0.1:1/db", "[::1]:1/db"]
)
def test_an_address_without_a_password_is_asked_and_what_cannot_be_reached_stops_at_once(rest: str) -> None:
    began = time.monotonic()
    with pytest.raises(StorageFailed, match="cannot be reached"):
        Journal.open(f"postgresql://{rest}")
    assert time.monotonic() - began < 30


def test_an_address_that_the_driver_does_not_understand_is_told() -> None:
    with pytest.raises(UsageError, match="address"):
        Journal.open("postgresql://127.0.0.1:1/db?foo=1")


def test_a_wrong_user_or_database_is_a_matter_of_configuration(server: Server) -> None:
    for address in (server.address("nowhere"), server.address("postgres").replace("importer@", "nobody@")):
        with pytest.raises(UsageError, match="does not exist"):
            Journal.open(address)


def test_a_password_comes_from_the_environment_and_stands_nowhere(
    server: Server, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    with Journal.open(address) as journal:
        assert "s3cret" not in f"{journal.location} {journal.database.engine.url!r} {journal.location!r}"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


def test_each_session_is_durable_and_is_given_up_when_its_host_is_gone(address: str) -> None:
    with Journal.open(f"{address}%20-csynchronous_commit%3Doff") as journal, journal.database.writing() as connection:
        told = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("synchronous_commit", "tcp_keepalives_idle", "tcp_user_timeout", "transaction_isolation")
        }
    assert told["synchronous_commit"] == "on"
    assert told["tcp_keepalives_idle"] == "10"
    assert told["tcp_user_timeout"] in {"20000", "20s"}
    assert told["transaction_isolation"] == "read committed"


def test_another_key_or_none_is_a_matter_of_configuration_and_nothing_is_made(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal.open(address):
        pass
    key = tmp_path / "state" / "journal.key"
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "other"))
    with pytest.raises(UsageError, match="IMPORTER_KEY_FILE"):
        Journal.open(address)
    assert not (tmp_path / "other" / "journal.key").exists()
    (tmp_path / "another.key").write_bytes(b"k" * 32)
    monkeypatch.setenv("IMPORTER_KEY_FILE", str(tmp_path / "another.key"))
    with pytest.raises(UsageError, match="not the one"):
        Journal.open(address)
    monkeypatch.setenv("IMPORTER_KEY_FILE", str(key))
    with Journal.open(address) as journal:
        assert journal.runs() == []


def test_the_key_is_not_in_the_database(address: str, tmp_path: Path, server: Server) -> None:
    with Journal.open(address):
        pass
    key = (tmp_path / "state" / "journal.key").read_bytes()
    server.execute("CHECKPOINT")
    files = [path for path in (server.folder / "data").rglob("*") if path.is_file()]
    assert not [path for path in files if key in (content := path.read_bytes()) or key.hex().encode() in content]


def test_a_session_that_ends_while_rows_are_in_flight_is_made_anew_and_nothing_is_lost_or_written_twice(
    address: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    rows = range(2, 202)
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, rows)
        with journal.lock(IDENTITY):
            asyncio.run(send(journal, run, rows, lambda row: end_sessions(address) if row in {40, 120} else None))
            with Journal.open(address) as other, pytest.raises(AlreadyRunning), other.lock(IDENTITY):
                pass
    assert_all_created(address, run, rows)


class Cutting:
    """Between a client and a server: cuts the connection when the answer to a COMMIT is on its way."""

    def __init__(self, port: int) -> None:
        self._port, self.armed, self.cuts = port, False, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            answers = threading.Event()
            answers.set()
            threading.Thread(target=self._pass, args=(client, server, answers, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, answers, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: threading.Event, asks: bool) -> None:
        try:
            while chunk := source.recv(65536):
                if asks and self.armed and b"COMMIT" in chunk:
                    self.armed = False
                    self.cuts += 1
                    answers.clear()
                if asks or answers.is_set():
                    target.sendall(chunk)
                    continue
                break  # the commit was answered, and nobody hears it
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def cutting(server: Server) -> Iterator[Cutting]:
    made = Cutting(server.port)
    yield made
    made.close()


def test_a_commit_whose_answer_was_lost_is_asked_for_and_not_written_again(
    server: Server, address: str, cutting: Cutting, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    rows = range(2, 42)

    def cut(row: int) -> None:
        cutting.armed |= row in {10, 30}

    with Journal.open(address.replace(f":{server.port}", f":{cutting.port}")) as journal:
        run = planned(journal, make_run, make_frame, rows)
        asyncio.run(send(journal, run, rows, cut))
    assert cutting.cuts > 0
    assert_all_created(address, run, rows)
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM ledger").fetchone() == (len(rows),)


def test_a_writer_that_ends_leaves_no_note_of_its_commits_nor_those_of_writers_that_were_killed_long_ago(
    address: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    left = "INSERT INTO commits SELECT writer, 1, extract(epoch FROM now()) - ago FROM (VALUES (%s, %s), (%s, %s)) "
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 12))
        with psycopg.connect(address) as connection:
            connection.execute(left + "AS killed (writer, ago)", ["yesterday's", 90_000, "another", 3_600])
        asyncio.run(send(journal, run, range(2, 12)))
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT writer FROM commits").fetchall() == [("another",)]


def test_a_server_that_was_killed_and_comes_back_costs_no_answer(
    server: Server, address: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    rows = range(2, 302)
    back = threading.Thread(target=lambda: (server.kill(), time.sleep(1), server.start()))
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, rows)
        with journal.lock(IDENTITY):
            asyncio.run(send(journal, run, rows, lambda row: back.start() if row == 100 else None))
        back.join()
    assert_all_created(address, run, rows)


def test_answers_that_a_server_takes_no_more_are_kept_in_a_private_file_that_the_next_command_reads(
    server: Server, address: str, tmp_path: Path, make_run: MakeRun, make_frame: MakeFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(server_wait, "RECONNECTING", 0.5)
    refused = Outcome(Status.REJECTED, errors=(CellError("email", "api_x", "нет\0"),), note="a\0b")

    async def steps() -> None:
        async with JournalWriter(journal, run) as writer:
            for row in (2, 3, 4):
                await writer.started(row)
            server.kill()
            await asyncio.gather(writer.finished(2, Outcome(Status.CREATED, id_of(2))), writer.finished(3, refused))
            with pytest.raises(StorageFailed, match="cannot be reached"):
                await writer.started(5)
            await writer.finished(4, Outcome(Status.CREATED, id_of(4), note="x"))

    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 6))
        asyncio.run(steps())
    kept = beside(tmp_path / "state" / "journal.db", "unsaved")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with kept.open("a", encoding="utf-8") as file:
        file.write('{"run": "cut o')
    server.start()
    for _ in range(2):
        with Journal.open(address) as journal:
            outcomes = journal.outcomes(run.id, 2, 5)
            assert outcomes["status"].tolist() == ["created", "rejected", "created", "not_sent"]
            assert outcomes["freedom_id"].tolist() == [id_of(2), "", id_of(4), ""]
            assert outcomes["note"].tolist() == ["", "a␀b", "x", ""]
            assert journal.unfinished(run.id, 2, 5) == {5: False}
            assert contradictions(journal, run.id) == []
        assert not kept.exists()


def test_a_late_answer_is_recorded_where_the_row_has_none_and_changes_nothing_where_it_has_one(
    server: Server, address: str, tmp_path: Path, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    kept = beside(tmp_path / "state" / "journal.db", "unsaved")
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 6))
        late = CommitGroup()
        for row in range(2, 6):
            late.finish(row, Outcome(Status.CREATED, id_of(row)))
        keep(kept, run.id, late, 1_700_000_000)

        async def meanwhile() -> None:
            async with JournalWriter(journal, run) as writer:
                for row in (2, 3, 4):
                    await writer.started(row)
                await writer.finished(3, Outcome(Status.UNCONFIRMED))
                await writer.finished(4, Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),)))

        with journal.lock(run.identity):
            asyncio.run(meanwhile())
            with Journal.open(address):
                assert kept.exists()  # somebody works on it
    with Journal.open(address) as journal:
        outcomes = journal.outcomes(run.id, 2, 5)
        assert outcomes["status"].tolist() == ["created", "created", "rejected", "not_sent"]
        assert not kept.exists()


def test_an_answer_that_is_kept_while_another_command_takes_up_earlier_ones_is_not_erased(
    address: str, tmp_path: Path, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    """A run whose server takes nothing holds its lock while it drains; who takes up waits 2 s for that."""
    kept = beside(tmp_path / "state" / "journal.db", "unsaved")

    def keep_one(row: int) -> None:
        late = CommitGroup()
        late.finish(row, Outcome(Status.CREATED, id_of(row)))
        keep(kept, run.id, late, 1_700_000_000)

    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 4))

        async def begin() -> None:
            async with JournalWriter(journal, run) as writer:
                await writer.started(2)
                await writer.started(3)

        asyncio.run(begin())
        keep_one(2)
        with journal.lock(run.identity):
            draining = threading.Timer(1.0, keep_one, [3])
            draining.start()
            Journal.open(address).close()
            draining.join()
    assert_all_created(address, run, range(2, 4))
    assert not kept.exists()


def test_an_answer_is_kept_also_where_the_files_lock_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes up may be held up by a busy server for longer than anybody waits: it may erase it, but need not."""
    monkeypatch.setattr("importer.journal.lock._PATIENCE", 0.1)
    kept, late = tmp_path / "state" / "unsaved", CommitGroup()
    late.finish(2, Outcome(Status.CREATED, id_of(2)))
    with held(kept.with_name(f"{kept.name}.lock"), wait=True):
        keep(kept, "a run", late, 1_700_000_000)
    assert id_of(2) in kept.read_text(encoding="utf-8")


def test_of_two_commands_that_take_up_what_was_kept_at_once_the_second_finds_nothing_to_do(
    address: str, tmp_path: Path, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    kept = beside(tmp_path / "state" / "journal.db", "unsaved")
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 4))
    late = CommitGroup()
    late.finish(2, Outcome(Status.CREATED, id_of(2)))
    keep(kept, run.id, late, 1_700_000_000)
    with ThreadPoolExecutor() as pool, held(kept.with_name(f"{kept.name}.lock"), wait=True):
        second = pool.submit(Journal.open, address)
        time.sleep(1)  # it has seen the file, and waits
        kept.unlink()
    second.result().close()


def test_a_doubt_about_a_freedom_id_is_kept_apart_with_the_answers(
    server: Server, address: str, tmp_path: Path, make_run: MakeRun, make_frame: MakeFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """An ID that may be another row's, because an answer came that nobody had asked for, stayed created."""
    monkeypatch.setattr(server_wait, "RECONNECTING", 0.5)

    async def steps() -> None:
        async with JournalWriter(journal, run) as writer:
            for row in (2, 3, 4):
                await writer.started(row)
            await writer.finished(2, Outcome(Status.CREATED, id_of(2)))
            server.kill()
            await writer.finished(3, Outcome(Status.CREATED, id_of(3)))
            await writer.finished(4, Outcome(Status.CREATED, id_of(4)))
            writer.taken_back(id_of(2))
            writer.taken_back(id_of(3))

    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 5))
        asyncio.run(steps())
    server.start()
    for _ in range(2):
        with Journal.open(address) as journal:
            outcomes = journal.outcomes(run.id, 2, 4)
            assert outcomes["status"].tolist() == ["unconfirmed", "unconfirmed", "created"]
            assert outcomes["freedom_id"].tolist() == ["", "", id_of(4)]
            assert all(DOUBTFUL_ID in errors for errors in outcomes["errors"].tolist()[:2])
            assert contradictions(journal, run.id) == []
    assert not beside(tmp_path / "state" / "journal.db", "unsaved").exists()


def test_an_owner_that_was_killed_leaves_nothing_locked_and_one_that_was_overtaken_sends_no_more(
    address: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    rows = range(2, 102)
    with Journal.open(address) as journal, Journal.open(address) as other:
        run = planned(journal, make_run, make_frame, rows)
        taken: list[Any] = []

        def overtake(row: int) -> None:
            if row == 50:
                end_sessions(address)
                taken.append(other.lock(IDENTITY))
                taken[0].__enter__()

        with pytest.raises((AlreadyRunning, ExceptionGroup)) as told, journal.lock(IDENTITY):
            asyncio.run(send(journal, run, rows, overtake))
        errors = told.value.exceptions if isinstance(told.value, ExceptionGroup) else [told.value]
        assert any("meanwhile" in str(error) for error in errors)
        taken[0].__exit__(None, None, None)
    with Journal.open(address) as journal:
        assert contradictions(journal, run.id) == []
        doubts = [row for row, doubt in journal.unfinished(run.id, 2, 101).items() if doubt]
        assert len(doubts) <= 16  # those that were on their way when nothing could be recorded


def test_a_lock_is_had_though_the_server_learns_of_its_owners_death_half_a_second_late(
    address: str, server: Server, spawn: Callable[..., Any]
) -> None:
    child = spawn("hold", location=address, identity=IDENTITY)
    child.wait_for("held")
    with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE %s"
        sessions = [pid for (pid,) in connection.execute(asked, [f"importer %:{child.pid}"])]
    for pid in sessions:
        os.kill(pid, signal.SIGSTOP)  # as one that waits for a slow disk
    timer = threading.Timer(0.5, lambda: [os.kill(pid, signal.SIGCONT) for pid in sessions])
    with Journal.open(address) as journal:
        child.kill()
        timer.start()
        try:
            with journal.lock(IDENTITY):
                assert sessions
        finally:
            timer.join()


def test_kill_9_of_the_process_loses_no_outcome_and_frees_the_run(
    address: str, spawn: Callable[..., Any], make_run: MakeRun, make_frame: MakeFrame
) -> None:
    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 402))
    child = spawn("send", location=address, run_id=run.id)
    deadline = time.monotonic() + 60
    while len(child.lines()) < 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.kill()
    said = set(child.lines())
    with Journal.open(address) as journal:
        outcomes = journal.outcomes(run.id, 2, 401)
        for row in range(2, 402):
            if f"finished {row}" in said:
                assert outcomes.loc[row, "status"] == "created"
            elif f"started {row}" in said:
                assert outcomes.loc[row, "status"] == "created" or outcomes.loc[row, "doubt"]
        assert contradictions(journal, run.id) == []
        with journal.lock(run.identity):
            asyncio.run(send(journal, run, range(2, 2)))


def test_the_settings_name_the_key_file_and_the_state_folder(tmp_path: Path) -> None:
    settings = load({"journal": "postgresql://db.example/j", "home": tmp_path / "h", "key_file": tmp_path / "k"})
    assert str(settings.journal_location) == "postgresql://db.example/j"
    assert (settings.journal_location.home, settings.journal_location.key) == (tmp_path / "h", tmp_path / "k")


def test_a_commit_that_a_crash_took_is_not_taken_for_another_one_that_got_its_number(
    server: Server, address: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    """After a crash a server gives transaction numbers again: rows were taken for started that were not."""
    left = [1]

    def crash(connection: Connection) -> None:
        if left and left.pop():
            server.kill()
            server.start()
            with psycopg.connect(address, autocommit=True) as other:
                for _commit in range(30):
                    other.execute("SELECT pg_current_xact_id()")

    with Journal.open(address) as journal:
        run = planned(journal, make_run, make_frame, range(2, 6))

        async def begin() -> None:
            async with JournalWriter(journal, run) as writer:
                await writer.started(2)
                event.listen(journal.database.engine, "commit", crash)
                await writer.started(3)

        with journal.lock(run.identity):
            asyncio.run(begin())
        event.remove(journal.database.engine, "commit", crash)
        assert not left
        assert journal.unfinished(run.id, 2, 5) == {2: True, 3: True, 4: False, 5: False}
