"""Where a journal is, how it comes to be, what it refuses."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from importer.errors import BooksDontBalance, StorageFailed, UsageError
from importer.journal import Journal, JournalWriter, Run
from importer.journal.database import migrations
from importer.journal.database.existence import exists
from importer.journal.database.tables import SCHEMA_VERSION

pytestmark = pytest.mark.sqlite_only


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.suffix in {".db", ".key", ".db-wal"} and path.stat().st_size
    }


@pytest.fixture
def lax_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def filled(
    location: str, make_run: Callable[[Journal], Run], make_frame: Callable[..., pd.DataFrame]
) -> tuple[Path, str]:
    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(range(2, 20_002), status="invalid", errors="[]"))
    return Path(location), run.id


@pytest.mark.usefixtures("lax_umask")
def test_everything_it_makes_is_for_its_owner_alone_even_under_a_lax_umask(
    location: str, make_run: Callable[[Journal], Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    state = Path(location).parent

    async def modes_in_traffic(journal: Journal, run: Run) -> dict[Path, int]:
        async with JournalWriter(journal, run) as writer:
            await writer.started(2)
            return {path: stat.S_IMODE(path.stat().st_mode) for path in [state, *state.rglob("*")]}

    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(range(2, 102)))
        with journal.lock(run.identity):
            found = asyncio.run(modes_in_traffic(journal, run))
    assert {path.suffix for path in found} >= {".db", ".db-wal", ".db-shm", ".key", ".runs", ".lock", ".owner"}
    assert {path.name: mode for path, mode in found.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}


def test_a_journal_that_others_may_read_is_closed_to_them(location: str) -> None:
    Journal.open(location).close()
    Path(location).chmod(0o644)
    Journal.open(location).close()
    assert stat.S_IMODE(Path(location).stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["", "journal.db", "journal.key", "journal.runs"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_may_write_is_refused_with_the_command_that_mends_it(location: str, place: str, mode: int) -> None:
    with Journal.open(location) as journal:
        journal.create_run("ab" * 32, "https://api.example", "users.csv", "cd" * 32, {})
    path = Path(location).parent / place
    path.chmod(path.stat().st_mode | mode)
    for read_only in (True, False):
        with pytest.raises(UsageError, match=f"chmod go-w '{path}'"):
            Journal.open(location, read_only=read_only)
    path.chmod(path.stat().st_mode & ~mode)
    Journal.open(location).close()


def test_a_journal_in_a_folder_of_everybody_with_a_sticky_bit_is_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    Journal.open(str(tmp_path / "journal.db")).close()


def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    os.chown(tmp_path, 12_345, 12_345)
    with pytest.raises(UsageError, match="belongs to another user"):
        Journal.open(str(tmp_path / "journal.db"))
    os.chown(tmp_path, 0, 0)


def test_an_sqlite_address_and_a_path_name_the_same_journal(tmp_path: Path) -> None:
    path = tmp_path / "with space" / "journal.db"
    assert not exists(str(path))
    with Journal.open(f"sqlite:///{path}") as journal:
        assert journal.path == path
        assert journal.folder == path.parent / "journal.runs"
    assert exists(str(path))


@pytest.mark.parametrize("location", ["mysql://host", "postgresql+asyncpg://host/base", "sqlite+aiosqlite:///j.db"])
def test_other_databases_are_told_as_not_supported(location: str) -> None:
    with pytest.raises(UsageError, match="only sqlite:///PATH and postgresql://HOST/DATABASE"):
        Journal.open(location)


@pytest.mark.parametrize("location", ["", "sqlite:///", "sqlite:///:memory:", "sqlite://"])
def test_a_journal_needs_a_file(location: str) -> None:
    with pytest.raises(UsageError):
        Journal.open(location)


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        Journal.open(str(tmp_path))


def test_reading_does_not_make_a_journal(location: str) -> None:
    with pytest.raises(UsageError, match="no journal"):
        Journal.open(location, read_only=True)
    assert not Path(location).parent.exists()


def test_a_folder_that_cannot_be_made_is_a_storage_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="goes on where it stopped"):
        Journal.open(str(tmp_path / "file" / "journal.db"))


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    with Journal.open(str(path)) as journal:
        assert journal.runs() == []


def test_what_a_killed_creation_left_behind_is_cleared_away(tmp_path: Path) -> None:
    for name in ("journal.db.new", "journal.db.new-journal", "journal.key.new"):
        (tmp_path / name).write_bytes(b"half")
    with Journal.open(str(tmp_path / "journal.db")) as journal:
        assert journal.runs() == []
    assert not list(tmp_path.glob("*.new*"))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"no database at all" * 400, id="another file"),
        pytest.param(lambda _: b"", id="emptied"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut in half"),
        pytest.param(lambda content: content[:100], id="cut in its first page"),
        pytest.param(lambda content: b"\xff" * 200 + content[200:], id="its head overwritten"),
        pytest.param(
            lambda content: content[:200_704] + b"\xa5" * 40_960 + content[241_664:], id="its middle overwritten"
        ),
    ],
)
def test_a_damaged_journal_is_told_and_left_as_it_is(
    filled: tuple[Path, str], damage: Callable[[bytes], bytes]
) -> None:
    path, _ = filled
    path.write_bytes(damage(path.read_bytes()))
    before = contents(path.parent)
    with pytest.raises(BooksDontBalance, match="Restore it"):
        Journal.open(str(path))
    assert contents(path.parent) == before


def test_rows_on_sound_pages_of_a_damaged_journal_can_still_be_read(filled: tuple[Path, str]) -> None:
    path, run_id = filled
    content = path.read_bytes()
    path.write_bytes(content[:200_704] + b"\xa5" * 40_960 + content[241_664:])
    with Journal.open(str(path), read_only=True) as journal:
        with pytest.raises(BooksDontBalance):
            journal.outcomes(run_id, 2, 20_001)
        readable = journal.outcomes(run_id, 2, 20_001, salvage=True)
    assert 10_000 < len(readable) < 20_000
    assert set(readable["status"]) == {"invalid"}


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    with pytest.raises(BooksDontBalance, match="not a journal"):
        Journal.open(str(path))


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_a_journal_that_lost_a_table_is_refused(filled: tuple[Path, str]) -> None:
    change(filled[0], "DROP TABLE ledger")
    with pytest.raises(BooksDontBalance, match="no table ledger"):
        Journal.open(str(filled[0]))


def test_a_journal_of_a_newer_version_is_refused(filled: tuple[Path, str]) -> None:
    change(filled[0], "UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(UsageError, match="newer version of this program"):
        Journal.open(str(filled[0]), read_only=True)


def test_a_journal_without_a_readable_version_is_refused(filled: tuple[Path, str]) -> None:
    change(filled[0], "UPDATE meta SET value = 'x' WHERE name = 'schema_version'")
    with pytest.raises(BooksDontBalance, match="schema version"):
        Journal.open(str(filled[0]))


def test_an_older_journal_is_migrated_in_one_step_and_not_by_reading(
    filled: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run_id = filled
    change(path, "UPDATE meta SET value = '0' WHERE name = 'schema_version'")
    with pytest.raises(BooksDontBalance, match="older"):
        Journal.open(str(path))
    steps = {
        0: lambda connection: connection.exec_driver_sql("UPDATE runs SET input_name = 'migrated'"),
        **dict.fromkeys(range(1, SCHEMA_VERSION), lambda _connection: None),
    }
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    with Journal.open(str(path), read_only=True) as journal:
        assert journal.get_run(run_id).input_name == "users.csv"
    with Journal.open(str(path)) as journal:
        assert journal.get_run(run_id).input_name == "migrated"
    monkeypatch.setattr(migrations, "MIGRATIONS", {})
    Journal.open(str(path)).close()


def test_a_journal_whose_last_writes_lie_beside_a_missing_file_is_not_made_anew(filled: tuple[Path, str]) -> None:
    path, _ = filled
    path.unlink()
    path.with_name("journal.db-wal").write_bytes(b"outcomes")
    with pytest.raises(BooksDontBalance, match=r"journal\.db-wal"):
        Journal.open(str(path))
    assert path.with_name("journal.db-wal").read_bytes() == b"outcomes"


def test_a_missing_key_file_is_told_with_what_to_do(filled: tuple[Path, str]) -> None:
    filled[0].with_name("journal.key").unlink()
    with pytest.raises(UsageError, match="Put it back"):
        Journal.open(str(filled[0]))
    with Journal.open(str(filled[0]), read_only=True) as journal:
        assert len(journal.runs()) == 1


@pytest.mark.parametrize("key", [bytes(32), b"short", b""])
def test_the_key_of_another_journal_is_told(filled: tuple[Path, str], key: bytes) -> None:
    filled[0].with_name("journal.key").write_bytes(key)
    with pytest.raises(BooksDontBalance, match="does not belong"):
        Journal.open(str(filled[0]))


def test_the_key_of_a_journal_that_was_deleted_serves_the_next_one(filled: tuple[Path, str]) -> None:
    path = filled[0]
    key = path.with_name("journal.key").read_bytes()
    path.unlink()
    Journal.open(str(path)).close()
    assert path.with_name("journal.key").read_bytes() == key


def test_reading_changes_no_byte_beside_a_running_writer(
    location: str, make_run: Callable[[Journal], Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(range(2, 102)))
        before = contents(Path(location).parent)
        with Journal.open(location, read_only=True) as reader:
            assert reader.row_count(run.id) == 100
            with pytest.raises(StorageFailed, match="read-only"):
                reader.update_run(run.id, exit_code=0)
        assert contents(Path(location).parent) == before


def test_a_text_of_an_error_holds_no_cell_value(
    journal: Journal, make_run: Callable[[Journal], Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    run = make_run(journal)
    frame = make_frame([2, 3], status="invalid", errors="Aigerim")
    journal.plan(run.id, frame)
    with pytest.raises(BooksDontBalance) as caught:
        journal.plan(run.id, frame)
    assert "Aigerim" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("change", [lambda key: key + b"\0", lambda key: key[:31]], ids=["longer", "shorter"])
def test_a_key_file_of_another_size_is_refused_even_where_it_begins_like_the_right_one(
    filled: tuple[Path, str], change: Callable[[bytes], bytes]
) -> None:
    path = filled[0].with_name("journal.key")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BooksDontBalance, match="does not belong"):
        Journal.open(str(filled[0]))


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_key_file_of_another_size_makes_no_journal(tmp_path: Path, size: int) -> None:
    (tmp_path / "journal.key").write_bytes(bytes(size))
    with pytest.raises(BooksDontBalance, match="does not belong"):
        Journal.open(str(tmp_path / "journal.db"))
    assert not (tmp_path / "journal.db").exists()
