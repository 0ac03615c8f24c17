import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.small_disk import file_size_limit

from importer.errors import StorageFailed
from importer.writing import PendingFile, atomic_file, pending_file

# The module alone is loaded: the package brings pandas, and a process that only dies shouldn't wait for it.
DYING_WRITER = """
import importlib.util, os, signal, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("pending_file", sys.argv[3])
pending_file = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pending_file)
moment, target = sys.argv[1], Path(sys.argv[2])
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
rename = Path.replace
if moment == "before the first byte":
    os.fchmod = lambda descriptor, mode: die()
if moment == "before the rename":
    Path.replace = lambda source, to: die()
if moment == "after the rename":
    Path.replace = lambda source, to: (rename(source, to), die())
if moment == "with scratch files":
    pending = pending_file.PendingFile(target)
    (pending.scratch_folder() / "sheet1.xml").write_text("half")
    die()
with pending_file.atomic_file(target) as file:
    file.write(b"new")
    if moment == "while writing":
        file.flush()
        die()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def write_much(target: Path, size: int, failure: BaseException | None = None) -> None:
    with atomic_file(target) as file:
        for _ in range(0, size, 1_000):
            file.write(b"x" * 1_000)
        if failure is not None:
            raise failure


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_shows_before_the_file_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with atomic_file(target) as file:
        file.write(b"half")
        file.flush()
        assert not target.exists()
    assert target.read_bytes() == b"half"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_the_file_is_for_its_owner_alone_under_any_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask), atomic_file(tmp_path / "out.csv") as file:
        assert [mode_of(path) for path in tmp_path.iterdir()] == [0o600]
        file.write(b"x")
    assert mode_of(tmp_path / "out.csv") == 0o600


def test_a_public_file_follows_the_umask(tmp_path: Path) -> None:
    with umask(0o027), atomic_file(tmp_path / "template.xlsx", mode=0o644, exact_mode=False) as file:
        file.write(b"x")
    assert mode_of(tmp_path / "template.xlsx") == 0o640


def test_an_exception_leaves_the_target_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_much(target, 1, KeyboardInterrupt())
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.csv"]


def test_a_full_disk_stops_the_run_and_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    told = r"cannot write .*out\.csv: .*; free some space"
    with file_size_limit(100_000), pytest.raises(StorageFailed, match=told) as caught:
        write_much(target, 10_000_000)
    assert caught.value.exit_code == 4
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.csv"]


def test_a_disk_that_is_full_only_at_the_last_flush_is_noticed_too(tmp_path: Path) -> None:
    with file_size_limit(10), pytest.raises(StorageFailed, match="free some space"):
        write_much(tmp_path / "out.csv", 1_000)
    assert names(tmp_path) == []


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="make the folder again"), atomic_file(tmp_path / "gone" / "out.csv"):
        pass


def test_an_input_that_fails_to_read_is_not_taken_for_a_write_failure(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "out.csv"):
        (tmp_path / "input.csv").read_bytes()


@pytest.mark.parametrize(
    ("moment", "content"),
    [("while writing", b"old"), ("before the rename", b"old"), ("after the rename", b"new")],
)
def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path: Path, moment: str, content: bytes) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    ended = subprocess.run(
        [sys.executable, "-c", DYING_WRITER, moment, str(target), pending_file.__file__], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert target.read_bytes() == content


@pytest.mark.parametrize("moment", ["before the first byte", "while writing", "with scratch files"])
def test_what_a_killed_process_left_behind_is_swept_by_the_next_write_of_the_same_file(
    tmp_path: Path, moment: str
) -> None:
    target = tmp_path / "out.csv"
    subprocess.run([sys.executable, "-c", DYING_WRITER, moment, str(target), pending_file.__file__], check=False)
    assert len(names(tmp_path)) == (2 if moment == "with scratch files" else 1)
    with atomic_file(target) as file:
        file.write(b"new")
    assert names(tmp_path) == ["out.csv"]


def test_a_file_that_another_writer_is_still_writing_is_not_swept(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    first = PendingFile(target)
    first.file.write(b"first")
    first.prepare()
    with atomic_file(target) as file:
        file.write(b"second")
    first.publish()
    assert target.read_bytes() == b"first"


def test_a_file_swept_away_before_its_writer_could_lock_it_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.csv"
    swept = []
    lock = pending_file.fcntl.flock

    def late(descriptor: int, how: int) -> None:
        if how == pending_file.fcntl.LOCK_EX and not swept:
            swept.extend(tmp_path.iterdir())
            with atomic_file(target) as neighbour:
                neighbour.write(b"neighbour")
        lock(descriptor, how)

    monkeypatch.setattr(pending_file.fcntl, "flock", late)
    with atomic_file(target) as file:
        file.write(b"late")
    assert len(swept) == 1
    assert target.read_bytes() == b"late"
    assert names(tmp_path) == ["out.csv"]


def test_the_content_is_durable_before_the_rename_and_the_rename_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    fsync, rename = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def watched_rename(source: Path, to: Path) -> Path:
        steps.append("rename")
        return rename(source, to)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_rename)
    write_much(tmp_path / "out.csv", 1_000)
    assert steps == ["file", "rename", "folder"]


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("ж" * 125 + ".csv")
    with atomic_file(target) as file:
        file.write(b"x")
    assert target.read_bytes() == b"x"


def test_two_prepared_files_become_visible_one_after_the_other_without_another_write(tmp_path: Path) -> None:
    files = [PendingFile(tmp_path / name) for name in ("a", "b")]
    for pending in files:
        pending.file.write(b"x" * 1_000)
        pending.prepare()
    with file_size_limit(0):
        for pending in files:
            pending.publish()
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("end", ["publish", "discard"])
def test_scratch_files_are_for_their_owner_alone_and_go_with_the_file(tmp_path: Path, end: str) -> None:
    pending = PendingFile(tmp_path / "out.xlsx")
    with umask(0):
        folder = pending.scratch_folder()
    assert mode_of(folder) == 0o700
    (folder / "sheet1.xml").write_text("cells")
    getattr(pending, end)()
    pending.discard()
    assert names(tmp_path) == (["out.xlsx"] if end == "publish" else [])
