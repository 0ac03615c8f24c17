"""Outcomes → the five result columns, the marks on wrong cells, and the counts of the summary."""

import json

import pandas as pd
import pytest

from importer.model import RESULT_COLUMNS, Status
from importer.reporting.results import NO_ANSWER, Results

PLACES = {"phone": (1, 4), "email": (2,)}


class Columns:
    """What ``Results`` asks of a mapping."""

    def positions(self, field):
        return PLACES.get(field, ())

    def describe(self, field):
        return field


def outcomes(*rows, first=2):
    """(status, FreedomID, reasons, doubt) of consecutive rows."""
    columns = {
        "status": pd.array([row[0] for row in rows], dtype="str"),
        "freedom_id": pd.array([row[1] for row in rows], dtype="str"),
        "errors": pd.array([json.dumps(row[2], ensure_ascii=False) if row[2] else "" for row in rows], dtype="str"),
        "note": pd.array([""] * len(rows), dtype="str"),
        "doubt": [row[3] if len(row) > 3 else False for row in rows],
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(first, first + len(rows), name="row"))


@pytest.fixture
def results():
    return Results(Columns())


def cells(chunk, row):
    return tuple(chunk.frame.loc[row, ["import_error_code", "import_error"]])


def test_each_row_is_given_its_own_reasons_and_a_row_without_any_none(results):
    chunk = results.of(
        outcomes(
            ("created", "id-2", []),
            ("invalid", "", [["phone", "phone_short", "слишком короткий"]]),
            ("created", "id-4", []),
            ("rejected", "", [["", "api_7", "no"]]),
        )
    )
    assert list(chunk.frame.columns) == list(RESULT_COLUMNS)
    assert [cells(chunk, row) for row in (2, 3, 4, 5)] == [
        ("", ""),
        ("phone_short", "слишком короткий"),
        ("", ""),
        ("api_7", "no"),
    ]
    assert chunk.frame["freedom_id"].tolist() == ["id-2", "", "id-4", ""]


def test_several_reasons_of_a_row_stand_in_their_order_each_once(results):
    reasons = [["phone", "b", "two"], ["email", "a", "one"], ["gender", "b", "two"], ["gender", "a", "three"]]
    chunk = results.of(outcomes(("invalid", "", [["phone", "z", "alone"]]), ("invalid", "", reasons)))
    assert cells(chunk, 2) == ("z", "alone")
    assert cells(chunk, 3) == ("b; a", "two; one; three")


def test_wrong_cells_are_marked_where_the_field_has_its_first_column(results):
    reasons = [["email", "a", "one"], ["phone", "b", "two"], ["gender", "c", "no such column"], ["", "d", "no field"]]
    marks = results.of(outcomes(("created", "id", []), ("invalid", "", reasons))).marks
    assert marks.to_dict("list") == {"row": [3, 3], "position": [2, 1], "message": ["one", "two"]}
    assert [str(kind) for kind in marks.dtypes] == ["int64", "int64", "str"]


def test_no_reasons_make_no_marks_and_no_causes(results):
    chunk = results.of(outcomes(("created", "id", []), ("not_sent", "", [])))
    assert chunk.marks.empty
    assert [str(kind) for kind in chunk.marks.dtypes] == ["int64", "int64", "str"]
    assert results.causes() == ()


def test_a_row_in_doubt_says_that_no_answer_came_whatever_else_was_noted(results):
    chunk = results.of(outcomes(("not_sent", "", [["phone", "a", "older"]], True), ("not_sent", "", [], True)))
    assert cells(chunk, 2) == cells(chunk, 3) == NO_ANSWER
    assert [(cause.code, cause.count, cause.first_rows) for cause in results.causes()] == [(NO_ANSWER[0], 2, (2, 3))]


@pytest.mark.parametrize(
    ("doubt", "said"), [(True, "whether the update was made is not known"), (False, "not updated;")]
)
def test_an_update_whose_answer_was_lost_is_not_said_to_be_not_made(results, doubt, said):
    chunk = results.of(outcomes(("not_sent", "an-id", [], doubt)))
    note = chunk.frame.loc[2, "import_note"]
    assert (said in note, "an-id" in note, chunk.frame.loc[2, "freedom_id"]) == (True, True, "")
    assert (cells(chunk, 2) == NO_ANSWER) is doubt


def test_a_cause_counts_the_rows_that_have_it_not_how_often(results):
    twice = [["phone", "a", "one"], ["phone", "a", "two"], ["email", "a", "other field"]]
    results.of(outcomes(("invalid", "", twice), ("invalid", "", [["phone", "a", "one"]])))
    counted = {(cause.field, cause.code): (cause.count, cause.first_rows) for cause in results.causes()}
    assert counted == {("phone", "a"): (2, (2, 3)), ("email", "a"): (1, (2,))}


def test_rows_asked_for_a_second_time_count_once(results):
    chunk = outcomes(("created", "id", []), ("invalid", "", [["phone", "a", "one"]]))
    for _ in range(2):
        results.of(chunk)
        results.of(outcomes(("created", "id", []), first=4))
    assert (results.rows, results.without_id) == (3, 1)
    assert results.statuses == {Status.CREATED: 2, Status.INVALID: 1}
    assert [cause.count for cause in results.causes()] == [1]
