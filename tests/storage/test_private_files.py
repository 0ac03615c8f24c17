"""Small private files: there as a whole, for their owner alone."""

import os
import stat
from pathlib import Path

import pytest
from support.small_disk import file_size_limit

from importer.storage.private_files import create_private, write_private


def test_a_file_is_replaced_whole_and_private_whatever_lies_where_it_is_drafted(tmp_path: Path) -> None:
    path, other = tmp_path / "users.json", tmp_path / "other"
    path.write_text("old")
    other.write_text("somebody's")
    path.with_name("users.json.new").symlink_to(other)
    before = os.umask(0)
    try:
        write_private(path, "Әлия" * 50_000)
    finally:
        os.umask(before)
    assert path.read_text(encoding="utf-8") == "Әлия" * 50_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert other.read_text() == "somebody's"
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_a_file_that_the_disk_takes_a_part_of_is_not_made(tmp_path: Path) -> None:
    """The system writes what fits and says how much: the rest was left out in silence."""
    with file_size_limit(1000), pytest.raises(OSError, match="too large"):
        create_private(tmp_path / "new", b"x" * 3000)
    assert list(tmp_path.iterdir()) == []
    create_private(tmp_path / "new", b"x" * 3000)
    assert (tmp_path / "new").read_bytes() == b"x" * 3000


def test_what_cannot_be_written_leaves_the_old_content_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert [one.name for one in tmp_path.iterdir()] == ["told.json"]
    assert path.read_text(encoding="utf-8") == "old"
