"""A backup that is damaged is told as one, and nothing of it is restored."""

import gzip
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer import Watch, load, runs
from importer.errors import UsageError
from importer.operations.journal_copies import backup, restore
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
