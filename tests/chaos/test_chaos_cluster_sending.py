"""Many workers that create users, and what happens to machines and networks: nothing lost, nothing doubled."""

import contextlib
import csv
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from chaos.kit import tell
from cluster.conftest import ROOT, DaskProcesses, dask, database, server
from postgresql_server import Server
from support.commands import importer, sandbox

from importer.pipeline import run
from importer.sandbox import Sandbox
from importer.settings import Settings

__all__ = ["database", "importer", "sandbox", "server"]

pytestmark = pytest.mark.chaos


def users_of(folder: Path, count: int) -> Path:
    path = folder / "users.csv"
    path.write_text("phone,first_name\n" + "".join(f"+7701{at:07d},Ann\n" for at in range(count)), encoding="utf-8")
    return path


def settled(box: Sandbox, output: Path, count: int) -> Counter[str]:
    """Rows by status; every row is there, and each ID is on its own row."""
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    users = {user["phone"]: user["freedom_id"] for user in box.users()}
    assert [row["phone"] for row in rows] == [f"+7701{at:07d}" for at in range(count)]
    assert len(users) == len({*users.values()}) == count
    assert all(row["freedom_id"] in {users[row["phone"]], ""} for row in rows)
    return Counter(row["import_status"] for row in rows)


class Machines:
    """A scheduler, workers, a client and a database, each of which may die."""

    def __init__(self, folder: Path, database: str, box: Sandbox, server: Server, users: Path) -> None:
        self.folder, self.database, self.box, self.server, self.users = folder, database, box, server, users
        self.started = 0
        self.dask = self._dask()
        self.client = self._client()

    def _dask(self) -> DaskProcesses:
        self.started += 1
        folder = self.folder / f"dask-{self.started}"
        folder.mkdir()
        processes = DaskProcesses(folder)
        processes.start(workers=3)
        return processes

    def _client(self) -> subprocess.Popen[bytes]:
        environ = os.environ | {
            "PYTHONPATH": str(ROOT),
            "IMPORTER_HOME": str(self.folder / "home"),
            "FREEDOM_ID_URL": self.box.url,
            "FREEDOM_ID_TOKEN": self.box.token,
        }
        command = [sys.executable, "-m", "importer", "run", str(self.users), "--cluster", self.dask.address]
        return subprocess.Popen([*command, "--journal", self.database], env=environ, stderr=subprocess.DEVNULL)

    def lose(self, victim: str) -> None:
        if victim == "worker":
            self.dask.one_to_lose().kill()
            self.dask.add_worker()
        elif victim == "database":
            self.server.kill()
            time.sleep(1)
            self.server.start()
        elif victim == "client":
            self.client.kill()
            self.client.wait()
        else:
            self.dask.end()
            self.dask = self._dask()

    def keep_going(self, seconds: float) -> int | None:
        """The exit code of the client once it has done all; one that stopped is started again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            code = self.client.poll()
            if code in {0, 1}:
                return code
            if code is not None:
                self.client = self._client()
            time.sleep(0.2)
        return None

    def sent_more(self, requests: int) -> bool:
        """Go on until so many more requests were made; False where all is done before."""
        wanted = self.box.stats()["requests"] + requests
        while self.box.stats()["requests"] < wanted:
            if self.keep_going(0.5) is not None:
                return False
        return True


@pytest.mark.timeout(3600)
def test_two_hundred_thousand_rows_and_thirty_deaths(
    database: str, server: Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    count, seed = int(os.environ.get("CHAOS_ROWS", "200000")), random.randrange(10**6)
    chance = random.Random(seed)
    machines = Machines(tmp_path, database, sandbox, server, users_of(tmp_path, count))
    killed: Counter[str] = Counter()
    try:
        while killed.total() < 30 and machines.sent_more(chance.randrange(1, count // 20)):
            victim = chance.choice(["worker", "worker", "worker", "database", "client", "scheduler"])
            machines.lose(victim)
            killed[victim] += 1
        assert machines.keep_going(3000) is not None, (seed, killed)
    finally:
        machines.client.kill()
        machines.client.wait()
        machines.dask.end()
    statuses = settled(sandbox, tmp_path / "users.result.csv", count)
    assert killed.total() == 30, "each of them while users are being created"
    again = sum(user["attempts"] > 1 for user in sandbox.users())
    tell("thirty deaths", seed=seed, killed=dict(killed), statuses=dict(statuses), sent_again=again)
    assert statuses["created"] + statuses["unconfirmed"] + statuses["already_imported"] == count
    assert statuses["unconfirmed"] <= again <= 32 * killed.total()


HERE, THERE = "10.213.77.1", "10.213.77.2"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network namespace that reaches this machine at HERE; skipped where none may be made."""
    name = f"importer{os.getpid()}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no network namespace can be made here (it takes root and `ip`)")
    try:
        ip("link", "add", "imp0", "type", "veth", "peer", "name", "imp1", "netns", name)
        ip("addr", "add", f"{HERE}/24", "dev", "imp0")
        ip("link", "set", "imp0", "up")
        for told in (["addr", "add", f"{THERE}/24", "dev", "imp1"], ["link", "set", "imp1", "up"]):
            ip("-n", name, *told)
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@contextlib.contextmanager
def led(host: str, port: int, to_host: str, *within: str) -> Iterator[None]:
    """A port that leads to the same port of another address; ``within``: a command that runs it somewhere else."""
    script = Path(__file__).with_name("forwarder.py")
    command = [*within, sys.executable, str(script), host, str(port), to_host, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


def certificates(folder: Path) -> list[str]:
    """An authority, and one certificate of it for all, by the guide's commands."""
    made = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    commands = (
        f"req -x509 {made} -days 2 -subj /CN=importer-ca -keyout ca.key -out ca.crt",
        f"req {made} -subj /CN=importer -keyout tls.key -out tls.csr",
        "x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out tls.crt",
    )
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    for key in folder.glob("*.key"):
        key.chmod(0o600)
    pairs = (("--tls-ca-file", "ca.crt"), ("--tls-cert", "tls.crt"), ("--tls-key", "tls.key"))
    return [text for option, name in pairs for text in (option, str(folder / name))]


@pytest.mark.skipif(not shutil.which("openssl"), reason="certificates are made with openssl")
@pytest.mark.timeout(600)
def test_a_worker_whose_network_is_cut_for_a_minute_neither_doubles_nor_blocks(
    namespace: str, database: str, server: Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.set(latency=100.0)
    tls = certificates(tmp_path)
    processes, api = DaskProcesses(tmp_path), int(sandbox.url.rpartition(":")[2])
    given: dict[str, Any] = {
        "home": tmp_path / "home",
        "storage": str(tmp_path / "shared"),
        "journal": database.replace("127.0.0.1", HERE),
        "url": sandbox.url,  # plain HTTP is for loopback alone: there, too
        "token": sandbox.token,
        "cluster_ca_file": tmp_path / "ca.crt",
        "cluster_cert_file": tmp_path / "tls.crt",
        "cluster_key_file": tmp_path / "tls.key",
    }
    within = ["ip", "netns", "exec", namespace]
    with (
        led(HERE, server.port, "127.0.0.1"),
        led(HERE, api, "127.0.0.1"),
        led("127.0.0.1", api, HERE, *within),
    ):
        try:
            processes.start(2, tls, host=HERE)
            processes.workers.append(worker_within(within, processes, tls))
            cut = threading.Thread(target=cut_off, args=(namespace, 60, database, processes.workers[-1].pid))
            cut.start()
            began = time.monotonic()
            told = run(users_of(tmp_path, 16_000), Settings(cluster=processes.address, **given))
            cut.join()
        finally:
            processes.end()
    statuses = settled(sandbox, Path(told.output), 16_000)
    again = sum(user["attempts"] > 1 for user in sandbox.users())
    tell("a network cut", statuses=dict(statuses), sent_again=again, seconds=round(time.monotonic() - began))
    assert statuses["created"] + statuses["unconfirmed"] == 16_000
    assert 0 < again <= 32, "it was cut off in the midst of its work"
    assert statuses["unconfirmed"] <= again


def worker_within(within: list[str], processes: DaskProcesses, tls: list[str]) -> subprocess.Popen[bytes]:
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    told = ["worker", processes.address, *options, "--host", THERE, "--local-directory", str(processes.folder), *tls]
    return dask(*told, within=within)


def cut_off(namespace: str, seconds: float, database: str, pid: int) -> None:
    """Cut the worker off, once it has claimed rows."""
    claimed = "SELECT 1 FROM claims JOIN workers ON owner = number WHERE name LIKE %s"
    with psycopg.connect(database, autocommit=True) as connection:
        while True:
            with contextlib.suppress(psycopg.errors.UndefinedTable):  # the run has yet to make them
                if connection.execute(claimed, [f"%:{pid}"]).fetchone():
                    break
            time.sleep(0.1)
    time.sleep(3)
    ip("-n", namespace, "link", "set", "imp1", "down")
    time.sleep(seconds)
    ip("-n", namespace, "link", "set", "imp1", "up")
