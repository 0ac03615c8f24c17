"""A bucket as the storage: a real server of S3 gives back what was stored, and says in sentences why it does not."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer.errors import StorageFailed
from importer.sandbox import Sandbox
from importer.storage import Storage, Stored

from .s3_server import BUCKET, S3Server, serving_s3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with serving_s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def told(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Says in the environment who asks; as the server knows them, but for what a test changes."""

    def tell(**changed: str) -> None:
        from s3fs import S3FileSystem

        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in {**server.environment, **changed}.items():
            if value:
                monkeypatch.setenv(name, value)
        S3FileSystem.clear_instance_cache()

    tell()
    yield tell
    tell()


def test_a_bucket_gives_back_what_was_stored_and_what_is_removed_is_gone(
    told: Callable[..., None], tmp_path: Path
) -> None:
    storage = Storage(f"s3://{BUCKET}/top")
    assert storage.names() == set()
    with storage.work_folder() as folder:
        stored = storage.write(f"{folder}/part-000001", b"cells")
        assert Storage(storage.url).read(stored) == b"cells"
        assert [storage.read(one) for one in storage.write_pieces(f"{folder}/shares", [b"one", b"two"])] == [
            b"one",
            b"two",
        ]
        assert storage.names() == {folder}
        with pytest.raises(StorageFailed, match="it is damaged"):
            storage.read(Stored(stored.name, "0" * 64))
    assert (storage.names(), storage.has(stored.name)) == (set(), False)
    (tmp_path / "file").write_bytes(b"many cells" * 100)
    storage.put("run-1/input.csv", tmp_path / "file")
    storage.get(Stored("run-1/input.csv", _sha256(tmp_path / "file")), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"many cells" * 100
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StorageFailed, match="it is damaged"):
        storage.get(Stored("run-1/input.csv", "0" * 64), tmp_path / "other")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "copy"}
    storage.remove("run-1")
    storage.remove("run-1")


@pytest.mark.parametrize(
    ("url", "changed", "words"),
    [
        (BUCKET, {"AWS_ACCESS_KEY_ID": "AKIAGEHEIM"}, "access is denied"),
        (BUCKET, {"AWS_SECRET_ACCESS_KEY": "geheim"}, "access is denied"),
        (BUCKET, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "there are no credentials for it"),
        ("nobodys", {}, "there is no such bucket"),
        ("No_Bucket!", {}, "no bucket can be called so"),
        pytest.param(
            BUCKET, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "nobody answers there", marks=pytest.mark.chaos
        ),
    ],
)
def test_a_bucket_that_cannot_be_used_says_why_and_no_secret(
    told: Callable[..., None], tmp_path: Path, url: str, changed: dict[str, str], words: str
) -> None:
    told(**changed)
    storage = Storage(f"s3://{url}/top")
    with pytest.raises(
        StorageFailed, match=re.escape(f"the storage s3://{url}/top: cannot be written ({words}")
    ) as why:
        storage.write("work-1/part", b"cells")
    assert "geheim" not in str(why.value).lower()


def test_a_run_keeps_its_copy_in_a_bucket_and_stops_with_4_where_the_server_has_died(
    told: Callable[..., None], server: S3Server, importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001", "+77010000002"])
    address = f"s3://{BUCKET}/importer"
    assert importer("run", users, "--storage", address).code == 0
    (folder,) = (name for name in Storage(address).names() if name.startswith("run-"))
    (tmp_path / "home" / "journal.runs").rename(tmp_path / "lost")
    result = (tmp_path / "users.result.csv").read_bytes()
    users.unlink()
    assert importer("report", "latest", "-o", tmp_path / "again.csv").code == 0
    assert (tmp_path / "again.csv").read_bytes() == result
    assert Storage(address).has(f"{folder}/outputs/users.result.csv")
    assert importer("purge", "--older-than", "0d").code == 0
    assert Storage(address).names() == set()
    server.kill()
    more = write_users(tmp_path / "more.csv", ["+77010000003"])
    ended = importer("run", more, "--storage", address)
    assert (ended.code, sandbox.stats()["created"]) == (4, 2)
    assert "nobody answers there" in ended.err
    for secret in (server.environment["AWS_SECRET_ACCESS_KEY"], server.environment["AWS_ACCESS_KEY_ID"]):
        assert secret not in ended.err + ended.out


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
