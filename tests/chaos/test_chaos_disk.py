"""Disks that are full or read-only, inputs that change, journals that are damaged: told, resumable."""

import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from chaos.kit import Shop, Users, tell
from openpyxl import Workbook
from support.commands import Ended

LONG = pytest.mark.chaos


def finishes(shop: Shop, users: Users) -> None:
    ended = shop.run("run", users.path)
    assert ended.code in {0, 1}, ended.err
    settled = shop.settle(users)
    assert set(settled.statuses) <= {"created", "unconfirmed", "invalid"}, settled.statuses
    assert settled.users.keys() == users.sendable


def told(ended: Ended) -> None:
    assert ended.code == 4, (ended.code, ended.out, ended.err)
    text = ended.out + ended.err
    assert "again" in text, text
    assert any(word in text for word in ("disk", "space", "too large", "written", "File")), text


def full(shop: Shop, users: Users, limit: int) -> Ended:
    """No file may grow beyond ``limit`` bytes: every write that would is refused by the system."""
    return shop.run("run", users.path, fsize=limit)


@pytest.mark.parametrize("limit", [pytest.param(30_000, marks=LONG), 140_000])
def test_a_full_disk_stops_the_run_and_the_same_command_finishes_it(shop: Shop, limit: int):
    users = shop.users(2_000)
    told(full(shop, users, limit))
    requests = shop.requests()
    finishes(shop, users)
    tell(f"disk full at {limit} bytes a file", rows=2_000, sent_before=requests)


@pytest.mark.chaos
def test_a_disk_full_at_every_size_stops_the_run_and_the_same_command_finishes_it(shop: Shop):
    sent = {}
    users = shop.users(2_000)
    ended = None
    for limit in (1_000, 50_000, 90_000, 140_000, 200_000, 300_000, 420_000):
        before = shop.requests()
        ended = full(shop, users, limit)
        if ended.code == 1:
            break
        told(ended)
        sent[limit] = shop.requests() - before
    finishes(shop, users)
    assert any(sent.values()), "a limit was to be met while sending"
    tell("disk full, bytes a file: rows sent", **{str(limit): count for limit, count in sent.items()})


WRITES = {
    "input copy": ("importer.planning.input_copy:_copied", "before", 1),
    "its fsync": ("importer.storage.private_files:os.fsync", "before", 1),
    "output": ("importer.writing.pending_file:_Raw.write", "before", 1),
    "rename": ("importer.writing.pending_file:sync_folder", "before", 2),
    "draft of the manifest": ("importer.writing.pending_file:sync_folder", "before", 1),
    "manifest": ("importer.writing.pending_file:sync_folder", "before", 5),
}


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("write", "error"), list(zip(WRITES, ("ENOSPC", "EIO", "ENOSPC", "EROFS", "ENOSPC", "EDQUOT"), strict=True))
)
def test_every_write_that_fails_is_told_and_made_good(shop: Shop, write: str, error: str):
    users = shop.users(120)
    ended = shop.run("run", users.path, crash=[[*WRITES[write], error]])
    assert ended.code == 4, (ended.code, ended.out, ended.err)
    finishes(shop, users)
    shop.assert_whole(shop.settle(users), users)


@pytest.fixture
def small_disk(shop: Shop):
    """The state folder on a file system of 16 MB; gives what mounts it anew with other options."""
    shop.home.mkdir()
    command = shutil.which("mount")
    if (
        not command
        or os.geteuid()
        or subprocess.run([command, "-t", "tmpfs", "-o", "size=16m", "chaos", shop.home], check=False).returncode
    ):
        pytest.skip("nothing may be mounted here")
    yield lambda *options: subprocess.run(
        [command, "-o", ",".join(("remount", *options)), shop.home], check=True, stderr=subprocess.DEVNULL
    )
    shop.leave()
    subprocess.run(["umount", "-l", shop.home], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def shrink(shop: Shop, small_disk) -> None:
    """Leave no free space while others write: a ballast could take what is set aside for an outcome, too."""
    for more in range(0, 1_600, 16):  # KiB that others may have written meanwhile
        used = shutil.disk_usage(shop.home).used
        with contextlib.suppress(subprocess.CalledProcessError):
            small_disk(f"size={used // 1024 + more}k")
            return
    raise AssertionError("the file system cannot be made smaller")


@pytest.mark.chaos
@pytest.mark.parametrize("latency", [20.0, 200.0])
def test_a_really_full_disk_stops_sending_at_once_and_loses_no_answer(shop: Shop, small_disk, latency: float):
    shop.sandbox.set(latency=latency)
    users = shop.users(6_000)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(300)), running.err
    shrink(shop, small_disk)
    requests = shop.requests()
    ended = running.wait()
    told(ended)
    after = shop.requests() - requests
    reserve = shop.home / "journal.reserve"
    assert not reserve.exists(), "the space that was set aside is used"
    fill(shop.home / "ballast")
    told(shop.run("run", users.path))
    assert shop.requests() == requests + after, "nothing is sent before there is space again"
    (shop.home / "ballast").unlink()
    small_disk("size=16m")
    finishes(shop, users)
    unconfirmed = shop.settle(users).statuses["unconfirmed"]
    tell("tmpfs full while sending", rows=6_000, requests_after_it_was_full=after, unconfirmed=unconfirmed)
    assert not unconfirmed
    assert reserve.stat().st_size
    assert reserve.stat().st_mode & 0o777 == 0o600


@pytest.mark.chaos
def test_a_state_folder_that_became_read_only_is_told_and_nothing_is_sent(shop: Shop, small_disk):
    shop.sandbox.set(latency=50.0)
    users = shop.users(500)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(100)), running.err
    running.signal(signal.SIGTERM)
    assert running.wait().code == 4
    requests = shop.requests()
    small_disk("ro")
    ended = shop.run("run", users.path)
    assert ended.code == 4, (ended.code, ended.err)
    assert "read-only" in ended.err.lower(), ended.err
    assert shop.requests() == requests
    small_disk("rw")
    finishes(shop, users)


def halfway(shop: Shop, users: Users) -> None:
    shop.sandbox.set(latency=50.0)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(100)), running.err
    running.kill()
    shop.sandbox.set(latency=0.0)


def test_an_input_that_was_deleted_is_finished_from_the_runs_own_copy(shop: Shop):
    users = shop.users(250)
    halfway(shop, users)
    users.path.unlink()
    finishes(shop, users)


@LONG
def test_an_input_that_was_moved_goes_on_where_it_is_now(shop: Shop):
    users = shop.users(250)
    halfway(shop, users)
    moved = Users(users.path.rename(shop.folder / "moved.csv"), users.phones, users.cells)
    finishes(shop, moved)
    shop.assert_whole(shop.settle(moved), moved)


def test_an_input_that_was_changed_is_another_import_and_doubles_nobody(shop: Shop):
    users = shop.users(250, bad=False)
    halfway(shop, users)
    more = shop.users(300, bad=False)
    ended = shop.run("run", more.path)
    assert ended.code in {0, 1}, ended.err
    settled = shop.settle(more)
    assert set(settled.statuses) <= {"created", "already_imported", "unconfirmed"}, settled.statuses
    assert settled.users.keys() == more.sendable
    assert settled.statuses["unconfirmed"] <= 40  # 32 on their way, 8 whose answer was just being recorded
    tell("input changed after a kill", **settled.statuses)


def garbage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 64)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def zeroed(path: Path) -> None:
    """A page of outcomes, as a dying disk leaves it: the one that holds what three rows in a row became."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT freedom_id FROM rows WHERE freedom_id IS NOT NULL ORDER BY row LIMIT 500, 3")
        ids = [given for (given,) in found]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    pages = range(0, len(content), 4096)
    place = next(at for at in pages if all(given in content[at : at + 4096] for given in ids))
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(4096))


def seen(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("journal.db*") if not path.name.endswith("-shm")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("damage", [pytest.param(garbage, marks=LONG), pytest.param(truncated, marks=LONG), zeroed])
def test_a_damaged_journal_is_told_and_never_overwritten(shop: Shop, damage):
    users = shop.users(2_000)
    assert shop.run("run", users.path).code == 1
    run = shop.settle(users).run
    before, requests = shop.output(users).read_bytes(), shop.requests()
    damage(shop.journal)
    left = seen(shop.home)
    for command in (("run", users.path), ("run", users.path, "--fresh")):
        ended = shop.run(*command)
        assert ended.code == 5, (ended.code, ended.err)
        assert str(shop.journal) in ended.err
    assert shop.requests() == requests
    assert shop.output(users).read_bytes() == before
    for target in (shop.output(users), shop.folder / "again.csv"):
        ended = shop.run("report", run, "-o", target)
        assert ended.code == 5, (ended.code, ended.err)
        assert "is damaged" in ended.err
    assert shop.output(users).read_bytes() == before
    assert {name: seen(shop.home).get(name) for name in left} == left
    again = shop.folder / "again.csv"
    assert again.exists() == (damage is zeroed), "importer report works on what is readable"
    if again.exists():
        sound, salvaged = before.decode().splitlines(), again.read_text(encoding="utf-8").splitlines()
        lost = sum("row_unreadable" in line for line in salvaged)
        assert len(salvaged) == len(sound)
        assert sum(one != other for one, other in zip(sound, salvaged, strict=True)) == lost > 0
        tell("a page of the journal zeroed", rows=2_000, read_back=2_000 - lost, unreadable=lost)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def test_an_input_that_changes_while_it_is_planned_pairs_nobody_with_anothers_id(shop: Shop):
    users = shop.users(50, bad=False)
    running = shop.start("run", users.path, crash=[["importer.pipeline:keep_copy", "after", 1, "stop"]])
    assert running.until(lambda: state_of(running.pid) == "T")
    others = shop.users(50, first=500, bad=False)
    running.signal(signal.SIGCONT)
    assert running.wait().code in {0, 3}
    assert shop.run("run", others.path).code == 0
    settled = shop.settle(others)
    assert settled.statuses == {"created": 50}, "nobody is known by the phone of another"


@pytest.mark.chaos
def test_a_full_folder_of_temporary_files_is_named_with_the_way_out(shop: Shop, tmp_path: Path):
    command, full = shutil.which("mount"), tmp_path / "temporary"
    full.mkdir()
    if not command or subprocess.run([command, "-t", "tmpfs", "-o", "size=64k", "chaos", full], check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        book = Workbook()
        book.active.append(["phone"])
        for number in range(3_000):
            book.active.append([f"+7701{number:07d}"])
        book.save(tmp_path / "users.xlsx")
        command = [
            sys.executable,
            "-m",
            "importer",
            "validate",
            tmp_path / "users.xlsx",
            "-o",
            tmp_path / "checked.xlsx",
        ]
        environ = os.environ | {"TMPDIR": str(full), "IMPORTER_HOME": str(tmp_path / "home")}
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    finally:
        subprocess.run(["umount", "-l", full], check=True)
    assert ended.returncode == 4, ended.stderr
    assert f"cannot write to the folder of temporary files, {full}: No space left" in ended.stderr
    assert "TMPDIR=" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "checked.xlsx").exists()
