"""The key file beside a journal: 32 bytes, those of this journal, or nothing is looked up."""

from pathlib import Path

import pytest

from importer.errors import BooksDontBalance, UsageError
from importer.journal.integrity.keys import create_key, load_key


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "journal.key"
    create_key(path)
    return path


def test_a_key_is_32_bytes_that_only_its_owner_may_read_and_stays_as_it_is(key_file: Path) -> None:
    content = key_file.read_bytes()
    assert (len(content), key_file.stat().st_mode & 0o777) == (32, 0o600)
    assert create_key(key_file).fingerprint == load_key(key_file).fingerprint
    assert key_file.read_bytes() == content


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_file_of_another_length_is_no_key_even_where_no_fingerprint_is_known(key_file: Path, length: int) -> None:
    fingerprint = load_key(key_file).fingerprint
    key_file.write_bytes((key_file.read_bytes() * 2)[:length])
    for known in ("", fingerprint):
        with pytest.raises(BooksDontBalance, match="does not belong to the journal"):
            load_key(key_file, known)


def test_the_key_of_another_journal_is_refused_whichever_comes_first(tmp_path: Path) -> None:
    paths = [tmp_path / "one.key", tmp_path / "other.key"]
    one, other = (create_key(path).fingerprint for path in paths)
    assert load_key(paths[0], one).fingerprint == one
    for path, fingerprint in zip(paths, (other, one), strict=True):
        with pytest.raises(BooksDontBalance):
            load_key(path, fingerprint)


def test_a_key_file_that_is_missing_says_where_to_look_for_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Put it back from where the journal was backed up"):
        load_key(tmp_path / "journal.key")
