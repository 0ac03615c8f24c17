"""On every connection that may write, a commit is on the disk when it returns; and no request leaves before it is."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from importer.errors import StorageFailed
from importer.journal import Journal
from importer.journal.database.sqlite import check_durable
from importer.sandbox import Sandbox, SandboxOptions

pytestmark = pytest.mark.sqlite_only

ROOT = Path(__file__).parents[2]


def test_each_connection_of_the_pool_is_durable(journal: Journal) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            connection = stack.enter_context(journal.database.connected())
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
            assert found == ["wal", 2]


@pytest.mark.parametrize(
    ("mode", "synchronous", "told"),
    [("wal", "FULL", ""), ("wal", "NORMAL", "synchronous is 1"), ("delete", "FULL", "journal_mode is delete")],
)
def test_a_connection_that_is_not_durable_is_an_error_that_says_what_to_do(
    tmp_path: Path, mode: str, synchronous: str, told: str
) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if not told:
            check_durable(connection, path)
            return
        with pytest.raises(StorageFailed, match=f"{told}.*local disk.*--journal"):
            check_durable(connection, path)


def test_a_journal_that_another_program_took_out_of_wal_is_put_back(location: str) -> None:
    Journal.open(location).close()
    with closing(sqlite3.connect(location)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with Journal.open(location) as journal, journal.database.connected() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def traced(command: list[str], record: Path, environ: dict[str, str]) -> list[str]:
    """The system calls of a command and its threads, in order; skips where none can be recorded."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: system calls cannot be recorded")
    calls = "trace=write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync"
    ended = subprocess.run(
        [strace, "-f", "-yy", "-s", "16", "-e", calls, "-o", str(record), *command],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in ended.stderr or not record.exists():
        pytest.skip("this system does not let processes be traced")
    assert ended.returncode == 0, ended.stderr
    return record.read_text(encoding="utf-8", errors="replace").splitlines()


def events(lines: list[str]) -> Iterator[str]:
    """What happened, a letter each.

    R: the writer's reserve is on the disk, its last step before rows are started; w: something is written to the log;
    s: a sync of the log has returned; P: the first byte of a POST leaves.
    """
    syncing: set[str] = set()
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if re.match(r"pwrite64\(\d+<[^>]*-wal>", call):
            yield "w"
        elif re.match(r"fsync\(\d+<[^>]*\.reserve>", call):
            yield "R"
        elif re.match(r"f(data)?sync\(\d+<[^>]*-wal>", call):
            if "unfinished" in call:
                syncing.add(thread)
            else:
                yield "s"
        elif re.match(r"<\.\.\. f(data)?sync resumed>", call) and thread in syncing:
            syncing.discard(thread)
            yield "s"
        elif re.match(r'(write|writev|sendto|sendmsg)\(.*"POST /', call):
            yield "P"


def test_the_log_is_on_the_disk_before_the_first_byte_of_a_request_leaves(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("phone\n+77010000001\n", encoding="utf-8")
    with Sandbox(SandboxOptions()) as sandbox:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))},
            "IMPORTER_HOME": str(tmp_path / "home"),
            "FREEDOM_ID_URL": sandbox.url,
            "FREEDOM_ID_TOKEN": sandbox.token,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "importer", "run", str(users)]
        seen = "".join(events(traced(command, tmp_path / "calls", environ)))
        assert len(sandbox.users()) == 1
    # one row, so that what is written between the reserve and the request is its start and nothing else
    assert re.search("Rw+sP", seen), seen
    assert re.search("Pw+s", seen), seen
