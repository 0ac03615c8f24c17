"""A storage gives back what was stored, and nothing else in its place; in a folder it is private."""

import pytest

from importer.errors import StorageFailed, UsageError
from importer.storage import Storage, Stored


@pytest.fixture(params=["folder", "memory"])
def storage(request, tmp_path):
    return Storage(str(tmp_path / "a" / "storage") if request.param == "folder" else "memory://bucket/top")


def test_what_was_stored_is_read_by_whoever_has_the_address(storage):
    stored = storage.write("work-1/part-000001", b"cells")
    assert Storage(storage.url).read(stored) == b"cells"


def test_another_content_is_refused_by_its_checksum(storage):
    stored = storage.write("work-1/part-000001", b"cells")
    storage.write("work-1/part-000001", b"cellS")
    with pytest.raises(StorageFailed, match="part-000001 is not what was written"):
        storage.read(stored)


def test_of_an_object_in_pieces_each_is_read_and_checked_by_itself(storage):
    pieces = storage.write_pieces("work-1/shares", [b"first", b"second", b"the third"])
    assert [storage.read(one) for one in reversed(pieces)] == [b"the third", b"second", b"first"]
    storage.write("work-1/shares", b"firstsecOndthe third")
    assert [storage.read(one) for one in (pieces[0], pieces[2])] == [b"first", b"the third"]
    with pytest.raises(StorageFailed, match="shares is not what was written"):
        storage.read(pieces[1])


def test_what_is_not_there_is_told(storage):
    with pytest.raises(StorageFailed, match="cannot be read"):
        storage.read(Stored("work-1/gone", "0"))


def test_a_folder_of_work_is_removed_as_a_whole_and_removing_it_again_is_no_error(storage):
    with storage.work_folder() as folder:
        stored = storage.write(f"{folder}/part-000001", b"cells")
    storage.remove(folder)
    with pytest.raises(StorageFailed):
        storage.read(stored)


def test_what_killed_commands_left_is_removed_after_days(storage):
    killed = "work-20200101T000000Z-00000000"
    if storage.folder is not None:
        (storage.folder / killed).mkdir(parents=True)
    old, other = (storage.write(f"{name}/part", b"cells") for name in (killed, "other"))
    with storage.work_folder() as folder:
        young = storage.write(f"{folder}/part", b"cells")
        with storage.work_folder():
            assert storage.read(young) == storage.read(other) == b"cells"
    with pytest.raises(StorageFailed):
        storage.read(old)


def test_a_folder_is_private_with_all_that_lies_in_it(tmp_path):
    Storage(str(tmp_path / "home" / "storage")).write("work-1/part", b"cells")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "home").rglob("*")}
    assert modes == {"storage": 0o700, "work-1": 0o700, "part": 0o600}
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_is_refused(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(UsageError, match="can be written by others"):
        Storage(str(tmp_path))


@pytest.mark.parametrize("url", ["http://host/x", "ftp://host/x", "nonsense://x", "postgresql://x"])
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(UsageError, match="expected a folder, or one of"):
        Storage(url)


def test_credentials_in_an_address_are_refused_and_not_repeated():
    with pytest.raises(UsageError, match="no credentials") as caught:
        Storage("s3://key:geheim@bucket/x")
    assert "geheim" not in str(caught.value)


def test_a_kind_whose_library_is_missing_says_which():
    with pytest.raises(UsageError, match=r"(?i)install"):
        Storage("abfs://container/x")


def test_a_worker_that_is_late_leaves_nothing_behind_where_its_command_has_ended(tmp_path):
    storage = Storage(str(tmp_path / "storage"))
    with storage.work_folder() as folder:
        storage.write(f"{folder}/parts/1", b"+77010000001")
    with pytest.raises(StorageFailed):
        storage.write(f"{folder}/parts/2", b"+77010000002")
    assert list((tmp_path / "storage").iterdir()) == []
