import pandas as pd
import pytest

from importer.cleaning import Decisions, FileEvidence, still_ambiguous, turned_dates
from importer.cleaning.date import date_reader
from importer.cleaning.date_order import DateEvidence
from importer.messages.language import LANGUAGES, speaking
from importer.messages.sentences import messages
from importer.messages.wording import LEFT_OUT
from importer.model import Severity, empty_issues, issues_of
from schemas.fields import FIELDS

TODAY = "2025-06-01"


def frame_of(field, cells):
    columns = {name: pd.Series(cells if name == field else [""] * len(cells), dtype="str") for name in FIELDS}
    return pd.DataFrame(columns).set_index(pd.Index(range(2, 2 + len(cells)), name="row"))


LAST_DAY = [
    "31.12.1999",
    "31/12/1999",
    "31-12-1999",
    "31.12.99",
    "1999-12-31 00:00:00",
    "1999-12-31T00:00:00Z",
    "1999-12-31T00:00:00.000+06:00",
    "1999/12/31",
    "1999.12.31",
    "31.12.1999 23:59:59",
    "31.12.1999 0:00",
    "12/31/1999 12:00:00 AM",
    "31 декабря 1999 г.",
    "31 декабря 1999 года",
    "31.12.1999г.",
    "31 ДЕК 1999",
    "31-дек-99",
    "31 желтоқсан 1999 ж.",
    "1999 жылғы 31 желтоқсан",
    "31 желтоксан 1999",
    "December 31, 1999",
    "Dec 31st, 1999",
    "31 Dec 1999",
    "Fri, 31 Dec 1999",
    "'31.12.1999",
    "３１.１２.１９９９",
    "19991231",
    "31121999",
    "99-12-31",
    "31.12.1999 г.р.",
    "31.12.1999г. р.",
    "31/12/1999 Г.Р.",
    "31.12.1999 года рождения",
    "31 декабря 1999 г.р.",
    "31.12.1999 ж.т.",
    "31.12.1999 жылы туған",
    "1999 жылы 31 желтоқсанда туған",
    "1999.12.31 ж. туылған",
    "род. 31.12.1999",
    "д.р.: 31.12.1999",
    "пт, 31.12.1999",
    "1999-yil 31-dekabr",
    "31-dekabr 1999-yil",
    "1999-жылдын 31-декабры",
]


@pytest.mark.parametrize("cell", LAST_DAY)
def test_a_clear_date_becomes_iso_with_a_note(clean_cell, cell):
    found = clean_cell("date_of_birth", cell)
    assert found.text == "1999-12-31"
    assert found.issues == (("date_of_birth_cleaned", "note", "1999-12-31"),)


@pytest.mark.parametrize(
    ("month", "number"),
    [
        ("января", 1), ("фев", 2), ("марта", 3), ("апр.", 4), ("мая", 5), ("май", 5), ("июня", 6),
        ("июл", 7), ("авг", 8),
        ("сент", 9), ("окт", 10), ("нояб.", 11), ("қаңтар", 1), ("ақпан", 2), ("наурыз", 3), ("сәуір", 4), ("мамыр", 5),
        ("маусым", 6), ("шілде", 7), ("тамыз", 8), ("қыркүйек", 9), ("қазан", 10), ("қараша", 11),
        ("Sept", 9), ("june", 6),
    ],
)  # fmt: skip
def test_months_are_read_in_three_languages(clean_cell, month, number):
    assert clean_cell("date_of_birth", f"7 {month} 1990").text == f"1990-{number:02}-07"


@pytest.mark.parametrize(
    ("cell", "day"), [("1.1.70", "1970-01-01"), ("02.06.25", "1925-06-02"), ("01.06.25", "2025-06-01")]
)
def test_two_digit_years_never_land_in_the_future(clean_cell, cell, day):
    assert clean_cell("date_of_birth", cell).text == day


@pytest.mark.parametrize(
    ("cell", "day"),
    [("99-5-7", "1999-05-07"), ("32-1-2", "1932-01-02"), ("32-01-02", "1932-01-02"), ("31-01-02", "2002-01-31")],
)
def test_a_first_number_that_can_be_no_day_is_a_year(clean_cell, cell, day):
    assert clean_cell("date_of_birth", cell).text == day


@pytest.mark.parametrize("cell", ["0001-01-01", "01.01.0001", "01.01.0001 0:00:00", "0/0/00", "0.0.00", "0000-00-00"])
def test_what_programs_write_for_no_date_is_left_out_with_a_note(clean_cell, cell):
    found = clean_cell("date_of_birth", cell)
    assert found.text == ""
    assert found.codes == ["date_of_birth_left_out"]


@pytest.mark.parametrize(
    "cell",
    [
        "1899-12-30", "1899-12-30 00:00:00", "30.12.1899", "30.12.1899 0:00:00", "30/12/1899", "12/30/1899 12:00:00 AM",
        "30 декабря 1899 г.", "1899-12-30 18:30:00", "00.01.1900", "0.1.1900", "1/0/1900", "1/0/1900 0:00", "00.01.00",
        "1/0/00", "1900-01-00", "0-янв-00", "00 January 1900",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_or_a_database_shows_of_a_zero_is_nobodys_birthday(clean_cell, cell):
    """A date cell that holds 0: Excel has it in January 1900, LibreOffice and Access on 30 December 1899."""
    found = clean_cell("date_of_birth", cell)
    assert found.text == ""
    assert found.codes == ["date_of_birth_left_out"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("31.12.1899", "1899-12-31"),
        ("1899-12-29", "1899-12-29"),
        ("30.12.99", "1999-12-30"),
        ("02.01.1900", "1900-01-02"),
    ],
)
def test_the_days_beside_a_zero_are_days(clean_cell, cell, day):
    assert clean_cell("date_of_birth", cell).text == day


@pytest.mark.parametrize("cell", ["00.02.1900", "0/0/1900", "00.01.1999", "10.00.1900"])
def test_another_day_that_is_in_no_calendar_is_an_error(clean_cell, cell):
    assert clean_cell("date_of_birth", cell).codes == ["date_of_birth_calendar"]


def test_a_zero_shows_no_order_and_no_day_over_12():
    cells = [*TURNED, "1899-12-30", "1899-12-30 00:00:00", "1899-12-30"]
    assert read_whole(cells)[0].turned
    assert read_whole(["12/30/1899", "01/02/1999"])[0].date_order == "none"


@pytest.mark.parametrize("cell", ["-", "n/a", "нет", "NULL"])
def test_blank_markers_are_left_out(clean_cell, cell):
    assert clean_cell("date_of_birth", cell).text == ""


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31.02.1999", "date_of_birth_calendar"),
        ("31/02/1999", "date_of_birth_calendar"),
        ("32 декабря 1999", "date_of_birth_calendar"),
        ("31.12.2030", "date_of_birth_future"),
        ("--12-31", "date_of_birth_no_year"),
        ("12/31", "date_of_birth_no_year"),
        ("31", "date_of_birth_no_year"),
        ("1999", "date_of_birth_year_only"),
        ("1999 г.р.", "date_of_birth_year_only"),
        ("1999 жылы туған", "date_of_birth_year_only"),
        ("99 г.р.", "date_of_birth_pattern"),
        ("31.12.1999 г. Москва", "date_of_birth_pattern"),
        ("31.12.1999 или 1998 г.р.", "date_of_birth_pattern"),
        ("36525", "date_of_birth_number"),
        ("31 декабюря 1999", "date_of_birth_pattern"),
        ("вчера", "date_of_birth_pattern"),
        ("01021999", "date_of_birth_ambiguous"),
        ("01011900", "date_of_birth_pattern"),
        ("19000101", "date_of_birth_pattern"),
    ],
)
def test_what_is_no_certain_date_is_an_error_and_keeps_its_text(clean_cell, cell, code):
    found = clean_cell("date_of_birth", cell)
    assert found.codes == [code]
    assert found.text == cell


@pytest.mark.parametrize(
    ("month", "number"),
    [
        ("yanvar", 1), ("fevral", 2), ("mart", 3), ("aprelda", 4), ("may", 5), ("iyun", 6), ("iyulda", 7),
        ("avgust", 8), ("sentyabr", 9), ("sentabr", 9), ("oktabr", 10), ("noyabri", 11), ("дек.", 12),
        ("қаңтарда", 1), ("шілдеде", 7), ("августта", 8), ("сентябры", 9),
    ],
)  # fmt: skip
def test_months_are_read_as_kazakhs_kyrgyz_and_uzbeks_type_them(clean_cell, month, number):
    assert clean_cell("date_of_birth", f"7-{month} 1990").text == f"1990-{number:02}-07"


@pytest.mark.parametrize("cell", ["01/02/1999 г.р.", "род. 01/02/1999"])
def test_words_around_an_ambiguous_date_decide_nothing(clean_cell, cell):
    found = clean_cell("date_of_birth", cell, date_order="none")
    assert found.detail("date_of_birth_ambiguous") == "1999-02-01 / 1999-01-02"


def test_a_date_behind_a_word_is_evidence_for_the_order_of_its_column():
    evidence = DateEvidence(TODAY)
    evidence.add(pd.Series(["род. 31/12/1999", "Mr 12/31/1999", "01/02/1999"], dtype="str"))
    assert evidence.decide() == ("dmy", "dmy")


def test_the_hour_behind_a_month_in_words_is_no_year_and_decides_no_order():
    evidence = DateEvidence(TODAY)
    evidence.add(pd.Series(["May 05 13 10:30", "01/02/1999"], dtype="str"))
    assert evidence.decide() == ("none", "dmy")


def test_a_day_count_of_a_spreadsheet_is_only_suggested(clean_cell):
    assert clean_cell("date_of_birth", "36525").detail("date_of_birth_number") == "1999-12-31"


@pytest.mark.parametrize("cell", ["01/02/1999", "01-02-1999", "01 02 1999"])
def test_without_evidence_slashes_and_hyphens_are_ambiguous(clean_cell, cell):
    found = clean_cell("date_of_birth", cell, date_order="none")
    assert found.detail("date_of_birth_ambiguous") == "1999-02-01 / 1999-01-02"


def test_without_evidence_dots_mean_day_first(clean_cell):
    assert clean_cell("date_of_birth", "01.02.1999", date_order="none").text == "1999-02-01"


@pytest.mark.parametrize(("order", "day"), [("dmy", "1999-02-01"), ("mdy", "1999-01-02")])
def test_the_order_of_the_column_decides(clean_cell, order, day):
    assert clean_cell("date_of_birth", "01/02/1999", date_order=order).text == day
    assert clean_cell("date_of_birth", "01.02.1999", dotted_order=order).text == day
    assert clean_cell("date_of_birth", "01.02.1999", date_order=order).text == "1999-02-01"


def test_a_column_with_both_orders_leaves_ambiguous_cells_as_errors(clean_cell):
    assert clean_cell("date_of_birth", "01/02/1999", date_order="both").codes == ["date_of_birth_ambiguous"]
    assert clean_cell("date_of_birth", "01.02.1999", dotted_order="both").codes == ["date_of_birth_ambiguous"]
    assert clean_cell("date_of_birth", "31/12/1999", date_order="both").text == "1999-12-31"


def test_the_same_number_for_day_and_month_is_never_ambiguous(clean_cell):
    assert clean_cell("date_of_birth", "05/05/1999", date_order="none").text == "1999-05-05"


@pytest.mark.parametrize(
    ("cell", "code"), [("1899-12-29", "date_of_birth_early"), ("1900-01-01", "date_of_birth_maybe_empty")]
)
def test_unlikely_early_days_are_warned_of_and_sent(clean_cell, cell, code):
    found = clean_cell("date_of_birth", cell)
    assert found.text == cell
    assert found.issues == ((code, "warning", ""),)


def test_a_time_with_a_zone_may_mean_another_day(clean_cell):
    found = clean_cell("date_of_birth", "1999-12-30T18:00:00Z")
    assert found.codes == ["date_of_birth_cleaned", "date_of_birth_zone"]


@pytest.mark.parametrize(
    ("cells", "order", "dotted"),
    [
        ([], "none", "dmy"),
        (["", "abc", "1999-12-31", "31 декабря 1999"], "none", "dmy"),
        (["01/02/1999", "31/12/1999"], "dmy", "dmy"),
        (["01/02/1999", "12/31/1999"], "mdy", "dmy"),
        (["31/12/1999", "12/31/1999"], "both", "dmy"),
        (["01/02/1999"], "none", "dmy"),
        (["12/31/99 10:00"], "mdy", "dmy"),
        (["31.12.1999", "01/02/1999"], "dmy", "dmy"),
        (["12/31/1999", "01.02.1999"], "mdy", "dmy"),
        (["12.31.1999", "01.02.1999"], "none", "both"),
        (["99/99/1999", "45.45.1999"], "none", "dmy"),
        # only what can be sent decides
        (["01/02/1999", "02/30/1985"], "none", "dmy"),
        (["12/31/1999", "25/12/2099"], "mdy", "dmy"),
        (["31/12/1999", "02/30/1985", "13/13/1990", "04/31/1977"], "dmy", "dmy"),
        (["01/02/1999", "02/29/2023"], "none", "dmy"),
        (["01/02/1999", "02/29/2024"], "mdy", "dmy"),
        (["01/02/1999", "12/25/0000"], "none", "dmy"),
        (["01/02/1999", "12/25/0099"], "none", "dmy"),
        (["01/02/1999", "12/25/0100"], "mdy", "dmy"),
        (["'25/12/1990", "01/02/1999"], "dmy", "dmy"),
        (['="25/12/1990"', "01/02/1999"], "dmy", "dmy"),
        # short years that stand first
        (["85-05-14", "05-06-07"], "ymd", "dmy"),
        (["85.05.14", "05.06.07"], "none", "ymd"),
        (["85-05-14", "14-05-85"], "any", "dmy"),
        (["85-05-14", "25-12-11", "12-11-28"], "ymd", "dmy"),
        (["85-13-14", "25-12-11"], "dmy", "dmy"),
        (["13/05/1999"], "dmy", "dmy"),
        (["05/13/1999"], "mdy", "dmy"),
        *(([f"{day:02}/{month:02}/1999"], "dmy", "dmy") for month in (1, 12) for day in (13, 31)),
        *(([f"{month:02}/{day:02}/1999"], "mdy", "dmy") for month in (1, 12) for day in (13, 31)),
        (["14-05-85", "05-06-07"], "dmy", "dmy"),
        (["14-05-31", "85-05-14"], "ymd", "dmy"),  # a 31 may be a day
        (["31-05-14", "14-05-85"], "dmy", "dmy"),
        (["02/29/04"], "mdy", "dmy"),  # a day of the calendar in 2004
    ],
)
def test_the_order_is_decided_by_the_unambiguous_cells_of_the_whole_column(cells, order, dotted):
    evidence = DateEvidence(TODAY)
    for cell in cells:
        evidence.add(pd.Series([cell], dtype="str"))
    assert evidence.decide() == (order, dotted)
    at_once = DateEvidence(TODAY)
    at_once.add(pd.Series(cells, dtype="str"))
    assert at_once.decide() == (order, dotted)


def test_a_date_of_today_tells_the_order_as_well():
    evidence = DateEvidence("2025-06-15")
    evidence.add(pd.Series(["06/15/2025"], dtype="str"))
    assert evidence.decide() == ("mdy", "dmy")


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("05-06-07", "ymd", "2005-06-07"),
        ("12-05-14", "ymd", "2012-05-14"),
        ("85-05-14", "ymd", "1985-05-14"),
        ("30-01-02", "ymd", "1930-01-02"),
        ("05-06-07", "any", ""),
        ("25-12-11", "any", ""),
        ("14-05-85", "any", "1985-05-14"),
        ("04-05-1961", "ymd", ""),
        ("25-05-1961", "ymd", "1961-05-25"),
    ],
)
def test_short_years_stand_first_where_the_column_shows_it(clean_cell, cell, order, day):
    found = clean_cell("date_of_birth", cell, date_order=order)
    assert found.text == (day or cell)
    assert ("date_of_birth_ambiguous" in found.codes) is not bool(day)


def test_the_finding_says_how_many_cells_decided():
    evidence = FileEvidence(Decisions(TODAY))
    cells = ["12/25/1990", "11/30/1985", "04/05/1961", "25/12/2099", "04.05.1961"]
    evidence.add(frame_of("date_of_birth", cells), empty_issues())
    assert [finding.text for finding in evidence.findings()] == [
        "dates like 01/02/1999 are read as month, day, year: decided by 2 cells that can't be read otherwise"
    ]


@pytest.mark.parametrize(
    ("cell", "codes", "told", "refused"),
    [
        ("02/04/1982", "date_of_birth_ambiguous", False, True),
        ("02/05/1982", "phone_pattern; date_of_birth_ambiguous", False, True),
        ("02/04/1982", "phone_pattern", False, False),
        ("1982-04-02", "date_of_birth_ambiguous", False, False),
        ("25/04/1982", "date_of_birth_ambiguous", False, False),
        ("05-06-07", "date_of_birth_ambiguous", False, True),
        ("02/04/1982", "date_of_birth_ambiguous", True, False),
        ("", "date_of_birth_ambiguous", False, False),
    ],
)
def test_what_was_ambiguous_stays_so_until_it_is_written_clearly_or_the_order_is_told(cell, codes, told, refused):
    raw = frame_of("date_of_birth", [cell])
    decisions = Decisions(TODAY, date_order="dmy", order_told=told)
    found = still_ambiguous(raw, pd.Series([codes], index=raw.index, dtype="str"), decisions)
    assert found["code"].to_list() == ["date_of_birth_ambiguous"] * refused
    assert found["row"].to_list() == [2] * refused


TURNED = ["1999-02-01", "1999-03-07", "1985-11-12", "31/12/1999", "25/05/1987", "13/01/1990"]


def read_whole(cells, **told):
    """The decisions of a file of these cells, and its rows with an error of a turned date, in parts of two cells."""
    evidence = FileEvidence(Decisions(TODAY, **told))
    for at in range(0, len(cells), 2):
        part = FileEvidence(Decisions(TODAY, **told))
        part.add(frame_of("date_of_birth", cells[at : at + 2]), empty_issues())
        evidence.include(part)
    decided = evidence.decide()
    found = turned_dates(frame_of("date_of_birth", cells), empty_issues(), {}, decided)
    return decided, found, evidence.findings()


def test_dates_that_a_spreadsheet_turned_round_are_told_with_both_days():
    decided, found, findings = read_whole([*TURNED, "1990-05-05", "", "2001-06-02 00:00:00"])
    assert decided.turned
    assert list(found["row"]) == [2, 3, 4, 10]
    assert set(found["code"]) == {"date_of_birth_turned"}
    assert list(found["detail"])[::3] == ["1999-02-01 / 1999-01-02", "2001-06-02 / 2001-02-06"]
    assert [finding.warning for finding in findings] == [True, False]


@pytest.mark.parametrize(
    ("cells", "turned"),
    [
        (TURNED, True),
        ([cell.replace("/", ".") for cell in TURNED], True),
        ([*TURNED, "01.02.1999"], True),  # dots are no separator of a spreadsheet that expects slashes
        (["1999-02-01", "1999-03-07", "1985-11-12", "12/31/1999", "05/25/1987", "01/13/1990"], True),
        (TURNED[1:], False),
        (TURNED[:-1], False),
        (["1990-05-05", *TURNED[1:]], False),  # it is the same day turned round
        ([*TURNED, "1999-02-13"], False),
        ([*TURNED, "01/02/1999"], False),
        ([*TURNED, "05/05/1999"], False),
        ([*TURNED * 3, "1999-02-13"], False),
        ([*TURNED * 4, "1999-02-13"], True),
        ([*TURNED * 4, "05/05/1999"], True),
        ([*TURNED * 4, "1999-02-13", "05/05/1999"], False),
        ([*TURNED * 4, "1999-13-01"], True),
        ([*TURNED * 2, "01/02/1999"], True),  # put right in the file
        ([*TURNED * 2, "01/02/1999", "03/02/1999"], False),
        ([*TURNED[:3] * 14, *TURNED[3:], "01/02/1999"], True),
    ],
)
def test_a_column_was_turned_round_where_chance_does_not_explain_it(cells, turned):
    decided, found, _ = read_whole(cells)
    assert decided.turned is turned
    assert found.empty is not turned


@pytest.mark.parametrize(("order", "turned"), [("dmy", True), ("mdy", True), ("ymd", False)])
def test_only_who_says_that_the_year_comes_first_sends_such_dates_as_they_are(order, turned):
    decided, _, findings = read_whole(TURNED, date_order=order, order_told=True)
    assert decided.turned is turned
    assert [finding.warning for finding in findings] == [True] * turned + [False]


TURNED_DOTS = ["01.02.1999", "07.03.1999", "12.11.1985", "12/31/1999", "5/25/1987", "1/13/1990"]


def test_dates_that_a_spreadsheet_wrote_with_dots_are_told_with_both_days():
    decided, found, findings = read_whole([*TURNED_DOTS, "05.05.1990", "", "2.6.01", "10.11.80 0:00"])
    assert decided.turned_dots
    assert not decided.turned
    assert list(found["row"]) == [2, 3, 4, 10, 11]
    assert set(found["code"]) == {"date_of_birth_turned_dots"}
    assert list(found["detail"]) == [
        "1999-02-01 / 1999-01-02", "1999-03-07 / 1999-07-03", "1985-11-12 / 1985-12-11", "2001-06-02 / 2001-02-06",
        "1980-11-10 / 1980-10-11",
    ]  # fmt: skip
    assert [finding.warning for finding in findings] == [True, False]


@pytest.mark.parametrize(
    ("cells", "turned"),
    [
        (TURNED_DOTS, True),
        ([cell.replace("/", "-") for cell in TURNED_DOTS], True),
        (["1/2/1999", "7/3/1999", "12/11/1985", "12/31/1999", "5/25/1987", "1/13/1990"], False),  # in their places
        (["1-2-1999", "7-3-1999", "12-11-1985", "12/31/1999", "5/25/1987", "1/13/1990"], False),
        (["1.2.1999", "7.3.1999", "12.11.1985", "31/12/1999", "25/5/1987", "13/1/1990"], False),  # could be read
        ([*TURNED_DOTS, "31.12.1999"], False),  # somebody writes dots
        ([*TURNED_DOTS, "31/12/1999"], False),
        ([*TURNED_DOTS, "12.31.1999"], False),
        ([*TURNED_DOTS, "85.05.14"], False),
        ([*TURNED_DOTS, "05/05/1999"], False),  # a spreadsheet would have read it
        ([*TURNED_DOTS, "1/2/1999"], False),
        (TURNED_DOTS[1:], False),
        (TURNED_DOTS[:-1], False),
        ([*TURNED_DOTS * 4, "31.12.1999"], True),
        ([*TURNED_DOTS * 2, "1/2/1999"], True),  # put right in the file
        (["05.05.1990"] * 9 + TURNED_DOTS, True),
        (["31.12.1999", "1.2.1999", "3.4.1999", "5.6.1999", "12/31/1999", "5/25/1987", "1/13/1990"], False),
    ],
)
def test_a_column_with_dots_was_turned_round_where_chance_does_not_explain_it(cells, turned):
    decided, found, _ = read_whole(cells)
    assert decided.turned_dots is turned
    assert found.empty is not turned


@pytest.mark.parametrize(("order", "day"), [("dmy", "1999-02-01"), ("mdy", "1999-01-02")])
def test_a_told_order_says_what_dates_with_dots_are(order, day):
    decided, found, _ = read_whole(TURNED_DOTS, date_order=order, dotted_order=order, order_told=True)
    assert found.empty
    assert date_reader("date_of_birth", decided)("01.02.1999").text == day


@pytest.mark.parametrize("year_first", ["1999/2/1", "1999-2-01", "1999.02.1"])
def test_a_spreadsheet_may_write_the_year_first_without_zeros(year_first):
    _, found, _ = read_whole([year_first, *TURNED[1:]])
    assert found["detail"].iloc[0] == "1999-02-01 / 1999-01-02"


DAYS = "1999-02-01 / 1999-01-02"


@pytest.mark.parametrize("left_out", ["", LEFT_OUT])
@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "known"),
    [("turned", True), ("turned_dots", True), ("written_anew", True), ("ambiguous", False), ("pattern", False)],
)
def test_a_note_tells_of_a_turned_date_in_its_own_sentence_alone(kind, known, spoken, left_out):
    """Another sentence has two days as well: one that can be read in two ways tells both of them."""
    issue = (2, "date_of_birth", f"date_of_birth_{kind}{left_out}", str(Severity.WARNING), "01/02/1999", DAYS)
    with speaking(spoken):
        note = messages(issues_of([issue]), str).set_axis([2])
    assert DAYS in note[2]
    raw = frame_of("date_of_birth", ["1999-02-01"])
    found = turned_dates(raw, empty_issues(), {"import_note": note}, Decisions(TODAY))
    assert list(found["detail"]) == [DAYS] * known
