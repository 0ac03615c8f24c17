"""A disk that gives back other bytes than were written: noticed when they are read, and no FreedomID comes of them."""

import asyncio
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from zlib import compress

import pandas as pd
import pytest
from support.books import contradictions

from importer.errors import BooksDontBalance
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.database.tables import RUNS
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.mac_function import ServerKeys
from importer.journal.integrity.macs import mac_of
from importer.journal.maintenance import fold_repeats, note_sound, recall_sound
from importer.model import CellError, Outcome, Status
from importer.progress import Watch
from importer.reporting.closing import close
from importer.reporting.report import Report

MakeRun = Callable[..., Run]
Change = Callable[[str], None]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
PHONES = {row: f"+7701{row:07d}" for row in range(2, 8)}
IDS = {row: str(uuid.UUID(int=row)) for row in PHONES}
PLAUSIBLE = compress(b'[[2],[""],["m"]]').hex()


def finished(journal: Journal, run: Run) -> None:
    for state in (RunState.RUNNING, RunState.FINISHED):
        journal.update_run(run.id, state=state)


@pytest.fixture
def filled(location: str, make_run: MakeRun, make_frame: MakeFrame) -> tuple[str, str, str]:
    """Rows 2 to 5 created, 6 rejected, 7 still to do; and a second run of 2 to 5 that is folded."""
    with Journal.open(location) as journal:
        first, second = make_run(journal), make_run(journal, identity="ef" * 32)
        journal.plan(first.id, make_frame(PHONES, note="n"))

        async def send() -> None:
            async with JournalWriter(journal, first) as writer:
                for row in range(2, 7):
                    await writer.started(row)
                    created = Outcome(Status.CREATED, IDS[row])
                    refused = Outcome(Status.REJECTED, errors=(CellError("email", "api_x", "no"),))
                    await writer.finished(row, refused if row == 6 else created)

        asyncio.run(send())
        known = journal.known(API, list(PHONES.values()))
        frame = make_frame(
            range(2, 6), status="already_imported", freedom_id=[known[PHONES[row]] for row in range(2, 6)]
        )
        journal.plan(second.id, frame)
        finished(journal, second)
        assert fold_repeats(journal, journal.get_run(second.id)) == 4
    return location, first.id, second.id


def everything_read(path: str, first: str, second: str, *, read_only: bool) -> None:
    with Journal.open(path, read_only=read_only) as journal:
        recall_sound(journal, journal.get_run(first))
        found = {**journal.known(API, list(PHONES.values()))}
        assert found == {PHONES[row]: IDS[row] for row in range(2, 6)}
        for run in (first, second):
            outcomes = journal.outcomes(run, 2, 7)
            assert all(outcomes["freedom_id"].get(row, "") in {"", IDS[row]} for row in PHONES)
        journal.unfinished(first, 2, 7)
        assert contradictions(journal, first) == []


def note(path: str, first: str) -> list[str]:
    with Journal.open(path) as journal:
        run = journal.get_run(first)
        journal.outcomes(first, 2, 7)
        note_sound(journal, run, 4, id)
        return (journal.run_folder(first) / "sound.txt").read_text(encoding="ascii").split()


DAMAGE = {
    "a FreedomID of the ledger": "UPDATE ledger SET freedom_id = x'00000000000000000000000000000009' WHERE row = 3",
    "whose the entry is": "UPDATE ledger SET row = 77 WHERE row = 4",
    "when it was entered": "UPDATE ledger SET at = at + 1 WHERE row = 4",
    "the MAC itself": "UPDATE ledger SET mac = x'0000000000000000' WHERE row = 5",
    "no MAC": "UPDATE rows SET mac = NULL WHERE row = 2 AND run = 1",
    "a FreedomID of a row": "UPDATE rows SET freedom_id = x'00000000000000000000000000000009' WHERE row = 3",
    "a state": "UPDATE rows SET state = 12 WHERE row = 4",
    "a refusal turned into a creation": "UPDATE rows SET state = 10, freedom_id = zeroblob(16) WHERE row = 6",
    "a row still to do": "UPDATE rows SET phone = zeroblob(16) WHERE row = 7",
    "a row to do that looks done": "UPDATE rows SET state = 12 WHERE row = 7",
    "a row that got another number": "UPDATE rows SET row = 99 WHERE row = 7",
    "a row that is gone": "DELETE FROM rows WHERE run = 1 AND row = 3",
    "two rows that changed places": "UPDATE rows SET freedom_id = CASE row WHEN 3 THEN "
    "x'00000000000000000000000000000004' ELSE x'00000000000000000000000000000003' END WHERE run = 1 AND row IN (3, 4)",
    "a code": "UPDATE remarks SET errors = replace(errors, 'api_x', 'api_y') WHERE row = 6",
    "a note": "UPDATE remarks SET note = 'm' WHERE row = 6",
    "packed notes": f"UPDATE packed_remarks SET texts = x'{PLAUSIBLE}'",
    "packed notes that are cut short": "UPDATE packed_remarks SET texts = substr(texts, 1, 5)",
    "which rows packed notes begin with": "UPDATE packed_remarks SET first = 3",
    "whose packed notes they are": "UPDATE packed_remarks SET run = 2",
    "what was folded": "UPDATE repeats SET origins = substr(origins, 2)",
    "whose repeats they are": "UPDATE repeats SET last = 6",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_whatever_is_not_as_it_was_written_is_noticed_and_gives_no_freedom_id(
    filled: tuple[str, str, str], change: Change, what: str
) -> None:
    everything_read(*filled, read_only=False)
    note(*filled[:2])
    everything_read(*filled, read_only=True)
    change(DAMAGE[what])
    for read_only in (True, False):
        with pytest.raises((BooksDontBalance, AssertionError)) as told:
            everything_read(*filled, read_only=read_only)
        if isinstance(told.value, BooksDontBalance):
            assert "row" in str(told.value)
        else:
            assert "contradictions(" in str(told.getrepr()) or "assert [" in str(told.value)


@pytest.mark.sqlite_only
def test_an_audit_tells_what_is_not_as_it_was_written_of_rows_and_entries_that_look_whole(
    filled: tuple[str, str, str], change: Change
) -> None:
    path, first, _ = filled
    note(path, first)
    change("UPDATE rows SET mac = x'0000000000000000' WHERE run = 1 AND row = 3")
    change(DAMAGE["the MAC itself"])
    with Journal.open(path, read_only=True) as journal:
        recall_sound(journal, journal.get_run(first))
        told = contradictions(journal, first)
    assert [("an outcome that is not what" in each, "entry in the ledger is not" in each) for each in told] == [
        (True, False),
        (False, True),
    ]
    assert [each.rpartition("row ")[2] for each in told] == ["3.", "5."]


def test_what_was_noted_as_sound_is_not_held_against_its_macs_again(filled: tuple[str, str, str]) -> None:
    path, first, _ = filled
    noted = note(path, first)
    assert len(noted) == 3, "rows, remarks, entries of the ledger"
    assert note(path, first) == noted

    def look() -> list[bool]:
        raise AssertionError("each record is held against its MAC")

    with Journal.open(path, read_only=True) as journal:
        for digest in map(bytes.fromhex, noted):
            with pytest.raises(AssertionError, match="each record"):
                journal.database.sound.soundness(1, "place", 4, digest, look)
        recall_sound(journal, journal.get_run(first))
        for digest in map(bytes.fromhex, noted):
            assert journal.database.sound.soundness(1, "place", 4, digest, look) == [True] * 4
            with pytest.raises(AssertionError, match="each record"):
                journal.database.sound.soundness(1, "place", 4, bytes(reversed(digest)), look)


@pytest.mark.sqlite_only
def test_a_damaged_record_is_not_noted_and_a_damaged_file_of_notes_is_passed_over(
    filled: tuple[str, str, str], change: Change
) -> None:
    path, first, second = filled
    whole = note(path, first)
    notes = Path(path).parent.joinpath("journal.runs", first, "sound.txt")
    for content in (b"", b"\xff\x00", b"12\nzz\n", b"00" * 32):
        notes.write_bytes(content)
        everything_read(path, first, second, read_only=True)
    notes.unlink()
    change(DAMAGE["a FreedomID of the ledger"])
    change(DAMAGE["a code"])
    change("UPDATE ledger SET row = 'x' WHERE row = 4")
    with Journal.open(path) as journal:
        journal.outcomes(first, 2, 7, salvage=True)
        note_sound(journal, journal.get_run(first), 4, id)
    assert notes.read_text(encoding="ascii").split() == whole[:1], "the rows"


@pytest.mark.sqlite_only
def test_a_run_that_created_many_users_notes_what_is_sound_when_it_ends(filled: tuple[str, str, str]) -> None:
    path, first, _ = filled
    with Journal.open(path) as journal:
        run = journal.update_run(first, state=RunState.RUNNING)
        journal.outcomes(first, 2, 7)
        for created, noted in ((9_999, False), (10_000, True)):
            made = Report(created, {Status.CREATED: created}, 0, ())
            assert close(journal, run, made, None, Watch()).state is RunState.FINISHED
            assert (journal.run_folder(first) / "sound.txt").exists() is noted


@pytest.mark.parametrize("kind", [JournalKeys, ServerKeys])
def test_the_macs_of_many_records_are_those_of_each(kind: type[JournalKeys]) -> None:
    keys = kind(bytes(range(32)))
    for facts in ((1, 2, None, b"it's", b'"\x00%s\\'), (-1, 2**63 - 1, "", "Ә'\"\n%r", b""), ("only",)):
        assert keys.macs_of("a table", [[fact] for fact in facts]) == [keys.mac("a table", *facts)]


def test_what_is_sound_is_salvaged_without_what_is_not(filled: tuple[str, str, str], change: Change) -> None:
    path, first, second = filled
    change("UPDATE rows SET freedom_id = x'00000000000000000000000000000009' WHERE run = 1 AND row = 3")
    with Journal.open(path, read_only=True) as journal:
        for run in (first, second):
            with pytest.raises(BooksDontBalance, match=r"row 3\b"):
                journal.outcomes(run, 2, 7)
        assert journal.outcomes(first, 2, 7, salvage=True).index.tolist() == [2, 4, 5, 6, 7]
        assert journal.outcomes(second, 2, 7, salvage=True).index.tolist() == [2, 4, 5]


def as_version_2(change: Change) -> None:
    change("INSERT INTO remarks (run, row, errors, note) SELECT run, row, '', '' FROM rows WHERE run = 1 AND row <> 6")
    change("UPDATE remarks SET note = 'n'")
    change("DROP TABLE packed_remarks")
    for table in ("rows", "remarks", "ledger"):
        change(f"ALTER TABLE {table} DROP COLUMN mac")
    for table, column in (("ledger", "prints"), ("arrivals", "prints"), ("apis", "updates")):
        change(f"ALTER TABLE {table} DROP COLUMN {column}")
    change("DROP TABLE repeats")
    change("UPDATE meta SET value = '2' WHERE name = 'schema_version'")


@pytest.mark.sqlite_only
def test_a_journal_of_version_2_reads_the_same_and_has_its_macs_once_it_is_written(
    filled: tuple[str, str, str], change: Change, tmp_path: Path
) -> None:
    path, first, _ = filled
    with Journal.open(path) as journal:
        before = journal.outcomes(first, 2, 7)
    as_version_2(change)
    shutil.copytree(Path(path).parent, tmp_path / "copy")
    for read_only in (True, False, True):
        with Journal.open(path, read_only=read_only) as journal:
            pd.testing.assert_frame_equal(journal.outcomes(first, 2, 7), before)
            assert journal.known(API, [PHONES[3]]) == {PHONES[3]: IDS[3]}
            assert contradictions(journal, first) == []
    change(DAMAGE["a state"])
    with Journal.open(path) as journal, pytest.raises(BooksDontBalance, match="row 4"):
        journal.outcomes(first, 2, 7)


def test_what_stands_for_a_phone_and_for_a_record_never_changes_under_one_key() -> None:
    keys = JournalKeys(bytes(range(32)))
    assert keys.of("+77011234567").hex() == "be500fc9bfcf445f57e17c50b79cb0f5"
    assert keys.mac("a", 1).hex() == "ef8882d9119b03d1"
    assert keys.prints_of(b"phone")("name", "Ann").hex() == "34730074"
    assert keys.span_digest("rows").hexdigest() == "04eea66af11913fa256396960f459c9876401d3742509f388158b0c5b3bfcde1"
    assert keys.fingerprint == "b1d12154e22e342c"


def test_a_table_without_macs_is_not_taken_for_one_whose_records_are_sound() -> None:
    with pytest.raises(KeyError):
        mac_of(RUNS)
