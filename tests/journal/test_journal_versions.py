"""A state folder of an earlier version is shown, reported and resumed by this one.

``fixtures/version_N`` was made by ``fixtures/make_home.py`` with the last program of that schema version: runs
finished, stopped by a limit, killed amid the traffic and killed amid the planning, and what that version said of them.
"""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from journal.fixtures.make_home import told_of
from support.commands import Commands, importer, read_rows

from importer.journal import Journal, RunState
from importer.journal.database.migrations import MIGRATIONS
from importer.journal.database.tables import SCHEMA_VERSION
from importer.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.sqlite_only

__all__ = ["importer"]

HOMES = sorted(path for path in (Path(__file__).parent / "fixtures").glob("version_*"))
STEPS_OF_OTHERS = {"version_2", "version_3"}
"""Homes that are brought up to date by steps which those of version 1 take, too: they are read each time, and what
sends (two seconds of a processor for each) is played with the chaos tests."""
PORT = 18470
URL = f"http://127.0.0.1:{PORT}"
REPORTED = ("finished", "stopped", "killed")


def version_of(home: Path) -> int:
    return int(home.name.removeprefix("version_"))


def test_every_version_has_a_home_the_one_of_today_too() -> None:
    """Whoever raises SCHEMA_VERSION makes a home of the version before with ``make_home.py``: later it cannot be."""
    assert [version_of(home) for home in HOMES] == list(range(1, SCHEMA_VERSION + 1))
    assert list(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


READ = pytest.mark.parametrize("old", [pytest.param(home, id=home.name) for home in HOMES], indirect=True)
SENT = pytest.mark.parametrize(
    "old",
    [
        pytest.param(home, id=home.name, marks=[pytest.mark.chaos] if home.name in STEPS_OF_OTHERS else [])
        for home in HOMES
    ],
    indirect=True,
)


@pytest.fixture
def old(request: pytest.FixtureRequest, importer: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of an old state folder, in use; the files as private as they were: git does not keep that."""
    kept: Path = request.param
    home = Path(os.environ["IMPORTER_HOME"])
    shutil.copytree(kept / "home", home)
    for path in (home, *home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    shutil.copytree(kept / "inputs", tmp_path / "inputs")
    monkeypatch.setenv("FREEDOM_ID_URL", URL)
    return kept


@pytest.fixture
def api(old: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox without users at the address that the old journal knows; one test at a time has it."""
    with FileLock(Path(tempfile.gettempdir()) / f"importer-test-port-{PORT}.lock", timeout=100):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", PORT))
            except OSError:
                pytest.skip(f"port {PORT} is taken by another program")
        with Sandbox(SandboxOptions(), port=PORT) as sandbox:
            monkeypatch.setenv("FREEDOM_ID_TOKEN", sandbox.token)
            yield sandbox


def runs_of(old: Path) -> dict[str, str]:
    """The stem of each input → the id of its run."""
    told = (old / "expected" / "runs.txt").read_text(encoding="utf-8")
    return {name: run for run, name in re.findall(r"^([0-9a-f]{12}).* (\w+)\.csv →", told, re.MULTILINE)}


def expected_rows(old: Path, name: str) -> dict[str, dict[str, str]]:
    return {row["phone"]: row for row in read_rows(old / "expected" / f"{name}.result.csv")}


@READ
def test_its_runs_are_listed_and_told_as_before(importer: Commands, old: Path) -> None:
    assert importer("runs").out == (old / "expected" / "runs.txt").read_text(encoding="utf-8")
    for name, run in runs_of(old).items():
        told = importer("runs", run, "--json").json
        assert told_of(told) == (old / "expected" / f"{name}.txt").read_text(encoding="utf-8")
        shown = importer("runs", run).out
        assert all(str(told[fact]) in shown for fact in ("id", "state", "api", "input_sha256", "rows", "version"))


@READ
@pytest.mark.parametrize("name", REPORTED)
def test_its_reports_are_the_same_byte_for_byte(importer: Commands, old: Path, tmp_path: Path, name: str) -> None:
    output = tmp_path / f"{name}.result.csv"
    importer("report", runs_of(old)[name], "-o", output)
    expected = old / "expected" / f"{name}.result.csv"
    assert output.read_bytes() == expected.read_bytes()
    kept = expected.with_name(f"{name}.rejected.csv")
    rejected = read_rows(tmp_path / kept.name) if kept.exists() else []
    before = read_rows(kept) if kept.exists() else []
    if "import_row" not in (before or [{}])[0]:  # since version 2
        assert all(row.pop("import_row").isdigit() for row in rejected)
    assert rejected == before


@SENT
def test_a_finished_run_of_it_is_reported_and_nothing_is_sent(
    importer: Commands, old: Path, api: Sandbox, tmp_path: Path
) -> None:
    ended = importer("run", tmp_path / "inputs" / "finished.csv", "-o", tmp_path / "again.csv")
    assert ended.code == 1
    told = f"was brought from version {version_of(old)} of its tables to" in ended.err
    assert told == (version_of(old) < SCHEMA_VERSION)
    assert api.users() == []
    assert (tmp_path / "again.csv").read_bytes() == (old / "expected" / "finished.result.csv").read_bytes()
    assert importer("verify", runs_of(old)["finished"], tmp_path / "again.csv").code == 0


@SENT
@pytest.mark.parametrize("name", ["stopped", "killed"])
def test_a_run_of_it_that_ended_early_goes_on_and_creates_nobody_twice(
    importer: Commands, old: Path, api: Sandbox, tmp_path: Path, name: str
) -> None:
    before, run = expected_rows(old, name), runs_of(old)[name]
    output = tmp_path / "out.csv"
    importer("run", tmp_path / "inputs" / f"{name}.csv", "-o", output)
    after = {row["phone"]: row for row in read_rows(output)}
    left = {phone for phone, row in before.items() if row["import_status"] == "not_sent"}
    created = {user["phone"]: user["freedom_id"] for user in api.users()}
    assert left
    assert created.keys() == left
    assert {phone: row for phone, row in after.items() if phone not in left} == {
        phone: row for phone, row in before.items() if phone not in left
    }
    assert {phone: after[phone]["freedom_id"] for phone in left} == created
    assert importer("verify", run, output).code == 0
    with Journal.open(str(Path(os.environ["IMPORTER_HOME"]) / "journal.db"), read_only=True) as journal:
        assert journal.get_run(run).state is RunState.FINISHED


@SENT
def test_a_plan_of_it_that_was_cut_off_is_made_again_and_its_ledger_is_known(
    importer: Commands, old: Path, api: Sandbox, tmp_path: Path
) -> None:
    output = tmp_path / "out.csv"
    assert importer("run", tmp_path / "inputs" / "planning.csv", "-o", output).code == 0
    rows: list[dict[str, Any]] = read_rows(output)
    known = expected_rows(old, "finished")[rows[0]["phone"]]
    assert (rows[0]["import_status"], rows[0]["freedom_id"]) == ("already_imported", known["freedom_id"])
    assert {row["import_status"] for row in rows[1:]} == {"created"}
    assert {user["phone"] for user in api.users()} == {row["phone"] for row in rows[1:]}
    assert len(importer("runs").out.splitlines()) == 5


@READ
def test_a_journal_of_a_newer_version_is_told_in_words(importer: Commands, old: Path) -> None:
    path = Path(os.environ["IMPORTER_HOME"]) / "journal.db"
    with Journal.open(str(path)) as journal, journal.database.writing() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '999' WHERE name = 'schema_version'")
    for command in (("runs",), ("report", "aaa")):
        ended = importer(*command)
        assert ended.code == 2
        assert "newer version of this program" in ended.err
