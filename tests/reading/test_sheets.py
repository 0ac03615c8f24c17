"""Which sheets of a workbook are read, and how several become one table."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.errors import RefusedFile, UsageError

HEADER = ["phone", "firstname", "email"]


def people(*names: str) -> list[list[str]]:
    return [HEADER, *([f"+770100000{place:02}", name, ""] for place, name in enumerate(names))]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def build(sheets: Mapping[str, Sequence[Sequence[Any]]], **states: str) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
            sheet.sheet_state = states.get(name, "visible")
        path = tmp_path / "sheets.xlsx"
        book.save(path)
        return path

    return build


def firstnames(got: Any) -> list[str]:
    return [row[1] for row in got.rows.values()]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_only_where_it_is_named(workbook, reading, state):
    path = workbook({"Old": people("Gone"), "Now": [["phone"], ["1"]]}, Old=state)
    got = reading(path)
    assert got.dialect.sheet == "Now"
    assert "'Old'" in got.warnings
    assert firstnames(reading(path, sheet="Old")) == ["Gone"]


def test_a_workbook_whose_visible_sheet_is_empty_is_refused_and_names_the_hidden_one(workbook, reading):
    with pytest.raises(RefusedFile, match=r"hidden.*'People'"):
        reading(workbook({"Cover": [], "People": people("Ann")}, People="hidden"))


@pytest.mark.parametrize(
    "second",
    [
        people("Bo"),
        [[" Phone ", "FIRSTNAME", "email"], ["1", "Bo", ""]],
        [["Report of May"], [], *people("Bo")],
        [["email", "phone"], ["b@example.com", "1"]],
        [["phone", "firstname", "note", "city"], ["1", "Bo", "", ""]],
        [[*HEADER, "freedom_id", "import_status"], ["1", "Bo", "", "", "created"]],
    ],
)
def test_several_sheets_of_people_are_asked_about(workbook, reading, second):
    with pytest.raises(RefusedFile, match=r"2 sheets of people: 'A', 'B'.*--sheet all"):
        reading(workbook({"A": people("Ann"), "B": second}))


@pytest.mark.parametrize(
    "second",
    [
        [],
        [HEADER],
        [["Country", "Code"], ["Kazakhstan", "KAZ"]],
        [["How to fill this in"], ["phone", "the number of a mobile"], ["email", "one address"]],
        [["city", "people"], ["Almaty", 3]],
        [["gender"], ["M"], ["F"]],
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_sheet_that_holds_no_people_beside_them_is_no_question(workbook, reading, second, turned):
    sheets = {"People": people("Ann"), "Other": second}
    got = reading(workbook(dict(reversed(sheets.items())) if turned else sheets))
    assert (got.dialect.sheet, firstnames(got)) == ("People", ["Ann"])


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("all", ["Ann", "Al", "Bo"]),
        ("ALL", ["Ann", "Al", "Bo"]),
        ("A, B", ["Ann", "Al", "Bo"]),
        ("B,A", ["Bo", "Ann", "Al"]),
        ("1, 3", ["Ann", "Al", "Bo"]),
        ("B, Secret", ["Bo", "Sam"]),
        ("a", ["Ann", "Al"]),
        ("B, B", ["Bo"]),
    ],
)
def test_several_sheets_that_were_named_stand_below_each_other(workbook, reading, told, names):
    path = workbook(
        {"A": people("Ann", "Al"), "Codes": [["x"], ["y"]], "B": [["title"], *people("Bo")], "Secret": people("Sam")},
        Secret="hidden",
    )
    got = reading(path, sheet=told)
    assert firstnames(got) == names
    assert list(got.rows) == list(range(got.dialect.header_row + 1, got.dialect.header_row + 1 + len(names)))
    assert got.header == tuple(HEADER)


def test_where_the_rows_of_a_second_sheet_stand_is_said(workbook, reading):
    got = reading(workbook({"A": people("Ann", "Al"), "B": [["title"], *people("Bo")]}), sheet="all")
    assert "rows of sheet 'B' are numbered on from 4: its row 3 is row 4" in got.warnings
    assert got.dialect.joined


def test_a_cell_of_a_second_sheet_that_is_wrong_is_flagged_where_it_stands(workbook, reading):
    got = reading(workbook({"A": people("Ann"), "B": [[None, *HEADER], [None, "1", "#N/A", ""]]}), sheet="A, B")
    assert got.issues == [(3, "#1", "cell_error")]
    assert got.rows[3] == ["1", "#N/A", ""]


@pytest.mark.parametrize(
    "header", [["firstname", "phone", "email"], ["phone", "firstname"], ["phone", "", "firstname", "email"]]
)
def test_sheets_with_another_order_of_columns_are_not_put_below_each_other(workbook, reading, header):
    path = workbook({"A": people("Ann"), "B": [header, ["1"] * len(header)]})
    with pytest.raises(RefusedFile, match="'B' is another"):
        reading(path, sheet="A, B")


def test_a_sheet_whose_name_holds_a_comma_or_is_all_is_that_sheet(workbook, reading):
    path = workbook({"A, B": people("Ann"), "All": people("Bo"), "C": people("Cy")})
    assert firstnames(reading(path, sheet="A, B")) == ["Ann"]
    assert firstnames(reading(path, sheet="all")) == ["Bo"]
    with pytest.raises(UsageError, match="no sheet 'D'"):
        reading(path, sheet="C, D")


SORTED_WITH_ITS_HEADER = [
    ["Алия", None, "+77011234567", "Алматы"],
    ["Берик", "b@x.kz", "+77021234567", "Астана"],
    ["Имя", "Email", "Телефон", "Город"],
    ["Сауле", "s@x.kz", "+77031234567", "Шымкент"],
    ["Тимур", None, "+77041234567", "Актау"],
]


def test_people_above_the_header_are_refused_where_a_cell_is_blank_too(workbook, reading, read_bytes):
    with pytest.raises(RefusedFile, match=r"rows above it look like data \(rows 1, 2\)"):
        read_bytes("\n".join(",".join(cell or "" for cell in row) for row in SORTED_WITH_ITS_HEADER))
    with pytest.raises(RefusedFile, match=r"rows above it look like data \(rows 1, 2\)"):
        reading(workbook({"A": SORTED_WITH_ITS_HEADER}))


def test_what_stands_above_the_header_of_a_second_sheet_is_told_with_its_name(workbook, reading):
    path = workbook({"A": people("Ann"), "B": [["Report of May"], ["all branches"], *people("Bo")]})
    got = reading(path, sheet="all")
    assert "sheet 'B': the header is row 3" in got.warnings
    assert "rows above it are not imported: 1, 2" in got.warnings
    assert (
        "sheet 'B': the header is row 1"
        not in reading(workbook({"A": people("Ann"), "B": people("Bo")}), sheet="all").findings
    )


def test_people_above_the_header_of_a_second_sheet_are_refused_with_its_name(workbook, reading):
    path = workbook({"A": [SORTED_WITH_ITS_HEADER[2], *SORTED_WITH_ITS_HEADER[3:]], "B": SORTED_WITH_ITS_HEADER})
    with pytest.raises(RefusedFile, match=r"sheet 'B': row 3 looks like the header, but rows above it"):
        reading(path, sheet="all")


def test_hidden_rows_of_a_second_sheet_are_told_with_its_name(tmp_path, reading):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("B")):
        for row in people(*["Ann"] * 200):
            sheet.append(row)
    book["B"].row_dimensions[150].hidden = True
    book["B"].merge_cells("B160:B161")
    path = tmp_path / "hidden.xlsx"
    book.save(path)
    got = reading(path, sheet="all")
    assert "sheet 'B': 1 hidden row" in got.warnings
    assert "sheet 'B': 1 merged area" in got.warnings
