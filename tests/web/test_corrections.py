"""Corrections: kept as they are made, undone by whoever made them, and checked by the functions that check a file."""

import json
import random
import re

import pytest
from web.messy import messy_csv

from importer.progress import Watch
from importer.settings import load
from importer.web.uploads.cell_edits import change, undo
from importer.web.uploads.checking import check
from importer.web.uploads.draft import Draft, Edit
from importer.web.uploads.problem_pages import Filter, cells_with, counts, wrong_rows

TEXTS = (
    "KAZ",
    "+7 701 200 00 00",
    "8 701 200-10-70",
    "31.12.1999",
    "",
    "person1@example.com",
    "Person2@Example.com",
    "Айгуль",
    "=1+1",
    "8701",
)


@pytest.fixture
def file(tmp_path):
    return messy_csv(tmp_path / "1c.csv")


@pytest.fixture
def settings(tmp_path):
    return load({"home": tmp_path / "home", "full_name": "last first middle"}, look_around=False)


@pytest.fixture
def draft(tmp_path, file, settings):
    made = Draft.of(tmp_path / "draft")
    check(file, settings, made, Watch())
    return made


def state(draft):
    """What is known of every row."""
    with draft.database.reading() as db:
        return {tuple(row) for row in db.execute("SELECT * FROM problems")}, {
            tuple(row) for row in db.execute("SELECT * FROM rows")
        }


def cell(draft, row, position):
    with draft.database.reading() as db:
        return json.loads(db.execute("SELECT cells FROM rows WHERE row = ?", (row,)).fetchone()["cells"])[position]


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_checked_again_alone_are_as_a_check_of_the_whole_file_finds_them(seed, draft, file, settings):
    chance = random.Random(seed)
    for _ in range(4):
        row, position = chance.randrange(3, 62), chance.choice((1, 2, 4, 5, 6, 7))
        change(draft, settings, "anna", "", [Edit(row, position, cell(draft, row, position), chance.choice(TEXTS))])
        if chance.random() < 0.3:
            undo(draft, settings, "anna")
    alone = state(draft)
    check(file, settings, draft, Watch())
    assert alone == state(draft)


def test_an_undone_change_leaves_what_others_wrote(draft, settings):
    raw = cell(draft, 10, 5)
    change(draft, settings, "anna", "", [Edit(10, 5, raw, "+7 701 111 22 33")])
    change(draft, settings, "boris", "", [Edit(10, 5, raw, "+7 701 444 55 66")])
    assert undo(draft, settings, "anna") == 1
    assert draft.corrections()[10, 5].text == "+7 701 444 55 66"
    assert undo(draft, settings, "anna") == 0
    assert undo(draft, settings, "boris") == 1
    assert draft.corrections() == {}
    with draft.database.reading() as db:
        assert counts(db)["correct"] == 11


def test_a_phone_that_is_corrected_frees_the_row_that_waited_for_it(draft, settings):
    with draft.database.reading() as db:
        assert [row.row for row in wrong_rows(db, Filter(status="duplicate"))[1]] == [14]
    change(draft, settings, "anna", "", [Edit(13, 5, cell(draft, 13, 5), "+7 701 999 88 77")])
    with draft.database.reading() as db:
        assert wrong_rows(db, Filter(status="duplicate")) == (0, [])
        assert counts(db)["duplicates"] == 0


def test_of_two_rows_with_one_phone_the_chosen_one_is_sent(draft, file, settings):
    change(draft, settings, "anna", "", [Edit(13, 5, cell(draft, 13, 5), "", sent_instead=14)])
    with draft.database.reading() as db:
        found = {row["row"]: row["status"] for row in db.execute("SELECT row, status FROM rows WHERE row IN (13, 14)")}
    assert found == {13: "duplicate", 14: "not_sent"}
    alone = state(draft)
    check(file, settings, draft, Watch())
    assert alone == state(draft)


@pytest.mark.parametrize("raw", ["8701", ""])
def test_the_chosen_one_is_sent_also_where_the_phone_of_the_other_was_typed_on_the_page(page, anna, raw):
    at = anna.upload("people.csv", f"phone,firstname\n{raw},Анна\n+77010000002,Олег\n".encode())
    anna.settled(f"{at}/check")
    anna.post(f"{at}/cell", row="2", position="0", was=raw, text="8 701 000 00 02")
    anna.post(f"{at}/send-instead", row="3")
    draft = Draft.of(page.site.uploads.get(at.rpartition("/")[2]).folder)
    with draft.database.reading() as db:
        assert [row["status"] for row in db.execute("SELECT status FROM rows ORDER BY row")] == [
            "duplicate",
            "not_sent",
        ]
    alone = state(draft)
    anna.post(f"{at}/check-again")
    anna.settled(f"{at}/check")
    assert alone == state(draft)


def test_rows_are_found_by_cause_field_and_text_page_by_page(draft):
    with draft.database.reading() as db:
        assert wrong_rows(db, Filter())[0] == 12
        assert wrong_rows(db, Filter(code="country_unknown", field="country"))[0] == 6
        assert wrong_rows(db, Filter(field="date_of_birth"))[0] == 4
        assert [row.row for row in wrong_rows(db, Filter(search="КАЗАХСТОН"))[1]][:2] == [6, 16]
        assert wrong_rows(db, Filter(search="%"))[0] == 0
        assert wrong_rows(db, Filter(search="_"))[0] == 0
        assert wrong_rows(db, Filter(search="'\""))[0] == 0
        # the counts are filters, also those of rows with which nothing is wrong
        total, ready = wrong_rows(db, Filter(status="not_sent", page=3))
        assert (total, len(ready), ready[0].problems) == (48, 8, [])
        assert wrong_rows(db, Filter(status="not_sent", search="ахметова"))[0] == 14
        assert wrong_rows(db, Filter(status="invalid"))[0] == 11
        assert wrong_rows(db, Filter(status="already_imported")) == (0, [])
        assert len(cells_with(db, "country_unknown", "country", "Казахстон РКК")) == 6


def test_a_corrected_e_mail_is_compared_with_those_of_the_other_rows(draft, file, settings):
    def shared():
        with draft.database.reading() as db:
            found = db.execute("SELECT row, detail FROM problems WHERE code = 'email_repeated' ORDER BY row")
            return {row["row"]: re.search(r'"row": (\d+)', row["detail"])[1] for row in found}

    assert shared() == {}
    change(draft, settings, "anna", "", [Edit(20, 6, cell(draft, 20, 6), "Person1@Example.com")])
    change(draft, settings, "anna", "", [Edit(30, 6, cell(draft, 30, 6), "person1@example.com")])
    assert shared() == {4: "20", 20: "4", 30: "4"}
    # a row that another row's phone keeps back does not count
    change(draft, settings, "boris", "", [Edit(4, 5, cell(draft, 4, 5), cell(draft, 3, 5))])
    assert shared() == {20: "30", 30: "20"}
    alone = state(draft)
    check(file, settings, draft, Watch())
    assert alone == state(draft)
    undo(draft, settings, "boris")
    undo(draft, settings, "anna")
    assert shared() == {4: "20", 20: "4"}
    undo(draft, settings, "anna")
    assert shared() == {}
