"""A real scheduler and real workers on loopback, started once; and what one machine and a cluster make of a file."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from postgresql_server import Server, server
from support.commands import importer, sandbox

from importer.model import Summary
from importer.settings import Settings
from importer.validate_file import validate

__all__ = ["checked", "importer", "running", "sandbox", "server"]

NO_PAGE = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
ROOT = Path(__file__).parents[2]


def dask(*arguments: str, within: Sequence[str] = (), **options: Any) -> subprocess.Popen[bytes]:
    """Start one of Dask's commands; ``within``: a command that runs it somewhere else."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
    command = [*within, sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options)


@dataclass
class DaskProcesses:
    """``dask scheduler`` and ``dask worker`` as a person starts them."""

    folder: Path
    scheduler: subprocess.Popen[bytes] = field(init=False)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""
    tls: Sequence[str] = ()
    host: str = "127.0.0.1"

    def start(self, workers: int, tls: Sequence[str] = (), host: str = "127.0.0.1") -> None:
        told, self.tls, self.host = self.folder / "scheduler.json", tls, host
        options = ["--host", host, "--port", "0", "--no-show", *NO_PAGE, "--scheduler-file", str(told)]
        self.scheduler = dask("scheduler", *options, *(["--protocol", "tls", *tls] if tls else ()))
        until = time.monotonic() + 60
        while not self.address and time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError):
                self.address = json.loads(told.read_text(encoding="utf-8"))["address"]
            time.sleep(0.1)
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> subprocess.Popen[bytes]:
        options = [
            "--nthreads",
            "1",
            "--death-timeout",
            "30",
            "--no-nanny",
            *NO_PAGE,
            "--memory-limit",
            "0",
            "--host",
            self.host,
        ]
        self.workers.append(dask("worker", self.address, *options, "--local-directory", str(self.folder), *self.tls))
        return self.workers[-1]

    def one_to_lose(self) -> subprocess.Popen[bytes]:
        """A worker beside which there is another one."""
        alive = [worker for worker in self.workers if worker.poll() is None]
        return alive[-1] if len(alive) > 1 else self.add_worker()

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    """A scheduler and two workers, for the tests of a module: as long as they idle they take a seventh of a core."""
    processes = DaskProcesses(tmp_path_factory.mktemp("dask"))
    processes.start(workers=2)
    yield processes
    processes.end()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """The address of a journal on the server, in a schema of its own."""
    schema = f"t{secrets.token_hex(6)}"
    server.execute(f"CREATE SCHEMA {schema}")
    yield server.address("postgres", schema)
    server.execute(f"DROP SCHEMA {schema} CASCADE")


@dataclass(frozen=True)
class Checked:
    """What ``validate`` made of a file: its summary without times and paths, and the bytes of what it wrote."""

    told: Summary
    files: dict[str, bytes]


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Checked]:
    """Check a file, and give what came of it."""

    def check(path: Path, *, cluster: str = "", **given: Any) -> Checked:
        folder = tmp_path / (f"of-{path.stem}-cluster" if cluster else f"of-{path.stem}-alone")
        folder.mkdir()
        output = folder / f"out{path.suffix}"
        settings = Settings(home=tmp_path / "home", output=output, cluster=cluster, **{"cluster_rows": 8, **given})
        told = validate(path, settings)
        plain = replace(told, seconds=0.0, output="", rejected="", rejected_workbook="")
        return Checked(
            plain,
            {one.name: one.read_bytes() for one in sorted(folder.iterdir()) if one.suffix not in {".xlsx", ".json"}},
        )

    return check
