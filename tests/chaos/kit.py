"""What every chaos test works with: the command as a process that can be killed, a file, and the two referees.

The referees are the sandbox's own list of users (what really was created) and ``importer verify`` (whether the books
balance). ``Shop.settle`` compares input, output, journal, manifest and server row by row.
"""

import contextlib
import csv
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.commands import Ended
from support.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[2]

PATIENCE = 90.0
"""Seconds after which a command that should have ended fails the test."""

WITH_ID = {"created", "already_imported"}


def tell(what: str, **figures: object) -> None:
    """One line of figures for the closing note; ``make chaos`` shows it."""
    print(f"\nchaos: {what}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()))  # noqa: T201 (this is the report)


class Warm:
    """A process with the program loaded, that forks commands; it ends with this one."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        self._path = str(Path(self._folder.name) / "s")
        command = [sys.executable, str(Path(__file__).with_name("launcher.py")), "serve", self._path]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n"

    def fork(self, order: dict[str, Any]) -> "Forked":
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._path)
        connection.sendall(json.dumps(order).encode() + b"\n")
        return Forked(connection)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._folder.cleanup()


class Forked:
    """A forked command, with as much of Popen as is needed."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._received = connection, b""
        self.pid = self._number(30)
        self._code: int | None = None

    def wait(self, timeout: float) -> int:
        if self._code is None:
            self._code = self._number(timeout)
            self._connection.close()
        return self._code

    def _number(self, timeout: float) -> int:
        self._connection.settimeout(timeout)
        while b"\n" not in self._received:
            try:
                some = self._connection.recv(64)
            except TimeoutError as exc:
                raise subprocess.TimeoutExpired("importer", timeout) from exc
            assert some, "the launcher is gone"
            self._received += some
        line, _, self._received = self._received.partition(b"\n")
        return int(line)


class Running:
    """A command at work."""

    def __init__(self, process: Any, out: Path, err: Path) -> None:
        self._process, self._out, self._err = process, out, err
        self.pid: int = process.pid
        self.began = time.time()
        self._code: int | None = None

    def signal(self, number: signal.Signals) -> None:
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self) -> None:
        """End it, whatever it does, and leave nothing behind."""
        if self._code is None:
            self.signal(signal.SIGKILL)
            self._code = self._process.wait(10)

    def kill(self) -> Ended:
        """End it with kill -9."""
        self.signal(signal.SIGKILL)
        return self.wait()

    def wait(self, timeout: float = PATIENCE) -> Ended:
        if self._code is None:
            try:
                self._code = self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                print(self.err)  # noqa: T201 (shown with the failure)
                self.signal(signal.SIGKILL)
                self._code = self._process.wait(10)
                raise
        ended = Ended(self._code, self._out.read_text(encoding="utf-8"), self.err)
        assert "Traceback" not in ended.err, ended.err
        assert "defect of the importer" not in ended.err, ended.err
        assert "database is locked" not in ended.err
        return ended

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def until(self, holds: Callable[[], bool], seconds: float = 40.0) -> bool:
        """Wait until something holds; False when the command ended before it did."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not reached within {seconds} s; stderr:\n{self.err}"
            try:
                self._code = self._process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            return holds()
        return True


@dataclass
class Users:
    """An input file: its path, and the phone of each row as the API will know it ("" = no valid one)."""

    path: Path
    phones: list[str]
    cells: list[str]

    @property
    def sendable(self) -> set[str]:
        return {phone for phone in self.phones if phone}


@dataclass
class Settled:
    """What came out, compared with the server."""

    statuses: Counter[str]
    rows: list[dict[str, str]]
    users: dict[str, dict[str, Any]]
    run: str

    @property
    def unconfirmed(self) -> list[str]:
        return [row["phone"] for row in self.rows if row["import_status"] == "unconfirmed"]


@dataclass
class Shop:
    """A state folder of its own, a sandbox, and the command between them."""

    folder: Path
    sandbox: SandboxProcess
    warm: Warm
    cold: bool = False
    environ: dict[str, str] = field(default_factory=dict)
    started: list[Running] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def journal(self) -> Path:
        return self.home / "journal.db"

    def variables(self, **more: str) -> dict[str, str]:
        own = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "IMPORTER_HOME": str(self.home),
            "FREEDOM_ID_URL": self.sandbox.url,
            "FREEDOM_ID_TOKEN": self.sandbox.token,
        }
        merged = {**own, **self.environ, **more}
        return {name: value for name, value in merged.items() if value}

    def start(self, *arguments: object, environ: dict[str, str] | None = None, **order: Any) -> Running:
        """Start ``importer ARGUMENTS``; ``order``: see launcher (crash, fsize, umask)."""
        number = len(self.started)
        out, err = self.folder / f"{number}.out", self.folder / f"{number}.err"
        args, variables = [str(one) for one in arguments], self.variables(**(environ or {}))
        if self.cold and not order:
            with out.open("wb") as stdout, err.open("wb") as stderr:
                process: Any = subprocess.Popen(
                    [sys.executable, "-m", "importer", *args],
                    cwd=self.folder,
                    env=variables,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                )
        else:
            for path in (out, err):
                path.touch()
            names = {"cwd": str(self.folder), "environ": variables, "out": str(out), "err": str(err)}
            process = self.warm.fork({"args": args, **names, **order})
        running = Running(process, out, err)
        self.started.append(running)
        return running

    def run(self, *arguments: object, environ: dict[str, str] | None = None, **order: Any) -> Ended:
        """Run ``importer ARGUMENTS`` to its end."""
        return self.start(*arguments, environ=environ, **order).wait()

    def users(self, count: int, *, first: int = 0, bad: bool = True, name: str = "users.csv") -> Users:
        """A file of ``count`` rows; with ``bad`` some are invalid and some repeat a phone."""
        phones, cells = [], []
        for number in range(first, first + count):
            phone = f"+7701{number:07d}"
            broken = bad and number % 97 == 13
            phones.append("" if broken else phone)
            cells.append(f"8701{number}"[:6] if broken else phone)
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["phone", "firstname", "lastname"])
            writer.writerows([cell, "Алия", f"Серикова {number}"] for number, cell in enumerate(cells))
        return Users(path, phones, cells)

    def requests(self) -> int:
        found: int = self.sandbox.stats()["requests"]
        return found

    def has_requests(self, count: int) -> Callable[[], bool]:
        """Whether so many requests have come since now."""
        before = self.requests()
        return lambda: self.requests() >= before + count

    def output(self, users: Users) -> Path:
        return users.path.with_name(users.path.stem + ".result.csv")

    def rows(self, users: Users) -> list[dict[str, str]]:
        with self.output(users).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def settle(self, users: Users) -> Settled:
        """Compare input, output, manifest, journal and server; whatever happened before, this must hold."""
        rows = self.rows(users)
        server = {user["phone"]: user for user in self.sandbox.users()}
        assert [row["phone"] for row in rows] == users.cells, "rows in = rows out, in order"
        ids = [row["freedom_id"] for row in rows if row["freedom_id"]]
        assert len(ids) == len(set(ids)), "each FreedomID once"
        for number, (row, phone) in enumerate(zip(rows, users.phones, strict=True), start=2):
            status, known = row["import_status"], server.get(phone)
            if not phone:
                assert status == "invalid", f"row {number}"
            elif status in WITH_ID:
                assert known, f"row {number} has an ID that the server doesn't know"
                assert row["freedom_id"] == known["freedom_id"], f"row {number} has another row's ID"
            elif status == "unconfirmed":
                assert known, f"row {number} is unconfirmed, but nobody has that phone"
                assert row["freedom_id"] in {"", known["freedom_id"]}
            else:
                assert status in {"not_sent", "failed", "rejected", "duplicate"}, f"row {number}: {status}"
        statuses = Counter(row["import_status"] for row in rows)
        manifest = json.loads(Path(f"{self.output(users)}.manifest.json").read_text(encoding="utf-8"))
        assert {name: count for name, count in manifest["statuses"].items() if count} == statuses
        verified = self.run("verify", manifest["run"], self.output(users))
        assert verified.code == 0, verified.err
        return Settled(statuses, rows, server, manifest["run"])

    def assert_whole(self, settled: Settled, users: Users) -> None:
        """Every sendable row was created: by us, with its ID or its doubt; nobody was sent twice once done."""
        assert set(settled.statuses) <= {"created", "unconfirmed", "invalid"}, settled.statuses
        assert settled.users.keys() == users.sendable
        for row in settled.rows:
            if row["import_status"] == "created":
                assert settled.users[row["phone"]]["attempts"] == 1, "a row that was done was sent again"

    def leave(self) -> None:
        """End what still runs."""
        for running in self.started:
            running.end()


def chance(seed: int) -> random.Random:
    return random.Random(seed)
