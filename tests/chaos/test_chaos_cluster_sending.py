"""Many workers that create users, and what happens to machines and networks: nothing lost, nothing doubled."""

import asyncio
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

import pytest
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


@pytest.mark.timeout(3600)
def test_two_hundred_thousand_rows_and_thirty_deaths(
    database: str, server: Server, sandbox: Sandbox, tmp_path: Path
) -> None:
    count, seed = int(os.environ.get("CHAOS_ROWS", "200000")), random.randrange(10**6)
    chance = random.Random(seed)
    sandbox.set(keep_bodies=False)
    machines = Machines(tmp_path, database, sandbox, server, users_of(tmp_path, count))
    killed: Counter[str] = Counter()
    try:
        while killed.total() < 30 and machines.keep_going(chance.uniform(2, 12)) is None:
            victim = chance.choice(["worker", "worker", "worker", "database", "client", "scheduler"])
            machines.lose(victim)
            killed[victim] += 1
        assert machines.keep_going(3000) is not None, (seed, killed)
    finally:
        machines.client.kill()
        machines.client.wait()
        machines.dask.end()
    statuses = settled(sandbox, tmp_path / "users.result.csv", count)
    again = sum(user["attempts"] > 1 for user in sandbox.users())
    print(f"\nseed {seed}; killed {dict(killed)}; {dict(statuses)}; {again} sent more than once")
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
def reached_from_there(port: int) -> Iterator[int]:
    """A port at HERE that leads to one on loopback."""
    loop, ready, told = asyncio.new_event_loop(), threading.Event(), list[int]()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    async def serve() -> None:
        door = await asyncio.start_server(lead, HERE, 0)
        told.append(door.sockets[0].getsockname()[1])
        ready.set()

    loop.create_task(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    ready.wait()
    yield told[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def certificates(folder: Path) -> list[str]:
    """An authority, and one certificate of it for all, by the guide's commands."""
    commands = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=importer-ca -keyout ca.key -out ca.crt",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=importer -keyout tls.key -out tls.csr",
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
    processes, remote = DaskProcesses(tmp_path), None
    with reached_from_there(server.port) as books, reached_from_there(int(sandbox.url.rpartition(":")[2])) as api:
        journal = database.replace(f"127.0.0.1:{server.port}", f"{HERE}:{books}")
        given: dict[str, Any] = {
            "home": tmp_path / "home",
            "storage": str(tmp_path / "shared"),
            "journal": journal,
            "url": f"http://{HERE}:{api}",
            "token": sandbox.token,
            "cluster_ca_file": tmp_path / "ca.crt",
            "cluster_cert_file": tmp_path / "tls.crt",
            "cluster_key_file": tmp_path / "tls.key",
        }
        try:
            processes.start(2, tls, host=HERE)
            remote = there(namespace, processes, tls)
            time.sleep(10)
            cut = threading.Timer(12, cut_off, [namespace, 60])
            cut.start()
            began = time.monotonic()
            told = run(users_of(tmp_path, 16_000), Settings(cluster=processes.address, **given))
            cut.join()
        finally:
            processes.end()
            if remote is not None:
                remote.kill()
                remote.wait()
    statuses = settled(sandbox, Path(told.output), 16_000)
    again = sum(user["attempts"] > 1 for user in sandbox.users())
    print(f"\n{dict(statuses)}; {again} sent more than once; {time.monotonic() - began:.0f} s")
    assert statuses["created"] + statuses["unconfirmed"] == 16_000
    assert statuses["unconfirmed"] <= again <= 32


def there(namespace: str, processes: DaskProcesses, tls: list[str]) -> subprocess.Popen[bytes]:
    """A worker in the namespace."""
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    told = ["worker", processes.address, *options, "--host", THERE, "--local-directory", str(processes.folder), *tls]
    return dask(*told, within=["ip", "netns", "exec", namespace])


def cut_off(namespace: str, seconds: float) -> None:
    ip("-n", namespace, "link", "set", "imp1", "down")
    time.sleep(seconds)
    ip("-n", namespace, "link", "set", "imp1", "up")
