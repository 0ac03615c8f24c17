"""Rows: planned in bulk and read back in bulk."""

from collections.abc import Callable

import pandas as pd
import pytest
from support.books import contradictions

from importer.errors import BooksDontBalance
from importer.journal import Journal, Run
from importer.journal.integrity.keys import id_from_bytes, id_to_bytes
from importer.journal.rows.outcomes import outcomes_of
from importer.journal.rows.row_span import read_span
from importer.journal.states import RowState
from importer.model import Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_planned_rows_come_back_by_their_numbers(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    frame = make_frame(
        [2, 3, 7, 9],
        status=["not_sent", "invalid", "already_imported", "duplicate"],
        phone=["+77010000002", "", "+77010000007", "+77010000002"],
        freedom_id=["", "", ID, ""],
        errors=["", '[["phone","phone_missing","пусто"]]', "", "[]"],
        note=["исправлено", "", "", "note"],
    )
    journal.plan(run.id, frame)
    found = journal.outcomes(run.id, 1, 100)
    assert found.index.tolist() == [2, 3, 7, 9]
    assert str(found.index.dtype) == "int64"
    for name in ("status", "freedom_id", "errors", "note"):
        assert found[name].tolist() == frame[name].tolist()
        assert found[name].dtype == frame[name].dtype
    assert found["doubt"].tolist() == [False] * 4
    assert journal.outcomes(run.id, 3, 7).index.tolist() == [3, 7]
    assert journal.row_count(run.id) == 4
    assert journal.counts(run.id) == {
        Status.NOT_SENT: 1,
        Status.INVALID: 1,
        Status.ALREADY_IMPORTED: 1,
        Status.DUPLICATE: 1,
    }


@pytest.mark.parametrize("state", list(RowState))
def test_a_row_is_in_doubt_while_a_request_of_it_may_have_left_an_update_too(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, state: RowState
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2]))
    with journal.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE rows SET state = {state:d}")
    begun = {RowState.STARTED, RowState.STARTED_AGAIN, RowState.UPDATE_STARTED}
    span = read_span(journal.database, journal.number_of(run.id), 2, 2, salvage=True)
    assert outcomes_of(span)["doubt"].tolist() == [state in begun]


def test_an_empty_span_has_the_same_columns(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([]))
    found = journal.outcomes(run.id, 2, 100)
    assert found.empty
    assert found.columns.tolist() == ["status", "freedom_id", "errors", "note", "doubt"]
    assert str(found.index.dtype) == "int64"
    assert str(found["status"].dtype) == "str"
    assert journal.unfinished_span(run.id) == (0, 0, 0)


def test_what_is_still_to_do_is_told_by_span_and_row(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run, other = make_run(journal), make_run(journal)
    journal.plan(run.id, make_frame([2, 3, 4, 5], status=["invalid", "not_sent", "not_sent", "invalid"]))
    journal.plan(other.id, make_frame(range(2, 50)))
    assert journal.unfinished_span(run.id) == (2, 3, 4)
    assert journal.unfinished(run.id, 1, 3) == {3: False}


def test_a_row_is_planned_once(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2, 3]))
    with pytest.raises(BooksDontBalance):
        journal.plan(run.id, make_frame([3, 4]))
    assert journal.row_count(run.id) == 2


def test_an_unknown_status_is_refused(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    with pytest.raises(ValueError, match="maybe"):
        journal.plan(make_run(journal).id, make_frame([2], status="maybe"))


def test_a_plan_that_was_interrupted_is_cleared_and_that_of_other_runs_stays(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run, other = make_run(journal), make_run(journal)
    for each in (run, other):
        journal.plan(each.id, make_frame([2, 150_000], note="x"))
    journal.clear_plan(run.id)
    assert journal.row_count(run.id) == 0
    assert contradictions(journal, run.id) == []
    assert journal.outcomes(other.id, 1, 10**6)["note"].tolist() == ["x", "x"]
    journal.plan(run.id, make_frame([2]))


def test_a_state_that_no_version_knows_is_damage(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2]))
    with journal.database.writing() as connection:
        connection.exec_driver_sql("UPDATE rows SET state = 77")
    with pytest.raises(BooksDontBalance, match="state"):
        journal.outcomes(run.id, 2, 2)


def test_no_phone_stands_in_any_file_of_the_journal(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2], phone="+77015554433"))
    journal.known(run.api, ["+77015554433"])
    files = [path for path in journal.path.parent.rglob("*") if path.is_file()]
    assert not [path.name for path in files if b"7015554433" in path.read_bytes()]


@pytest.mark.parametrize(
    "text",
    [ID, ID.upper(), ID.replace("-", ""), "a" * 16, "ы" * 8, "user-17", "12 34", "{" + ID + "}", "0" * 32, "-" * 20],
)
def test_a_freedom_id_comes_back_in_its_own_spelling(text: str) -> None:
    assert id_from_bytes(id_to_bytes(text)) == text


def test_a_uuid_takes_sixteen_bytes() -> None:
    assert len(id_to_bytes(ID)) == 16
