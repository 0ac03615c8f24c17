"""A journal in a fresh folder, frames of planned rows, and child processes that can be killed."""

import json
import os
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
from postgresql_server import Server, server

from importer.journal import Journal, Run

__all__ = ["server"]

API = "https://api.example"


SQLITE, POSTGRESQL = "sqlite", "postgresql"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What a journal promises it promises on either database; ``sqlite_only`` marks what is about a file."""
    if "location" in metafunc.fixturenames and metafunc.definition.get_closest_marker("sqlite_only") is None:
        metafunc.parametrize("location", [SQLITE, POSTGRESQL], indirect=True)


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A journal on the server, in a schema of its own; the state folder of this machine is the test's."""
    server: Server = request.getfixturevalue("server")
    schema = f"t{secrets.token_hex(6)}"
    server.execute(
        f"CREATE SCHEMA {schema}; "  # and a function that SQLite has
        f"CREATE FUNCTION {schema}.zeroblob(int) RETURNS bytea LANGUAGE sql RETURN decode(repeat('00', $1), 'hex')"
    )
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "state"))
    yield server.address("postgres", schema)
    server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if getattr(request, "param", SQLITE) == POSTGRESQL:
        return str(request.getfixturevalue("address"))
    return str(tmp_path / "state" / "journal.db")


@pytest.fixture
def change(location: str) -> Callable[[str], None]:
    """Change what a journal stores behind its back; ``x'00'`` is spelt as SQLite does."""

    def run(statement: str) -> None:
        if location.startswith(POSTGRESQL):
            statement = re.sub("x'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
            with psycopg.connect(location, autocommit=True) as connection:
                connection.execute(statement)  # type: ignore[arg-type] # a test's own words
            return
        with closing(sqlite3.connect(location)) as connection, connection:
            connection.execute(statement)

    return run


@pytest.fixture
def journal(location: str) -> Iterator[Journal]:
    with Journal.open(location) as opened:
        yield opened


@pytest.fixture
def make_run() -> Callable[..., Run]:
    def make(journal: Journal, *, identity: str = "ab" * 32, api: str = API) -> Run:
        return journal.create_run(identity, api, "users.csv", "cd" * 32, {"mapping": {"phone": [0]}})

    return make


@pytest.fixture
def make_frame() -> Callable[..., pd.DataFrame]:
    def make(rows: Sequence[int], **columns: str | list[str]) -> pd.DataFrame:
        defaults: dict[str, Any] = {
            "status": "not_sent",
            "phone": [f"+7701{row:07d}" for row in rows],
            "freedom_id": "",
            "errors": "",
            "note": "",
        }
        index = pd.Index(list(rows), dtype="int64", name="row")
        return pd.DataFrame({**defaults, **columns}, index=index).astype("str")

    return make


@dataclass
class Child:
    """A process of its own; what it acknowledges is in the file ``said``, a line each."""

    pid: int
    said: Path

    def kill_after(self, seconds: float) -> None:
        time.sleep(seconds)
        self.kill()

    def kill(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.wait()

    def wait(self, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while Path(f"/proc/{self.pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.001)

    def wait_for(self, line: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while line not in self.lines() and time.monotonic() < deadline:
            time.sleep(0.002)
        assert line in self.lines()

    def lines(self) -> list[str]:
        whole = self.said.read_text(encoding="utf-8") if self.said.exists() else ""
        return whole.split("\n")[:-1]


@pytest.fixture(scope="session")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """A process that has loaded everything and forks a child for each order: without a second's wait for pandas."""
    script = Path(__file__).with_name("journal_child.py")
    folder = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def spawn(nursery: subprocess.Popen[str], tmp_path: Path) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(task: str, **arguments: Any) -> Child:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        said = tmp_path / f"said-{len(children)}"
        home = os.environ.get("IMPORTER_HOME", "")
        order = {"task": task, "said": str(said), "home": home, "arguments": arguments}
        nursery.stdin.write(json.dumps(order) + "\n")
        nursery.stdin.flush()
        child = Child(int(nursery.stdout.readline()), said)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
