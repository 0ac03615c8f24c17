import json
import subprocess
import sys
from dataclasses import asdict, replace

import pandas as pd
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.cleaning import Decisions, clean, tables_of
from importer.cleaning.apostrophe_removal import without_apostrophes
from importer.model import ISSUE_COLUMNS
from importer.validation.check import check
from schemas.fields import FIELDS

TODAY = Decisions(today="2025-06-01")

PIECES = st.sampled_from(
    ["8", "+7", "701", "1234567", " ", "-", "(", ")", "нет", "a@b", ".kz", ",", "31", ".12.", "/", "1999", "дек", "KAZ",
     "РК", "м", "\u200b", "\u00a0", "'", "=", "Null", "\n", "é", "٣", "0", "E+10", "🙂", "\x00", "T00:00:00Z", "@", ";",
     "Ð˜", "Ð²", "&#039;", "[NULL]", "\\N", "?", "\u200c", '="', '"', "Ìàð", "%D0%98", "85-05-14", "TRUE", "#", "ИП"]
)  # fmt: skip
CELLS = st.one_of(
    st.lists(PIECES, max_size=6).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)


def raw_frame(rows: list[list[str]], first: int = 2) -> pd.DataFrame:
    columns = {field: pd.Series([row[at] for row in rows], dtype="str") for at, field in enumerate(FIELDS)}
    return pd.DataFrame(columns).set_index(pd.Index(range(first, first + len(rows)), name="row", dtype="int64"))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=4, max_size=12))
def test_whatever_the_cells_hold_rows_stay_and_nothing_changes_without_a_record(rows):
    raw = raw_frame(rows)
    cleaned = clean(raw, TODAY)
    assert cleaned.fields.index.equals(raw.index)
    assert list(cleaned.fields) == list(FIELDS)
    assert not cleaned.fields.isna().any().any()
    said = set(zip(cleaned.issues["row"], cleaned.issues["field"], strict=True))
    for field in FIELDS:
        cells = without_apostrophes(pa.array(raw[field], pa.large_string())).to_pylist()  # no part of the text
        for row, before, after in zip(raw.index, cells, cleaned.fields[field], strict=True):
            assert before.strip(" ") == after or (row, field) in said or not before.strip(), (before, after)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=4, max_size=12))
def test_a_cell_is_unrepaired_for_the_cleaner_exactly_if_the_schema_refuses_it_or_knows_better(rows):
    cleaned = clean(raw_frame(rows), TODAY)
    explained = cleaned.issues[cleaned.issues["severity"] == "error"]
    confirmed = check(cleaned)
    errors = confirmed[confirmed["severity"] == "error"]
    cells = list(zip(errors["row"], errors["field"], strict=True))
    assert len(cells) == len(set(cells))
    assert set(zip(explained["row"], explained["field"], strict=True)) <= set(cells)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=4, max_size=12))
def test_cleaning_what_is_clean_changes_nothing(rows):
    once = clean(raw_frame(rows), TODAY)
    issues = check(once)
    bad = issues.loc[issues["severity"] == "error", "row"]
    sound = once.fields[~once.fields.index.isin(bad)]
    again = clean(sound, TODAY)
    pd.testing.assert_frame_equal(again.fields, sound)
    assert set(again.issues["severity"]) <= {"warning"}


def test_a_frame_without_rows_gives_frames_without_rows():
    cleaned = clean(raw_frame([]), TODAY)
    assert len(cleaned.fields) == 0
    assert list(cleaned.issues.columns) == list(ISSUE_COLUMNS)
    assert len(check(cleaned)) == 0


def test_issue_frames_have_their_dtypes():
    cleaned = clean(raw_frame([["8 701 123 45 67", "", "", "", "31.12.1999", "", "", "м", ""]]), TODAY)
    for issues in (cleaned.issues, check(cleaned)):
        assert issues["row"].dtype == "int64"
        assert {str(issues[name].dtype) for name in ISSUE_COLUMNS[1:]} == {"str"}
        assert not issues.isna().any().any()


def test_a_column_in_several_arrow_pieces_is_cleaned_as_one():
    one, two = raw_frame([["87011234567"] + [""] * 8]), raw_frame([["87021234567"] + [""] * 8], first=3)
    cleaned = clean(pd.concat([one, two]), TODAY)
    assert cleaned.fields["phone"].tolist() == ["+77011234567", "+77021234567"]


def test_decisions_survive_json():
    decided = Decisions(today="2025-06-01", region="RU", date_order="mdy")
    assert Decisions(**json.loads(json.dumps(asdict(decided)))) == decided


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=4, max_size=12))
@example([["факс 87272500000", "", "", "", "1999-12-30T18:00:00Z", "", "", "", ""]])  # warnings of single cells
@example([["", "", "", "", "", "", "", cell, ""] for cell in ("м", "?")])  # notes of a value table
def test_without_notes_all_else_is_the_same(rows):
    raw, decided = raw_frame(rows), replace(TODAY, values=tables_of({"gender": {"м": "M", "?": ""}}))
    whole, brief = clean(raw, decided), clean(raw, decided, notes=False)
    assert brief.fields.equals(whole.fields)
    told = whole.issues[whole.issues["severity"] != "note"]
    columns = list(ISSUE_COLUMNS)
    ordered = (frame.sort_values(columns).reset_index(drop=True) for frame in (told, brief.issues))
    pd.testing.assert_frame_equal(*ordered)


def test_importing_the_cleaner_loads_no_library_that_only_odd_cells_need():
    script = "import sys, importer.cleaning; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert set(loaded) & {"phonenumbers", "babel", "email_validator", "rapidfuzz", "pandera"} == set()
    assert "importer.cleaning" in loaded
