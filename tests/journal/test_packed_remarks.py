"""The texts of rows, packed: a tenth of the space, and nobody who reads them can tell."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event
from support.books import contradictions

from importer.errors import BooksDontBalance
from importer.journal import Journal, Run, RunState
from importer.journal.copying import copy
from importer.journal.maintenance import fold_repeats, pack_remarks, rows_to_pack
from importer.journal.rows.remarks import add_remarks
from importer.messages.kept_sentences import LOST_NOTE
from importer.model import CellError, Outcome, Status
from importer.progress import Watch
from importer.reporting.closing import close, pack_texts
from importer.reporting.report import Report

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]
Change = Callable[[str], None]
Spawn = Callable[..., Any]

ADDED = Outcome(Status.REJECTED, errors=(CellError("email", "api_x", "no; really"),), note="\u2028\0№;\ud800")
STORED = '[["email","api_x","no; really"]]'


def texts(journal: Journal, run: Run, first: int, last: int) -> pd.DataFrame:
    return journal.outcomes(run.id, first, last)[["errors", "note"]]


def stored(journal: Journal, table: str, run: int) -> int:
    with journal.database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE run = {run}").scalar_one()
    return int(found)


def add(journal: Journal, run: int, rows: list[int]) -> None:
    with journal.database.writing() as connection:
        add_remarks(connection, [(run, row, ADDED) for row in rows])


def finish(journal: Journal, run: Run) -> None:
    for state in (RunState.RUNNING, RunState.FINISHED):
        journal.update_run(run.id, state=state)


def reformatted(row: int) -> str:
    return f"\x1ephone\x1fphone_cleaned\x1f8 (701) {row:03d}-00-01\x1f+7701{row:03d}0001\x1fnote\x1e"


def test_a_text_is_the_same_before_and_after_it_is_packed_whatever_was_added_to_it(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    dice = random.Random(5)
    rows = sorted(dice.sample(range(2, 4_000), 1_300))
    planned = make_frame(
        rows,
        errors=[f'[["phone","code","№ {row}"]]' if dice.random() < 0.3 else "" for row in rows],
        note=[f"note; of {row}" if dice.random() < 0.5 else "" for row in rows],
    )
    run, other = make_run(journal), make_run(journal)
    for of_run, frame in ((other, make_frame(range(2, 1_500), note="another run's")), (run, planned)):
        for first in range(0, len(frame), 700):  # where a plan's chunks end says nothing of where a record ends
            journal.plan(of_run.id, frame.iloc[first : first + 700])
    number = journal.number_of(run.id)
    assert stored(journal, "remarks", number) == 0
    expected = planned[["errors", "note"]].copy()
    for _ in range(2):
        some = dice.sample(rows, 40)
        add(journal, number, some)
        for row in some:
            expected.loc[row] = STORED, "; ".join(filter(None, (expected.loc[row, "note"], "\u2028␀№;?")))
        assert stored(journal, "remarks", number) == 40
        for packed in (False, True):
            for first, last in ((2, 4_000), (1_000, 1_999), (1_999, 2_000), (rows[7], rows[7])):
                found = texts(journal, run, first, last)
                pd.testing.assert_frame_equal(found, expected.loc[first:last].astype("str"), check_names=False)
            if not packed:
                if journal.get_run(run.id).state is not RunState.FINISHED:
                    finish(journal, run)
                pack_remarks(journal)
                assert stored(journal, "remarks", number) == 0
    assert contradictions(journal, run.id) == []
    assert texts(journal, other, 2, 1_499)["note"].unique().tolist() == ["another run's"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("at_once", [True, False])
def test_notes_of_rows_that_are_all_alike_take_some_ten_bytes_each(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, *, at_once: bool
) -> None:
    """A hundred bytes a row and night were 6 MB of a month of 2,000 rows."""
    run, rows = make_run(journal), range(2, 2_002)
    notes = [reformatted(row * 7919 % 10_000) for row in rows]
    journal.plan(run.id, make_frame(rows, note=notes if at_once else ""))
    if not at_once:
        with journal.database.writing() as connection:
            told = [(1, row, Outcome(Status.CREATED, note=note)) for row, note in zip(rows, notes, strict=True)]
            add_remarks(connection, told)
        finish(journal, run)
        pack_remarks(journal)
    with closing(sqlite3.connect(journal.path)) as connection:
        (size,) = connection.execute("SELECT sum(length(texts)) FROM packed_remarks").fetchone()
    assert size < 12 * len(rows)
    assert texts(journal, run, 2, 2_001)["note"].tolist() == notes


@pytest.mark.sqlite_only
def test_a_kill_before_any_statement_of_the_packing_leaves_every_text_as_it_was(
    spawn: Spawn, location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    rows = range(2, 5_000, 700)
    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(rows, note=[f"planned {row}" for row in rows]))
        add(journal, 1, list(rows))
        finish(journal, run)
        expected = texts(journal, run, 2, 5_000)
    for statements in range(1, 60):
        child = spawn("pack", location=location, statements=statements)
        child.wait()
        with Journal.open(location, read_only=True) as journal:
            pd.testing.assert_frame_equal(texts(journal, run, 2, 5_000), expected)
            left = stored(journal, "remarks", 1)
        if child.lines() == ["packed"]:
            break
    assert statements > 6, "it was cut off at each of its statements"
    assert left == 0


@pytest.mark.sqlite_only
def test_a_flipped_bit_is_told_and_a_salvaged_row_keeps_its_id_without_its_note(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run, rows = make_run(journal), range(2, 2_052)
    wrong = [row % 10 == 0 for row in rows]
    frame = make_frame(
        rows,
        status=["invalid" if each else "already_imported" for each in wrong],
        freedom_id=["" if row % 10 == 0 else f"00000000-0000-0000-0000-{row:012d}" for row in rows],
        errors=['[["phone","code","v",""]]' if each else "" for each in wrong],
        note=["" if row % 10 == 0 else reformatted(row % 1000) for row in rows],
    )
    journal.plan(run.id, frame)
    add(journal, 1, [1_500, 1_700, 2_003])
    finish(journal, run)
    with closing(sqlite3.connect(journal.path)) as connection:
        (whole,) = connection.execute("SELECT texts FROM packed_remarks WHERE first = 1000").fetchone()
        for place in (0, 9, len(whole) // 2, len(whole) - 1):
            damaged = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
            with connection:
                connection.execute("UPDATE packed_remarks SET texts = ? WHERE first = 1000", (damaged,))
            with pytest.raises(BooksDontBalance, match="row 1001"):
                journal.outcomes(run.id, 1_001, 1_001)
    for _ in range(2):
        with pytest.raises(BooksDontBalance, match="rows 1000, 1001, 1002, 1003, 1004 …"):
            journal.outcomes(run.id, 2, 2_051)
        assert contradictions(journal, run.id)[0].startswith("1000 rows have a remark")
        found = journal.outcomes(run.id, 2, 2_051, salvage=True)
        kept = found.loc[1_000:1_999]
        sound = found.drop(index=kept.index)
        assert len(sound) == 1_050
        assert (sound["errors"] + sound["note"] != "").all()
        assert kept.index.tolist() == [row for row in range(1_000, 2_000) if row % 10]
        assert (kept["freedom_id"] != "").all()
        assert kept["note"].unique().tolist() == [LOST_NOTE]
        pack_remarks(journal)  # makes nothing sound that is not


@pytest.mark.sqlite_only
def test_where_a_page_of_packed_texts_cannot_be_read_the_ids_of_its_rows_can(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    given = ["00000000-0000-0000-0000-000000000001" if row < 6 else "" for row in range(2, 9)]
    status = ["already_imported" if each else "invalid" for each in given]
    journal.plan(run.id, make_frame(range(2, 9), status=status, freedom_id=given, note="noted"))

    @event.listens_for(journal.database.engine, "before_cursor_execute")
    def fail_on_a_damaged_page(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "packed_remarks" in statement:
            raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(BooksDontBalance):
        journal.outcomes(run.id, 2, 8)
    found = journal.outcomes(run.id, 2, 8, salvage=True)
    assert found.index.tolist() == [2, 3, 4, 5]
    assert found["note"].unique().tolist() == [LOST_NOTE]


def test_a_purge_takes_every_text_of_a_run_also_of_rows_that_are_folded(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    """Its folded rows stand in no other table, and their texts stayed for ever."""
    first, run = make_run(journal), make_run(journal, identity="ef" * 32)
    ids = [f"00000000-0000-0000-0000-{row:012d}" for row in range(2, 7)]
    frame = make_frame(range(2, 7), status="already_imported", freedom_id=ids, note="a name")
    for made in (first, run):
        journal.plan(made.id, frame)
        finish(journal, made)
    with journal.database.writing() as connection:  # as if the first had created them
        connection.exec_driver_sql("INSERT INTO arrivals (run, row, at) SELECT run, row, 0 FROM rows WHERE run = 1")
    assert fold_repeats(journal, journal.get_run(run.id)) == 5
    add(journal, 2, [3, 4])
    journal.purge(datetime.now(UTC) + timedelta(days=1))
    assert [stored(journal, table, 2) for table in ("remarks", "packed_remarks", "rows")] == [0, 0, 0]
    assert texts(journal, run, 2, 6)["note"].tolist() == [""] * 5


def test_packed_texts_go_along_into_a_journal_of_the_other_kind_and_back(
    location: str, make_run: MakeRun, make_frame: MakeFrame, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = location.startswith("postgresql")
    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(range(2, 2_502), note=[f"№ {row}" for row in range(2, 2_502)]))
        add(journal, 1, [1_000])
        expected = texts(journal, run, 2, 2_501)
    place = str(tmp_path / "to" / "journal.db") if server else str(request.getfixturevalue("address"))
    for source, target in ((location, place), (place, str(tmp_path / "back" / "journal.db"))):
        with Journal.open(source, read_only=True) as journal:
            copy(journal, target, id)
        with Journal.open(target) as journal:
            pd.testing.assert_frame_equal(texts(journal, run, 2, 2_501), expected)
            assert contradictions(journal, run.id) == []


def test_a_journal_of_version_4_is_read_and_copied_as_it_is_and_packed_at_the_end_of_a_run(
    location: str, change: Change, make_run: MakeRun, make_frame: MakeFrame, tmp_path: Path
) -> None:
    with Journal.open(location) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame(range(2, 12)))
        add(journal, 1, list(range(2, 12)))
        finish(journal, run)
        expected = texts(journal, run, 2, 11)
    change("DROP TABLE packed_remarks")
    change("UPDATE meta SET value = '4' WHERE name = 'schema_version'")
    for _ in range(2):
        with Journal.open(location, read_only=True) as journal:
            pd.testing.assert_frame_equal(texts(journal, run, 2, 11), expected)
            assert contradictions(journal, run.id) == []
            to = tmp_path / f"copy-{len(list(tmp_path.iterdir()))}" / "journal.db"
            copy(journal, str(to), id)
        with Journal.open(str(to), read_only=True) as journal:
            pd.testing.assert_frame_equal(texts(journal, run, 2, 11), expected)
    with Journal.open(location) as journal:
        pd.testing.assert_frame_equal(texts(journal, run, 2, 11), expected)
        pack_remarks(journal)
        assert (stored(journal, "remarks", 1), stored(journal, "packed_remarks", 1)) == (0, 1)
        pd.testing.assert_frame_equal(texts(journal, run, 2, 11), expected)


MISPLACED = {
    "where a record stands": "SET first = first + 4096",
    "where it stands, a little": "SET first = first + 1",
    "whose it is": "SET run = 2",
    "whose it is, of nobody": "SET run = 99",
    "its check value": "SET mac = x'0000000000000000'",
    "its texts": "SET texts = substr(texts, 2)",
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("what", [*MISPLACED, "that it is there"])
def test_texts_that_are_not_where_they_were_written_are_told_and_no_row_is_without_its_reason(
    journal: Journal, change: Change, make_run: MakeRun, make_frame: MakeFrame, what: str
) -> None:
    """A row was ``invalid`` without a reason, and the audit said that all was well."""
    run, other, rows = make_run(journal), make_run(journal, identity="ef" * 32), range(2, 2_052)
    wrong = [row % 10 == 0 for row in rows]
    frame = make_frame(
        rows,
        status=["invalid" if each else "not_sent" for each in wrong],
        errors=[STORED if each else "" for each in wrong],
    )
    journal.plan(run.id, frame)
    journal.plan(other.id, make_frame([2], note="another's"))
    assert contradictions(journal, run.id) == []
    where = "WHERE run = 1 AND first = 1000"
    change(
        f"UPDATE packed_remarks {MISPLACED[what]} {where}"
        if what in MISPLACED
        else f"DELETE FROM packed_remarks {where}"
    )
    told = contradictions(journal, run.id)
    assert told
    assert all("damaged" in each for each in told)
    with pytest.raises(BooksDontBalance, match="1000"):
        journal.outcomes(run.id, 1_000, 1_999)
    found = journal.outcomes(run.id, 2, 2_051, salvage=True)
    lost = frame.drop(index=found.index)
    assert lost.index.tolist() == list(range(1_000, 2_000, 10)), "900 rows that were never sent stay as they are"
    assert found.loc[1_001:1_009, "status"].unique().tolist() == ["not_sent"]
    journal.outcomes(run.id, 2, 999)
    if what == "where a record stands":
        with pytest.raises(BooksDontBalance, match="5000"):
            journal.outcomes(run.id, 4_500, 5_500)
    if what == "whose it is":
        assert len(contradictions(journal, other.id)) == 1


@pytest.mark.sqlite_only
def test_a_row_of_a_damaged_record_that_says_all_by_its_status_stays_without_its_note(
    journal: Journal, change: Change, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    statuses = ["not_sent", "exists", "created", "updated", "already_imported"]
    statuses += ["invalid", "duplicate", "rejected", "failed", "unconfirmed"]
    given = ["a" if each in {"created", "updated", "already_imported"} else "" for each in statuses]
    journal.plan(run.id, make_frame(range(2, 12), status=statuses, freedom_id=given, errors=STORED, note="n"))
    change("UPDATE packed_remarks SET mac = x'0000000000000000'")
    found = journal.outcomes(run.id, 2, 11, salvage=True)
    assert found["status"].tolist() == statuses[:5]
    assert found["note"].unique().tolist() == [LOST_NOTE]


class Followed(Watch):
    """Remembers steps and rows; ends ``after`` so many calls."""

    def __init__(self, after: int = 99) -> None:
        super().__init__()
        self.told: list[tuple[str, int | None]] = []
        self.rows: list[int] = []
        self.warned: list[str] = []
        self._after = after

    def began(self, step: str, total: int | None = None) -> None:
        self.told.append((step, total))

    def advanced(self, rows: int) -> None:
        self.rows.append(rows)
        if len(self.rows) == self._after:
            self.interrupt()

    def said(self, text: str) -> None:
        self.warned.append(text)


def of_version_4(journal: Journal, make_run: MakeRun, make_frame: MakeFrame, rows: range) -> Run:
    run = make_run(journal)
    journal.plan(run.id, make_frame(rows))
    add(journal, 1, list(rows))
    finish(journal, run)
    return journal.get_run(run.id)


@pytest.mark.sqlite_only
def test_packing_is_a_step_of_its_own_that_is_bounded_and_may_be_ended(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.reporting.closing._PACKED_AT_MOST", 9_000)
    run = of_version_4(journal, make_run, make_frame, range(2, 16_000, 2))
    assert (rows_to_pack(journal), rows_to_pack(journal, 20)) == (7_999, 20)
    first, ended, asked = Followed(after=1), Followed(), Followed()
    pack_texts(journal, run, first)
    assert (first.told, first.rows) == ([("packing texts", 7_999)], [2_499])
    assert stored(journal, "remarks", 1) == 5_500
    asked.interrupt()
    pack_texts(journal, run, asked)
    assert asked.told == []
    pack_texts(journal, run, ended)
    assert (ended.told, ended.rows) == ([("packing texts", 5_500)], [2_500, 2_500]), "the next might pass the bound"
    assert (stored(journal, "remarks", 1), first.warned + ended.warned) == (500, [])
    pack_remarks(journal)
    pack_texts(journal, run, asked)
    assert (asked.told, stored(journal, "remarks", 1)) == ([], 0)


@pytest.mark.sqlite_only
def test_texts_of_an_earlier_run_that_cannot_be_packed_end_no_later_run(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    of_version_4(journal, make_run, make_frame, range(2, 12))
    run = make_run(journal, identity="ef" * 32)
    journal.plan(run.id, make_frame([2]))
    journal.update_run(run.id, state=RunState.RUNNING)

    @event.listens_for(journal.database.engine, "before_cursor_execute")
    def fail_on_a_damaged_page(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM remarks" in statement:
            raise sqlite3.DatabaseError("database disk image is malformed")

    watch = Followed()
    closed = close(journal, run, Report(1, {Status.CREATED: 1}, 0, ()), None, watch)
    assert closed.state is RunState.FINISHED
    assert watch.warned == []
    pack_texts(journal, closed, watch)
    assert [each.partition(":")[0] for each in watch.warned] == ["texts of earlier rows were not packed"]
