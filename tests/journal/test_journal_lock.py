"""One process owns an import; the operating system says who."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.errors import AlreadyRunning, StorageFailed
from importer.journal import Journal

IDENTITY = "ab" * 32


def test_a_second_owner_is_told_who_the_first_is(journal: Journal, location: str) -> None:
    with (
        journal.lock(IDENTITY),
        Journal.open(location) as other,
        pytest.raises(AlreadyRunning) as caught,
        other.lock(IDENTITY),
    ):
        pass
    assert f"process {os.getpid()} on {socket.gethostname()} since 20" in str(caught.value)


def test_a_lock_is_free_after_its_block_and_after_an_error_in_it(journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), journal.lock(IDENTITY):
        raise ZeroDivisionError
    with journal.lock(IDENTITY):
        pass
    assert not list(journal.folder.rglob("*.owner"))


def test_imports_of_different_files_do_not_lock_each_other(journal: Journal) -> None:
    with journal.lock(IDENTITY), journal.lock("cd" * 32):
        pass


@pytest.mark.sqlite_only
def test_an_owner_whose_note_is_gone_is_still_an_owner(journal: Journal) -> None:
    with journal.lock(IDENTITY):
        for note in journal.folder.rglob("*.owner"):
            note.write_text("{", encoding="utf-8")
        with pytest.raises(AlreadyRunning, match="by another process"), journal.lock(IDENTITY):
            pass


def test_an_error_of_the_block_that_looks_like_a_lock_passes_unchanged(journal: Journal) -> None:
    with pytest.raises(AlreadyRunning, match=r"^mine$"), journal.lock(IDENTITY):
        raise AlreadyRunning("mine")


def test_kill_9_leaves_nothing_locked(location: str, spawn: Callable[..., Any]) -> None:
    for _ in range(3):
        child = spawn("hold", location=location, identity=IDENTITY)
        child.wait_for("held")
        with Journal.open(location) as journal:
            with pytest.raises(AlreadyRunning, match=f"process {child.pid} "), journal.lock(IDENTITY):
                pass
            child.kill()
            with journal.lock(IDENTITY):
                pass


@pytest.mark.sqlite_only
def test_a_lock_file_that_cannot_be_made_is_a_storage_fault(journal: Journal) -> None:
    locks = journal.folder / "locks"
    for path in locks.iterdir():
        path.unlink()
    locks.rmdir()
    Path(locks).write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageFailed, match="lock file"), journal.lock(IDENTITY):
        pass
