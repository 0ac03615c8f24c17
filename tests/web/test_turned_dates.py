"""Turned dates that are put right on the page: one says nothing of the others, and none is asked about twice."""

import re

import pytest
from pipeline.test_turned_dates import AS_CELLS, AS_TEXT, MONTH_FIRST, TURNED, TURNED_DOTS, WITH_DOTS, born, codes
from support.commands import importer, sandbox

from importer.web.uploads.draft import Draft
from importer.web.uploads.forecasting import forecast
from importer.web.uploads.ready_input import freeze

__all__ = ["importer", "sandbox"]

DAYS = [*AS_CELLS, *AS_TEXT]


def uploaded(serve, days):
    page = serve()
    person = page.client()
    lines = (f"+770100000{place:02d},{day}\n" for place, day in enumerate(days))
    at = person.upload("users.csv", ("phone,dob\n" + "".join(lines)).encode())
    person.settled(f"{at}/check")
    person.page, person.at = page, at
    return person


@pytest.fixture
def anna(serve):
    return uploaded(serve, DAYS)


def refused(person, code=TURNED):
    """The dates that the page shows as wrong."""
    with Draft.of(person.page.site.uploads.get(person.at.rpartition("/")[2]).folder).database.reading() as db:
        return [row["value"] for row in db.execute("SELECT value FROM problems WHERE code = ? ORDER BY row", (code,))]


@pytest.mark.parametrize(
    "texts",
    [
        ["02/01/1999"],
        ["02.01.1999"],
        ["1999-01-02"],
        ["2 января 1999"],
        ["1 февраля 1999"],
        ["2 января 1999", "4 марта 1998", "5 июня 1997"],
        ["1999-01-02", "04/03/1998", "06.05.1997", "08/07/1996"],
    ],
)
def test_what_is_sent_is_what_was_checked(anna, importer, sandbox, tmp_path, texts):
    for place, text in enumerate(texts):
        anna.post(f"{anna.at}/cell", row=str(place + 2), position="1", was=DAYS[place], text=text)
    still = [text for text in texts if text in {"06.05.1997", "08/07/1996"}]  # as they were
    assert refused(anna) == [*still, *AS_CELLS[len(texts) :]]
    upload = anna.page.site.uploads.get(anna.at.rpartition("/")[2])
    sendable = forecast(anna.page.site, upload).sendable
    ready = freeze(anna.page.site, upload)
    told = [option for each in ready.options.get("map", ()) for option in ("--map", each)]
    importer("run", ready.path, "-o", tmp_path / "out.csv", *told)
    became = codes(tmp_path / "out.csv")
    assert became.count("created") == sendable == len(DAYS) - len(refused(anna))
    assert [place for place, code in enumerate(became) if code == TURNED] == [
        place for place, day in enumerate([*texts, *DAYS[len(texts) :]]) if day in refused(anna)
    ]
    assert not set(born(sandbox)) & (set(AS_CELLS) - ({AS_CELLS[0]} if texts[0] == "1 февраля 1999" else set()))
    importer("run", tmp_path / "out.csv", "-o", tmp_path / "again.csv")
    again = ["already_imported" if code == "created" else code for code in became]
    assert codes(tmp_path / "again.csv") == again


def test_a_check_of_the_whole_file_finds_what_the_corrected_rows_alone_did(anna):
    for place, text in enumerate(["1999-01-02", "04/03/1998", "5 июня 1997"]):
        anna.post(f"{anna.at}/cell", row=str(place + 2), position="1", was=DAYS[place], text=text)
    alone = refused(anna)
    assert alone == AS_CELLS[3:]
    anna.post(f"{anna.at}/columns", **{"column-0": "phone", "column-1": "date_of_birth"})
    assert re.search("turned day and month round", anna.settled(f"{anna.at}/check").text)
    assert refused(anna) == alone


def test_an_undone_correction_is_refused_again(anna):
    anna.post(f"{anna.at}/cell", row="2", position="1", was=DAYS[0], text="1999-01-02")
    assert refused(anna) == AS_CELLS[1:]
    anna.post(f"{anna.at}/undo")
    assert refused(anna) == AS_CELLS


@pytest.mark.parametrize("own", ["unknown?", "1999-03-04"])
def test_a_cell_that_serves_because_another_was_cleared_is_the_files_own(serve, own):
    """Of two columns of dates the first filled one serves; what was cleared there is no date of the other column."""
    page = serve()
    person = page.client()
    lines = [f"+770100000{place:02d},{day},\n" for place, day in enumerate(DAYS)]
    lines[0] = f"+77010000000,{own},{AS_CELLS[0]}\n"
    at = person.upload("users.csv", ("phone,date of birth,birthday\n" + "".join(lines)).encode())
    person.settled(f"{at}/check")
    person.page, person.at = page, at
    person.post(f"{at}/cell", row="2", position="1", was=own, text="")
    assert refused(person) == AS_CELLS


def test_dates_with_dots_that_are_put_right_say_nothing_of_the_others(serve, importer, sandbox, tmp_path):
    anna = uploaded(serve, [*WITH_DOTS, *MONTH_FIRST])
    for place, text in enumerate(["02.01.1999", "4 марта 1998", "06.05.1997", "1996-07-08"]):
        anna.post(f"{anna.at}/cell", row=str(place + 2), position="1", was=WITH_DOTS[place], text=text)
    alone = refused(anna, TURNED_DOTS)
    assert alone == ["06.05.1997", "1996-07-08", WITH_DOTS[4]]
    anna.post(f"{anna.at}/columns", **{"column-0": "phone", "column-1": "date_of_birth"})
    assert re.search("of the dates with dots", anna.settled(f"{anna.at}/check").text)
    assert refused(anna, TURNED_DOTS) == alone
    ready = freeze(anna.page.site, anna.page.site.uploads.get(anna.at.rpartition("/")[2]))
    importer("run", ready.path, "-o", tmp_path / "out.csv")
    assert codes(tmp_path / "out.csv") == ["created"] * 2 + [TURNED_DOTS] * 3 + ["created"] * 5
    assert {"1999-01-02", "1998-03-04"} < set(born(sandbox))
