"""A command that only looks: it writes nothing, loads little, and tells what is odd."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

import importer
from importer.errors import BooksDontBalance, ImporterError, StorageFailed, UsageError
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.copying import copy
from importer.journal.database.location import beside
from importer.model import Outcome, Status
from importer.operations.history import show_runs
from importer.settings import load

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
OTHER = "https://other.example"
TRIED = "https://tried.example"
NEVER = "https://never.used"


def create(journal: Journal, run: Run, frame: pd.DataFrame) -> None:
    """Plan rows and give each a FreedomID."""

    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            for row in frame.index:
                await writer.started(int(row), in_spite=True)
                await writer.finished(int(row), Outcome(Status.CREATED, str(uuid.uuid4())))

    journal.plan(run.id, frame)
    asyncio.run(send())


def phones(rows: Iterable[int]) -> list[str]:
    return [f"+7701{row:07d}" for row in rows]


@pytest.fixture
def used(location: str, make_run: MakeRun, make_frame: MakeFrame) -> str:
    """A journal: of API rows 2 to 5 sorted in and 5 to 7 not yet, of OTHER 10 to 11 sorted in; TRIED has none."""
    with Journal.open(location) as journal:
        create(journal, make_run(journal), make_frame(range(2, 6)))
        create(journal, make_run(journal, api=OTHER), make_frame(range(10, 12)))
        make_run(journal, api=TRIED)
        journal.known(API, phones([2]))
        create(journal, make_run(journal), make_frame(range(5, 8)))
    return location


def counted(location: str, api: str, *batches: list[str]) -> list[int]:
    with Journal.open(location, read_only=True) as journal:
        return [len(journal.known(api, batch)) for batch in batches]


@pytest.mark.parametrize("api", [API, OTHER, TRIED, NEVER])
def test_a_reader_counts_the_phones_that_are_known_on_an_api(used: str, api: str) -> None:
    found = counted(used, api, phones(range(2, 4)), phones(range(4, 30)), phones(range(30, 40)), [])
    assert found == {API: [2, 4, 0, 0], OTHER: [0, 2, 0, 0]}.get(api, [0, 0, 0, 0])
    with Journal.open(used) as journal:
        assert len(journal.known(api, phones(range(30)))) == sum(found)


@pytest.mark.sqlite_only
def test_a_reader_counts_more_phones_than_fit_one_statement(
    location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    with Journal.open(location) as journal:
        create(journal, make_run(journal), make_frame(range(2, 2502)))
    assert counted(location, API, phones(range(5000))) == [2500]


@pytest.mark.parametrize("read_only", [True, False])
def test_it_is_said_at_once_that_nothing_is_known_on_an_api(used: str, read_only: bool) -> None:
    with Journal.open(used, read_only=read_only) as journal:
        assert [journal.ledger.knows_any(api) for api in (API, OTHER, TRIED, NEVER)] == [True, True, False, False]


@pytest.mark.sqlite_only
def test_looking_writes_nothing(used: str) -> None:
    folder = Path(used).parent
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    counted(used, API, phones(range(10)))
    show_runs(load({"journal": used}), None)
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_run_that_was_taken_up_again_is_told_as_its_rows_stand_and_has_no_end(
    location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    with Journal.open(location) as journal:
        run = make_run(journal)
        create(journal, run, make_frame(range(2, 5)))
        journal.update_run(run.id, state=RunState.RUNNING, rows=3)
        journal.update_run(run.id, state=RunState.STOPPED, counts={"created": 1, "not_sent": 2}, exit_code=1)
    assert "1: some rows have no FreedomID" in show_runs(load({"journal": location}), run.id)
    with Journal.open(location) as journal:
        journal.update_run(run.id, state=RunState.RUNNING)
    told = show_runs(load({"journal": location}), run.id)
    assert "3: 3 created\n" in told
    assert "exit" not in told
    listed = json.loads(show_runs(load({"journal": location, "json_output": True}), None))
    assert [(each["counts"], each["exit_code"]) for each in listed] == [({"created": 3}, None)]
    assert listed == importer.runs(journal=location)


def refused(use: Callable[[], object]) -> type[ImporterError]:
    with pytest.raises(ImporterError) as told:
        use()
    return told.type


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE meta SET value = '999' WHERE name = 'schema_version'", UsageError),
        ("UPDATE meta SET value = 'x' WHERE name = 'schema_version'", BooksDontBalance),
        ("DELETE FROM meta WHERE name = 'key_fingerprint'", BooksDontBalance),
        ("DROP TABLE arrivals", BooksDontBalance),
        ("DROP TABLE remarks", BooksDontBalance),
        ("DROP TABLE meta", BooksDontBalance),
    ],
)
def test_what_is_odd_is_told(
    used: str, change: Callable[[str], None], statement: str, error: type[ImporterError]
) -> None:
    change(statement)
    assert refused(lambda: counted(used, API)) is error
    assert refused(lambda: show_runs(load({"journal": used}), None)) is error


@pytest.mark.parametrize("column", ["state = 'dreaming'", "counts = '{'"])
def test_a_run_that_makes_no_sense_is_told(used: str, change: Callable[[str], None], column: str) -> None:
    change(f"UPDATE runs SET {column}")
    assert refused(lambda: show_runs(load({"journal": used}), None)) is BooksDontBalance


@pytest.mark.sqlite_only
@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5_000])
def test_another_file_is_told(used: str, content: bytes) -> None:
    Path(used).write_bytes(content)
    assert refused(lambda: counted(used, API)) is BooksDontBalance
    assert refused(lambda: show_runs(load({"journal": used}), None)) is BooksDontBalance


@pytest.mark.sqlite_only
@pytest.mark.parametrize("table", ["ledger", "arrivals"])
def test_pages_that_are_damaged_below_are_told(used: str, table: str) -> None:
    with closing(sqlite3.connect(used)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with Path(used).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert refused(lambda: counted(used, API, phones(range(10)))) is BooksDontBalance


@pytest.mark.sqlite_only
def test_a_missing_key_is_told_when_phones_are_looked_up_and_not_before(used: str) -> None:
    beside(Path(used), "key").unlink()
    assert counted(used, API, []) == [0]
    assert counted(used, NEVER, phones([2])) == [0]
    assert counted(used, TRIED, phones([2])) == [0]
    assert refused(lambda: counted(used, API, phones([2]))) is UsageError


@pytest.mark.sqlite_only
def test_another_journals_key_is_told(used: str) -> None:
    beside(Path(used), "key").write_bytes(b"k" * 32)
    assert refused(lambda: counted(used, API, phones([2]))) is BooksDontBalance


@pytest.mark.sqlite_only
def test_a_key_that_cannot_be_read_is_told(used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert refused(lambda: counted(used, API, phones([2]))) is StorageFailed


@pytest.mark.parametrize("prefix", ["0000zz", "%", "_", "é\ud800"])
def test_a_run_that_is_not_there_is_told(used: str, prefix: str) -> None:
    assert refused(lambda: show_runs(load({"journal": used}), prefix)) is UsageError


def test_of_several_runs_of_one_beginning_none_is_shown(used: str, change: Callable[[str], None]) -> None:
    change("UPDATE runs SET id = 'aaaa' || substr(id, 5)")
    assert refused(lambda: show_runs(load({"journal": used}), "aaaa")) is UsageError


def test_a_journal_that_is_only_looked_at_cannot_be_written(used: str) -> None:
    with (
        Journal.open(used, read_only=True) as journal,
        pytest.raises(StorageFailed, match="read-only"),
        journal.database.writing() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM runs")


@pytest.mark.sqlite_only
def test_the_history_of_a_file_loads_no_pandas_no_http_library_and_no_dialect_of_a_server(used: str) -> None:
    code = (
        "import sys; from importer.operations.history import show_runs; from importer.settings import load; "
        "print(show_runs(load({'journal': sys.argv[1]}), None)); "
        "assert not {'pandas', 'numpy', 'pyarrow', 'httpx', 'sqlalchemy.orm', 'sqlalchemy.dialects.postgresql'}"
        " & set(sys.modules)"
    )
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code, used], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.count("users.csv") == 4


def test_an_address_has_a_label_without_the_database_or_the_http_library() -> None:
    code = (
        "import sys; from importer.journal.api_label import label_of; label_of('https://api.example'); "
        "assert not {'sqlalchemy', 'httpx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)


@pytest.mark.sqlite_only
def test_the_log_can_be_emptied_while_the_journal_is_copied(used: str, tmp_path: Path) -> None:
    """A backup of millions of rows takes minutes; what a run writes beside it must not stay in the log as long."""
    emptied = []

    def try_to_empty(_records: int) -> None:
        with closing(sqlite3.connect(used, timeout=0.01)) as other:
            other.execute("UPDATE runs SET version = version || 'x'")
            other.commit()
            emptied.append(other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)

    with Journal.open(used, read_only=True) as journal:
        assert copy(journal, str(tmp_path / "to" / "journal.db"), try_to_empty) == 4
    assert emptied
    assert all(emptied)
    with Journal.open(str(tmp_path / "to" / "journal.db")) as copied:
        assert len(copied.runs()) == 4
        assert copied.known(API, phones(range(2, 8))).keys() == set(phones(range(2, 8)))
    assert not list((tmp_path / "to").glob(".copied-*"))
