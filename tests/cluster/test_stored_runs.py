"""What a run keeps in a storage: another machine goes on with it, finds its outputs there, and a purge removes both."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from postgresql_server import serving
from support.commands import Commands, read_rows, write_users

from importer.planning.input_copy import content_of
from importer.planning.stored_copy import fetch_copy
from importer.sandbox import Sandbox
from importer.storage import Storage, folder_of_run

PHONES = [f"+7701000{at:04d}" for at in range(6)]


@pytest.fixture
def users(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return write_users(tmp_path / "files" / "users.csv", [*PHONES, "12"], firstname=["Анна"] * 7)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "shared" / "importer"


def folder_of_latest(storage: Path) -> Path:
    (found,) = storage.glob("run-*")
    return found


def test_another_machine_goes_on_with_a_run_from_the_copy_in_the_storage(
    importer: Commands, sandbox: Sandbox, users: Path, storage: Path, tmp_path: Path
) -> None:
    with serving() as server:
        if server is None:
            pytest.skip("PostgreSQL's server is not installed")
        one, two, three = (
            {"IMPORTER_HOME": str(tmp_path / name), "IMPORTER_JOURNAL": server.address("postgres")}
            for name in ("one", "two", "three")
        )
        assert importer("run", users, "--limit", "2", "--storage", storage, **one).code == 1
        for home in ("two", "three"):
            (tmp_path / home).mkdir(mode=0o700)
            shutil.copy(tmp_path / "one" / "journal.key", tmp_path / home)
        shutil.rmtree(users.parent)
        output = tmp_path / "out.csv"
        ended = importer("run", "--resume", "latest", "-o", output, **two)
        assert ended.code == 1, ended.err
        assert [row["import_status"] for row in read_rows(output)] == ["created"] * 6 + ["invalid"]
        assert sandbox.stats()["created"] == 6
        assert (tmp_path / "two" / "journal.runs").is_dir()
        outputs = folder_of_latest(storage) / "outputs"
        told = json.loads((outputs / "out.csv.manifest.json").read_bytes())
        assert (outputs / "out.csv").read_bytes() == output.read_bytes()
        assert (told["state"], told["output"]["name"]) == ("finished", "out.csv")
        assert {path.name for path in outputs.glob("out.*")} >= {"out.csv", "out.rejected.csv"}
        again = tmp_path / "again.csv"
        assert importer("report", "latest", "-o", again, **three).code == 1
        assert again.read_bytes() == output.read_bytes()


def test_what_a_run_stores_is_private_and_goes_with_a_purge(
    importer: Commands, sandbox: Sandbox, users: Path, storage: Path, tmp_path: Path
) -> None:
    assert importer("run", users, "--storage", storage).code == 1
    assert (folder_of_latest(storage) / "input.csv").read_bytes() == users.read_bytes()
    modes = {path.stat().st_mode & 0o777 for path in storage.rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in (storage, *storage.rglob("*")) if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})
    (storage / "run-of-somebody-else").mkdir()
    aside = storage.rename(tmp_path / "aside")
    assert importer("purge", "--older-than", "0d").out.startswith("1 run purged")  # the storage is away just now
    aside.rename(storage)
    assert importer("purge", "--older-than", "0d").code == 0
    assert [path.name for path in storage.iterdir()] == ["run-of-somebody-else"]


def test_a_run_that_cannot_store_its_copy_sends_nothing_and_the_same_command_goes_on(
    importer: Commands, sandbox: Sandbox, users: Path, storage: Path
) -> None:
    storage.parent.mkdir()
    storage.write_bytes(b"no folder")
    ended = importer("run", users, "--storage", storage)
    assert (ended.code, sandbox.stats()["created"]) == (4, 0)
    assert f"the storage {storage}: cannot be written" in ended.err
    storage.unlink()
    assert importer("run", users, "--storage", storage).code == 1
    assert sandbox.stats()["created"] == 6


@pytest.mark.parametrize(
    ("state", "names_it", "is_fetched"), [("stopped", True, True), ("purged", True, False), ("stopped", False, False)]
)
def test_a_copy_is_fetched_from_the_storage_that_its_run_names_but_of_no_run_that_was_purged(
    users: Path, storage: Path, tmp_path: Path, state: str, names_it: bool, is_fetched: bool
) -> None:
    settings = {"storage": str(storage)} if names_it else {}
    run = SimpleNamespace(id="r-1", state=state, settings=settings, input_sha256=content_of(users))
    Storage(str(storage)).put(f"{folder_of_run(run.id)}/input.csv", users)
    copy = tmp_path / "home" / "input.csv"
    copy.parent.mkdir()
    assert fetch_copy(run, copy) is is_fetched
    assert (copy.exists() and copy.read_bytes() == users.read_bytes()) is is_fetched


def test_a_damaged_copy_in_the_storage_is_taken_for_nothing(
    importer: Commands, sandbox: Sandbox, users: Path, storage: Path, tmp_path: Path
) -> None:
    assert importer("run", users, "--limit", "2", "--storage", storage).code == 1
    (tmp_path / "home" / "journal.runs").rename(tmp_path / "lost")
    users.unlink()
    copy = folder_of_latest(storage) / "input.csv"
    whole = copy.read_bytes()
    copy.write_bytes(whole.replace(b"0005", b"0006"))
    ended = importer("run", "--resume", "latest")
    assert (ended.code, "it is damaged" in ended.err, sandbox.stats()["created"]) == (4, True, 2), ended.err
    copy.write_bytes(whole)
    assert importer("run", "--resume", "latest").code == 1
    assert sandbox.stats()["created"] == 6


def test_outputs_that_cannot_be_stored_are_told_and_change_no_exit_code(
    importer: Commands, sandbox: Sandbox, users: Path, storage: Path
) -> None:
    assert importer("run", users, "--limit", "2", "--storage", storage).code == 1
    outputs = folder_of_latest(storage) / "outputs"
    shutil.rmtree(outputs)
    outputs.write_bytes(b"no folder")
    ended = importer("run", users, "--storage", storage)
    assert (ended.code, sandbox.stats()["created"]) == (1, 6)
    assert "the outputs have no copy in the storage" in ended.err
    outputs.unlink()
    assert importer("run", users, "--storage", storage).code == 1
    assert (outputs / "users.result.csv").read_bytes() == (users.parent / "users.result.csv").read_bytes()
