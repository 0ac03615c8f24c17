"""What the disk holds when the power fails: writes that were not yet synced are lost, or some of them are not.

The system calls of a real run are recorded, and replayed up to each request that leaves and to the moment at which the
output appears. There the journal, made of what was synced and of any unsynced writes besides, must open and say that
every row whose request has left was started.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from chaos.kit import tell

from importer.journal import Journal
from importer.journal.states import RowState
from importer.sandbox import Sandbox, SandboxOptions

ROOT = Path(__file__).parents[2]
ROWS = 60
CALLS = "trace=pwrite64,write,writev,sendto,sendmsg,ftruncate,fsync,fdatasync,rename,renameat,renameat2"
FILES = ("journal.db", "journal.db-wal")

_CALL = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_RESUMED = re.compile(r"(?P<thread>\d+) +<\.\.\. f(?:data)?sync resumed>")
_PWRITE = re.compile(r'\d+<(?P<path>[^>]*)>, "(?P<data>[^"]*)"(?:\.\.\.)?, \d+, (?P<at>\d+)')
_TRUNCATE = re.compile(r"\d+<(?P<path>[^>]*)>, (?P<size>\d+)")
_SYNC = re.compile(r"\d+<(?P<path>[^>]*)>")


def plain(text: str) -> bytes:
    r"""What strace writes as ``\\x41``."""
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


@dataclass
class Disk:
    """The journal's files: what the system was told, what is certainly on the disk, and the writes in between."""

    told: dict[str, bytearray]
    synced: dict[str, bytes] = field(init=False)
    between: dict[str, list[tuple[int, bytes]]] = field(init=False)

    def __post_init__(self) -> None:
        self.synced = {name: bytes(content) for name, content in self.told.items()}
        self.between = {name: [] for name in self.told}
        self._syncing: dict[str, tuple[str, bytes, int]] = {}

    def written(self, name: str, at: int, data: bytes) -> None:
        put(self.told[name], at, data)
        self.between[name].append((at, data))

    def truncated(self, name: str, size: int) -> None:
        del self.told[name][size:]

    def sync_begins(self, thread: str, name: str) -> None:
        self._syncing[thread] = (name, bytes(self.told[name]), len(self.between[name]))

    def sync_ends(self, thread: str) -> None:
        if thread in self._syncing:
            name, content, count = self._syncing.pop(thread)
            self.synced[name] = content
            del self.between[name][:count]

    def after_the_cut(self, folder: Path, chance: random.Random | None) -> None:
        """The files as they may be found: what was synced, and any of the other writes."""
        for name, content in self.synced.items():
            left = bytearray(content)
            for at, data in self.between[name] if chance else ():
                if chance is not None and chance.random() < 0.5:
                    put(left, at, data[: chance.choice((len(data), len(data) // 2))])
            (folder / name).write_bytes(left)


def put(content: bytearray, at: int, data: bytes) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def replayed(lines: list[str], disk: Disk) -> Iterator[str]:
    """Give the phone of each request as it leaves, and "output" when the output appears; the disk is as it is then."""
    for line in lines:
        if resumed := _RESUMED.match(line):
            disk.sync_ends(resumed["thread"])
            continue
        call = _CALL.match(line)
        if call is None:
            continue
        name, rest = call["name"], call["rest"]
        if name == "pwrite64" and (found := _PWRITE.match(rest)) and own(found["path"]):
            disk.written(own(found["path"]), int(found["at"]), plain(found["data"]))
        elif name == "ftruncate" and (found := _TRUNCATE.match(rest)) and own(found["path"]):
            disk.truncated(own(found["path"]), int(found["size"]))
        elif name in {"fsync", "fdatasync"} and (found := _SYNC.match(rest)) and own(found["path"]):
            disk.sync_begins(call["thread"], own(found["path"]))
            if "unfinished" not in rest:
                disk.sync_ends(call["thread"])
        elif name.startswith("rename") and ".result.csv" in plain_text(rest) and "manifest" not in plain_text(rest):
            yield "output"
        elif name in {"write", "writev", "sendto", "sendmsg"}:
            yield from re.findall(r"\+7701\d{7}", plain_text(rest)) if "POST /" in plain_text(rest) else ()


def own(path: str) -> str:
    """The name of a file of the journal, "" for any other."""
    name = plain(path).decode().rpartition("/")[2]
    return name if name in FILES else ""


def plain_text(text: str) -> str:
    return "".join(plain(part).decode("utf-8", "replace") for part in re.findall(r'"([^"]*)"', text))


def states(folder: Path) -> dict[int, int]:
    """Row → state, of a journal that opens as any command would open it."""
    with Journal.open(str(folder / "journal.db")):
        pass
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        return dict(connection.execute("SELECT row, state FROM rows"))


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_power_cut_at_any_request_leaves_each_row_that_was_sent_as_started(tmp_path: Path, seed: int) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: system calls cannot be recorded")
    home, users, record = tmp_path / "home", tmp_path / "users.csv", tmp_path / "calls"
    phones = [f"+7701{number:07d}" for number in range(ROWS)]
    users.write_text("phone\n" + "".join(f"{phone}\n" for phone in phones), encoding="utf-8")
    Journal.open(str(home / "journal.db")).close()
    disk = Disk({name: bytearray((home / name).read_bytes() if (home / name).exists() else b"") for name in FILES})
    with Sandbox(SandboxOptions(latency=20.0)) as sandbox:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))},
            "IMPORTER_HOME": str(home),
            "FREEDOM_ID_URL": sandbox.url,
            "FREEDOM_ID_TOKEN": sandbox.token,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "importer", "run", str(users), "--concurrency", "8"]
        strace = ["strace", "-f", "-yy", "-xx", "-s", "200000", "-e", CALLS, "-o", str(record)]
        ended = subprocess.run([*strace, *command], env=environ, capture_output=True, text=True, check=False)
        if "ptrace" in ended.stderr:
            pytest.skip("this system does not let processes be traced")
        assert ended.returncode == 0, ended.stderr
    chance, cuts, sent = random.Random(seed), 0, set()
    for moment in replayed(record.read_text(encoding="utf-8").splitlines(), disk):
        sent.add(moment)
        for unsynced in (None, chance):
            cut = tmp_path / f"cut{cuts}"
            cut.mkdir(mode=0o700)
            disk.after_the_cut(cut, unsynced)
            for key in home.glob("journal.key*"):
                shutil.copy2(key, cut)
            found = states(cut)
            started = {phones[row - 2] for row, state in found.items() if state != RowState.NOT_SENT}
            assert sent - {"output"} <= started, "a request left before its row was on the disk as started"
            if moment == "output":
                assert set(found.values()) == {RowState.CREATED}, "an outcome was told before it was on the disk"
            shutil.rmtree(cut)
            cuts += 1
    assert sent == {*phones, "output"}
    tell("power cuts replayed", cuts=cuts, requests=ROWS)
