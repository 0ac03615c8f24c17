"""What a forecast counts in the ledger is what the journal itself knows; or the journal says why it cannot be told."""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from importer.errors import BooksDontBalance, ImporterError, StorageFailed, UsageError
from importer.journal import Journal, JournalWriter, Run, counting
from importer.journal.counting import KnownCounter
from importer.journal.places import beside
from importer.model import Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
OTHER = "https://other.example"
TRIED = "https://tried.example"
NEVER = "https://never.used"


def create(journal: Journal, run: Run, frame: pd.DataFrame) -> None:
    """Plan rows and give each a FreedomID."""

    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            for row in frame.index:
                await writer.started(int(row))
                await writer.finished(int(row), Outcome(Status.CREATED, str(uuid.uuid4())))

    journal.plan(run.id, frame)
    asyncio.run(send())


def phones(rows: Iterable[int]) -> list[str]:
    return [f"+7701{row:07d}" for row in rows]


@pytest.fixture
def used(location: str, make_run: MakeRun, make_frame: MakeFrame) -> str:
    """A journal: of API rows 2 to 5 sorted in and 5 to 7 not yet, of OTHER 10 to 11 sorted in; TRIED has none."""
    with Journal.open(location) as journal:
        create(journal, make_run(journal), make_frame(range(2, 6)))
        create(journal, make_run(journal, api=OTHER), make_frame(range(10, 12)))
        make_run(journal, api=TRIED)
        journal.known(API, phones([2]))
        create(journal, make_run(journal), make_frame(range(5, 8)))
    return location


def counted(location: str, api: str, *batches: list[str]) -> list[int]:
    with closing(KnownCounter(location, api)) as counter:
        return [counter.count(batch) for batch in batches]


def leave_to_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_seen", lambda *_: None)


@pytest.mark.parametrize("by_itself", [True, False], ids=["driver alone", "journal"])
@pytest.mark.parametrize("api", [API, OTHER, TRIED, NEVER])
def test_it_counts_the_phones_that_the_journal_knows_on_an_api(
    used: str, api: str, by_itself: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [phones(range(2, 4)), phones(range(4, 30)), phones(range(30, 40)), []]
    with Journal.open(used, read_only=True) as journal:
        known = [len(journal.known(api, batch)) for batch in batches]
    if not by_itself:
        leave_to_the_journal(monkeypatch)
    assert counted(used, api, *batches) == known
    assert known == {API: [2, 4, 0, 0], OTHER: [0, 2, 0, 0]}.get(api, [0, 0, 0, 0])


def test_it_counts_more_phones_than_fit_one_statement(location: str, make_run: MakeRun, make_frame: MakeFrame) -> None:
    with Journal.open(location) as journal:
        create(journal, make_run(journal), make_frame(range(2, 2502)))
    assert counted(location, API, phones(range(5000))) == [2500]


def test_it_says_at_once_that_nothing_is_known_on_an_api(used: str) -> None:
    for api in (API, OTHER, TRIED, NEVER):
        with closing(KnownCounter(used, api)) as counter:
            assert counter.is_empty is (api in {TRIED, NEVER})


def test_a_journal_that_only_the_journal_can_read_is_not_called_empty(
    used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_to_the_journal(monkeypatch)
    with closing(KnownCounter(used, API)) as counter:
        assert not counter.is_empty


def test_counting_writes_nothing(used: str) -> None:
    folder = Path(used).parent
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    counted(used, API, phones(range(10)))
    assert {name: (folder / name).read_bytes() for name in before} == before


def refusal(use: Callable[[], object]) -> tuple[type[ImporterError], str]:
    with pytest.raises(ImporterError) as refused:
        use()
    return refused.type, str(refused.value)


def asked_of_the_journal(location: str) -> object:
    with Journal.open(location, read_only=True) as journal:
        return journal.known(API, phones(range(10)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '999' WHERE name = 'schema_version'",
        "UPDATE meta SET value = 'x' WHERE name = 'schema_version'",
        "DELETE FROM meta WHERE name = 'key_fingerprint'",
        "DROP TABLE arrivals",
        "DROP TABLE meta",
    ],
)
def test_what_is_odd_is_told_as_the_journal_tells_it(used: str, statement: str) -> None:
    with closing(sqlite3.connect(used)) as connection, connection:
        connection.execute(statement)
    told = refusal(lambda: counted(used, API))
    assert told == refusal(lambda: asked_of_the_journal(used))
    assert told[0] is BooksDontBalance


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5_000])
def test_another_file_is_told_as_the_journal_tells_it(used: str, content: bytes) -> None:
    Path(used).write_bytes(content)
    assert refusal(lambda: counted(used, API)) == refusal(lambda: asked_of_the_journal(used))


@pytest.mark.parametrize("table", ["ledger", "arrivals"])
def test_pages_that_are_damaged_below_are_told_as_the_journal_tells_it(used: str, table: str) -> None:
    with closing(sqlite3.connect(used)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with Path(used).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    told = refusal(lambda: counted(used, API, phones(range(10))))
    assert told == refusal(lambda: asked_of_the_journal(used))
    assert told[0] is BooksDontBalance


def test_a_ledger_that_fails_amid_the_count_is_told_as_the_journal_tells_it(used: str) -> None:
    with closing(KnownCounter(used, API)) as counter:
        assert counter.count(phones([2])) == 1
        Path(used).write_bytes(b"\xff" * 40_000)
        told = refusal(lambda: [counter.count(phones(range(row, row + 500))) for row in range(0, 5_000, 500)])
    assert told == refusal(lambda: asked_of_the_journal(used))


def test_a_missing_key_is_told_when_phones_are_looked_up_and_not_before(used: str) -> None:
    beside(Path(used), "key").unlink()
    assert counted(used, API, []) == [0]
    assert counted(used, NEVER, phones([2])) == [0]
    told = refusal(lambda: counted(used, API, phones([2])))
    assert told == refusal(lambda: asked_of_the_journal(used))
    assert told[0] is UsageError


def test_another_journals_key_is_told(used: str) -> None:
    beside(Path(used), "key").write_bytes(b"k" * 32)
    told = refusal(lambda: counted(used, API, phones([2])))
    assert told == refusal(lambda: asked_of_the_journal(used))
    assert told[0] is BooksDontBalance


def test_a_key_that_cannot_be_read_is_told_as_the_journal_tells_it(used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refused)
    told = refusal(lambda: counted(used, API, phones([2])))
    assert told == refusal(lambda: asked_of_the_journal(used))
    assert told[0] is StorageFailed
