"""A backup that is damaged is told as one, and nothing of it is restored."""

import errno
import gzip
import os
import shutil
import stat
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer import Watch, load, runs
from importer.errors import StorageFailed, UsageError
from importer.journal import copying
from importer.operations.journal_copies import backup, copy_journal, restore
from importer.sandbox import Sandbox


@pytest.fixture
def whole(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> bytes:
    users = write_users(tmp_path / "users.csv", [f"+7701{number:07}" for number in range(500)])
    assert importer("run", users).code == 0
    backup(tmp_path / "whole.tar.gz", load(), Watch())
    return (tmp_path / "whole.tar.gz").read_bytes()


def refused(content: bytes, folder: Path) -> None:
    path, other = folder / "damaged.tar.gz", load({"home": folder / "other", "journal": ""})
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no backup of a journal, or a damaged one"):
        restore(path, other, Watch())
    assert runs(other) == []
    assert list(other.home.iterdir()) == []


def test_a_bit_that_flipped_anywhere_is_noticed(whole: bytes, tmp_path: Path) -> None:
    for place in (*range(10, len(whole), len(whole) // 12), len(whole) - 8):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        refused(bytes(damaged), tmp_path)


def test_a_head_of_a_file_in_it_that_is_damaged_does_not_end_it(whole: bytes, tmp_path: Path) -> None:
    """The library takes such a head for the end, and what came behind it was not restored."""
    content = bytearray(gzip.decompress(whole))
    content[content.index(b"./journal.runs/") + 148] ^= 0x10  # the head's own sum
    damaged = bytearray(gzip.compress(bytes(content)))
    damaged[-8:-4] = whole[-8:-4]
    refused(bytes(damaged), tmp_path)


def test_what_is_cut_off_empty_or_something_else_is_refused(whole: bytes, tmp_path: Path) -> None:
    for content in (b"", b"phone\n", whole[:-9], whole[: len(whole) // 2], gzip.compress(b"phone\n"), whole + b"more"):
        refused(content, tmp_path)


def test_a_journal_is_restored_beside_the_runs_files_that_are_still_there(
    importer: Commands, whole: bytes, tmp_path: Path
) -> None:
    """journal.db was damaged and moved aside: what lay beside it stayed, and nothing could be restored."""
    settings = load()
    (kept,) = (settings.home / "journal.runs").glob("*/input.csv")
    content = kept.read_bytes()
    for spoilt in (content, content[:-20]):  # as it was, or cut off by the disk that damaged the journal
        kept.write_bytes(spoilt)
        for path in settings.home.glob("journal.db*"):
            path.unlink()
        assert restore(tmp_path / "whole.tar.gz", settings, Watch()) == 1
        assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (content, 0o600)
    shutil.copy(tmp_path / "users.result.csv", tmp_path / "before.csv")
    assert importer("report", "latest", "-o", tmp_path / "again.csv").code == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()


def test_a_copy_whose_files_cannot_be_written_has_no_runs_yet_and_is_made_by_the_same_command(
    whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The books were committed first: the runs stood there without their inputs, and no second attempt was taken."""
    settings, full = load(), OSError(28, "No space left on device")

    def no_space(*_args: object) -> None:
        raise full

    other = load({"home": tmp_path / "other", "journal": ""})
    target = str(tmp_path / "copy" / "journal.db")
    for attempt in (
        lambda: restore(tmp_path / "whole.tar.gz", other, Watch()),
        lambda: copy_journal(str(settings.home / "journal.db"), target, settings, Watch()),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(copying.shutil, "copyfileobj", no_space)
            with pytest.raises(StorageFailed, match=r"journal\.db cannot be used: No space left"):
                attempt()
        assert attempt() == 1
    for folder in (tmp_path / "other", tmp_path / "copy"):
        (kept,) = folder.glob("journal.runs/*/input.csv")
        assert kept.read_bytes() == (tmp_path / "users.csv").read_bytes()


def test_the_copy_of_an_input_whose_own_name_ends_as_a_draft_does_comes_along(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """It was taken for the draft of a copy: the backup had the run without its input, and said nothing."""
    users = write_users(tmp_path / "people.new", ["+77010000001", "+77010000002"])
    assert importer("run", users).code == 0
    settings, other = load(), load({"home": tmp_path / "other", "journal": ""})
    (kept,) = (settings.home / "journal.runs").glob("*/input.new")
    kept.with_name("input.new.new").write_bytes(b"phone\n+7701")  # as a kill leaves it
    backup(tmp_path / "whole.tar.gz", settings, Watch())
    assert restore(tmp_path / "whole.tar.gz", other, Watch()) == 1
    (brought,) = (other.home / "journal.runs").glob("*/input*")
    assert (brought.name, brought.read_bytes()) == (kept.name, users.read_bytes())


def test_all_of_it_works_where_a_folder_knows_no_fsync(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network shares. No run began there: its copy of the input "cannot be written (Invalid argument)"."""
    fsync = os.fsync

    def on_a_share(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", on_a_share)
    ended = importer("run", write_users(tmp_path / "users.csv", ["+77011234567"]))
    assert ended.code == 0, ended.err
    copied = importer("journal", "copy", tmp_path / "home" / "journal.db", tmp_path / "other" / "journal.db")
    assert copied.out.strip() == "1 run copied", copied.err
    backup(tmp_path / "whole.tar.gz", load(), Watch())
    restore(tmp_path / "whole.tar.gz", load({"home": tmp_path / "restored", "journal": ""}), Watch())
    assert len(runs({"home": tmp_path / "restored", "journal": ""})) == 1
