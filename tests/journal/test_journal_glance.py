"""A glance at the runs tells what the journal itself tells, or nothing; and it loads no database library."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from importer.errors import BooksDontBalance, UsageError
from importer.journal import Journal, Run, RunState
from importer.journal.glance import TABLES, glance, opened
from importer.journal.tables import METADATA
from importer.operations.history import show_runs
from importer.settings import load

MakeRun = Callable[..., Run]


@pytest.fixture
def path(location: str, make_run: MakeRun) -> Path:
    with Journal.open(location) as journal:
        for identity in ("ab" * 32, "cd" * 32, "ef" * 32):
            run = make_run(journal, identity=identity, api=f"https://{identity[:2]}.example")
        journal.update_run(run.id, state=RunState.RUNNING, rows=7, settings={"ключ": [1]})
        journal.update_run(run.id, state=RunState.FINISHED, counts={"created": 7}, exit_code=1)
    return Path(location)


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_glance_sees_the_runs_as_the_journal_has_them(path: Path) -> None:
    with Journal.open(str(path), read_only=True) as journal:
        known = list(journal.runs())
    assert glance(path) == known
    assert [glance(path, run.id) for run in known] == [[run] for run in known]
    assert glance(path, known[1].id[:11].upper()) == [known[1]]


def test_an_empty_journal_has_no_runs(location: str) -> None:
    Journal.open(location).close()
    assert glance(Path(location)) == []


@pytest.mark.parametrize("prefix", ["", "xyz", "%", "_", "é\ud800"])
def test_a_glance_names_no_run_that_is_not_asked_for(path: Path, prefix: str) -> None:
    assert glance(path, prefix) is None


def test_a_sign_that_stands_for_any_letter_elsewhere_is_a_letter(path: Path) -> None:
    first = (glance(path) or [])[0].id
    assert glance(path, first[:8] + "_") is None
    assert glance(path, first[:8] + "%") is None


def test_of_several_runs_of_one_beginning_a_glance_names_none(path: Path) -> None:
    change(path, "UPDATE runs SET id = 'aaaa' || substr(id, 5)")
    assert glance(path, "aaaa") is None


def test_a_glance_knows_all_tables() -> None:
    assert METADATA.tables.keys() == TABLES


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '999' WHERE name = 'schema_version'",
        "DELETE FROM meta WHERE name = 'key_fingerprint'",
        "DROP TABLE remarks",
        "UPDATE runs SET state = 'dreaming'",
        "UPDATE runs SET counts = '{'",
    ],
)
def test_what_is_odd_is_left_to_the_journal_which_says_why(path: Path, statement: str) -> None:
    change(path, statement)
    assert glance(path) is None
    with pytest.raises(BooksDontBalance):
        show_runs(load({"journal": str(path)}), None)


def test_a_damaged_file_is_left_to_the_journal(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 4_000 + content[4_100:])
    assert glance(path) is None
    with pytest.raises(BooksDontBalance):
        show_runs(load({"journal": str(path)}), None)


def test_a_run_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(UsageError, match="no run"):
        show_runs(load({"journal": str(path)}), "0000zz")


def test_a_glance_writes_nothing(path: Path) -> None:
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    glance(path)
    assert {name: (path.parent / name).read_bytes() for name in before} == before


def test_a_journal_that_is_glanced_at_cannot_be_written(path: Path) -> None:
    connection = opened(path)
    assert connection is not None
    with closing(connection), pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM runs")


def test_the_history_of_a_sound_journal_loads_neither_database_library_nor_pandas(path: Path) -> None:
    code = (
        "import sys; from importer.operations.history import show_runs; from importer.settings import load; "
        "print(show_runs(load({'journal': sys.argv[1]}), None)); "
        "assert not {'sqlalchemy', 'pandas', 'pyarrow', 'httpx'} & set(sys.modules)"
    )
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.count("users.csv") == 3
