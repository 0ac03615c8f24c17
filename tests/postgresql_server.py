"""A PostgreSQL server of the tests' own, in a folder of its own; never the machine's."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

NOBODY = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "fsync": "off",  # these tests kill processes, not machines: what was handed to the operating system stays
    "log_checkpoints": "off",
    "autovacuum_naptime": "60",
}


def binaries() -> Path | None:
    """The folder of the server's programs, the newest version of Debian's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """A server: started, stopped or killed at will; its data outlive it. ``settings``: other ones than the tests'."""

    def __init__(self, folder: Path, programs: Path, **settings: str) -> None:
        self.folder, self.programs = folder, programs
        self._settings = SETTINGS | settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def make(self) -> None:
        """Make its data; authentication is by trust on loopback, the user is ``importer``."""
        self._run("initdb", "-D", "data", "-A", "trust", "-U", "importer", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it on its port, and wait until it answers."""
        self.port = self.port or _free_port()
        told = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [self.programs / "postgres", "-D", "data", "-p", str(self.port), "-k", self.folder, *told]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **_as_nobody()
            )
        self.wait()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text(encoding="utf-8")) from None
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """As ``kill -9`` of all its processes."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for child in _children(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it at once, in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def address(self, database: str, schema: str = "") -> str:
        """The address of a database, or of a schema in it."""
        options = f"?options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://importer@127.0.0.1:{self.port}/{database}{options}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement in a session of its own."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **_as_nobody())


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _as_nobody() -> dict[str, object]:
    """A server does not run as root."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if os.geteuid() != 0:
        return {"env": environment}
    user = pwd.getpwnam(NOBODY)
    return {"env": environment, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def serving(**settings: str) -> Iterator[Server | None]:
    """A server for the block; None where its programs are not installed."""
    programs = binaries()
    if programs is None:
        yield None
        return
    folder = Path(mkdtemp(prefix="importer-postgresql-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam(NOBODY)
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = Server(folder, programs, **settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One for all tests of a folder, in each process that runs tests."""
    with serving() as found:
        if found is None:
            pytest.skip("PostgreSQL's server is not installed")
        yield found
