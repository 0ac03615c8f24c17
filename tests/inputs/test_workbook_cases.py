# ruff: noqa: E501 (a case is one line)
"""What a workbook holds, what is sent of it, what the output says: a line for each case that files of this field show."""

import datetime as dt
import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pytest
from inputs.importing import Importing
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from importer.errors import RefusedFile, UsageError

COLUMNS = ("phone", "lastname", "date_of_birth", "identifier", "nationality")


@dataclass(frozen=True)
class Cell:
    """One cell of a row: its value and number format, what is sent for it, or the code and words of its error."""

    name: str
    column: str
    value: Any
    sent: str = ""
    code: str = ""
    says: str = ""
    format: str = "General"
    prefix: bool = False


CELLS = [
    Cell("phone as a number", "phone", 8701_200_0001, "+77012000001"),
    Cell("phone as a float", "phone", 7701_200_0002.0, "+77012000002"),
    Cell("ten digits as a number", "phone", 701_200_0003, "+77012000003"),
    Cell("phone shown with a fixed +7", "phone", 701_200_0004, "+77012000004", format='"+7"0'),
    Cell("phone shown by a mask", "phone", 701_200_0005, "+77012000005", format='"+7 ("000") "000-00-00'),
    Cell("phone shown in scientific form, digits kept", "phone", 7701_200_0006, "+77012000006", format="0.00E+00"),
    Cell("phone shown with thousands", "phone", 7701_200_0007, "+77012000007", format="#,##0"),
    Cell("text that lost its digits", "phone", "7.70112E+10", code="phone_digits_lost|cell_digits_lost", says="digits"),
    Cell("a number that no double holds", "phone", 12345678901234567890, code="cell_digits_lost|phone_digits_lost"),
    Cell("leading apostrophe of Excel", "phone", "+77012000010", "+77012000010", prefix=True),
    Cell("leading apostrophe as text", "phone", "'+77012000011", "+77012000011"),
    Cell("#N/A", "phone", "#N/A", code="cell_error", says="#N/A"),
    Cell("#REF!", "lastname", "#REF!", code="cell_error", says="#REF!"),
    Cell("#VALUE! in a date", "date_of_birth", "#VALUE!", code="cell_error"),
    Cell("a formula without a value", "lastname", "=A1&B1", code="cell_formula", says="formula"),
    Cell("a phone by a formula without a value", "phone", "=A1", code="cell_formula"),
    Cell("identifier with zeros by its format", "identifier", 101300017, "000101300017", format="0" * 12),
    Cell("identifier as a bare number", "identifier", 900101300017, "900101300017"),
    Cell("identifier as text", "identifier", "0012", "0012"),
    Cell("TRUE in a text column", "lastname", True, "TRUE"),
    Cell("a number in a text column", "lastname", 1.0, "1"),
    Cell("a number with decimals", "lastname", 1.5, "1.5"),
    Cell("1.0 as text", "lastname", "1.0", "1.0"),
    Cell("a formula as text", "lastname", "'=1+1", "=1+1"),
    Cell("rich text", "lastname", CellRichText("Ван ", TextBlock(InlineFont(b=True), "Берг")), "Ван Берг"),
    Cell("a line break", "lastname", "Ван\nБерг", "Ван Берг"),
    Cell("a real date", "date_of_birth", dt.date(1999, 12, 31), "1999-12-31"),
    Cell("a real date, shown the American way", "date_of_birth", dt.date(1999, 2, 1), "1999-02-01", format="m/d/yy"),
    Cell("a real date with a month in words", "date_of_birth", dt.date(1999, 2, 1), "1999-02-01",
         format="[$-419]d\\ mmmm\\ yyyy;@"),
    Cell("a date with a time", "date_of_birth", dt.datetime(1999, 12, 31, 15, 30), "1999-12-31", says="1999-12-31"),  # noqa: DTZ001 (a cell has no zone)
    Cell("a date as text", "date_of_birth", "31.12.1999", "1999-12-31"),
    Cell("the day count of a date without its format", "date_of_birth", 36525, code="date_of_birth_number", says="1999-12-31"),
    Cell("the first leap day that never was", "date_of_birth", 61, "1900-03-01", format="yyyy-mm-dd"),
    Cell("a date to come", "date_of_birth", dt.date(2999, 1, 1), code="date_of_birth_future"),
    Cell("blanks", "nationality", "   "),
    Cell("a dash", "nationality", "-", says="left out"),
]  # fmt: skip


def workbook_of_cells(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(COLUMNS)
    for row, case in enumerate(CELLS, start=2):
        sheet.cell(row, 1, f"+770120100{row:02d}")
        cell = sheet.cell(row, COLUMNS.index(case.column) + 1, case.value)
        if case.format != "General" or not isinstance(case.value, dt.date):
            cell.number_format = case.format
        cell.quotePrefix = case.prefix
    book.save(path)


@pytest.fixture(scope="module")
def rows_of_cells(importing: Importing):
    path = importing.folder / "cells.xlsx"
    workbook_of_cells(path)
    imported = importing.run(path)
    assert len(imported.rows) == len(CELLS)
    return imported.rows


@pytest.mark.parametrize("place", range(len(CELLS)), ids=[case.name for case in CELLS])
def test_a_cell_of_a_workbook_is_sent_as_a_person_sees_it(rows_of_cells, place):
    case, row = CELLS[place], rows_of_cells[place]
    expected = {"phone": f"+770120100{place + 2:02d}"} | ({case.column: case.sent} if case.sent else {})
    assert row["sent"] == (None if case.code else expected)
    assert row["import_status"] == ("invalid" if case.code else "created")
    assert row["import_error_code"] in case.code.split("|")
    assert case.says in row["import_error"] + row["import_note"]


@dataclass(frozen=True)
class Book:
    """A workbook made by ``build`` from two rows of users; what is found, where the rows stand."""

    name: str
    build: Callable[[Any], None]
    findings: tuple[tuple[str, str], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    phones: tuple[str, ...] = ("+77010000001", "+77010000002")
    errors: str = ""


def plain(sheet, row=1, column=1, phones=("8 701 000 00 01", "нет", "8 701 000 00 02")):
    for down, line in enumerate((("Телефон", "Фамилия"), *((phone, "Ким") for phone in phones))):
        for right, value in enumerate(line):
            sheet.cell(row + down, column + right, value)


def instructions_first(book):
    book.active.title = "Инструкция"
    book.active["A1"] = "Заполните лист «Данные»"
    book.active["A2"] = "Телефон обязателен"
    plain(book.create_sheet("Данные"))


def two_tables(book):
    plain(book.active, phones=("8 701 000 00 09",))
    plain(book.create_sheet("Вторая"))


def at_b3(book):
    plain(book.active, 3, 2)


def with_banner(book):
    book.active["A1"] = "Клиенты"
    book.active.merge_cells("A1:D1")
    plain(book.active, 4, 2)


def hidden_rows(book):
    plain(book.active)
    book.active.row_dimensions[2].hidden = True


def hidden_sheet(book):
    plain(book.active)
    book.create_sheet("Архив").sheet_state = "hidden"


def merged_rows(book):
    plain(book.active)
    book.active.merge_cells("B2:B4")


def blank_rows(book):
    plain(book.active)
    book.active.insert_rows(3, 2)


def epoch_1904(book):
    book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    book.active.append(["phone", "dob"])
    book.active.append(["+77010000001", dt.date(1999, 12, 31)])
    book.active.append(["+77010000002", dt.date(2000, 2, 29)])


BOOKS = [
    Book("plain", lambda book: plain(book.active), errors="row 3"),
    Book("instructions on the first sheet", instructions_first, (("sheet", "Данные"),)),
    Book("--sheet by name", two_tables, (("sheet", "Вторая"),), {"sheet": "Вторая"}),
    Book("--sheet by number", two_tables, (("sheet", "Вторая"),), {"sheet": "2"}),
    Book("data that starts at B3", at_b3, (("header", "row 3"), ("mapping", 'column B "Телефон"')), errors="row 5"),
    Book("a merged banner", with_banner, (("header", "row 4"),), errors="row 6"),
    Book("hidden rows", hidden_rows, (("rows", "1 hidden row"),)),
    Book("a hidden sheet", hidden_sheet, (("sheet", "1 hidden sheet"),)),
    Book("merged rows", merged_rows, (("rows", "merged"),)),
    Book("blank rows", blank_rows, errors="row 5"),
    Book("days counted from 1904", epoch_1904),
]


@pytest.mark.parametrize("case", BOOKS, ids=[case.name for case in BOOKS])
def test_a_workbook_is_read_where_its_table_stands(importing: Importing, folder, case):
    book = openpyxl.Workbook()
    case.build(book)
    book.save(folder / "users.xlsx")
    summary = importing.validate(folder / "users.xlsx", show_values=True, **case.options)
    assert tuple(body["phone"] for _, body in summary.preview) == case.phones
    for topic, words in case.findings:
        assert any(one.topic == topic and words in one.text for one in summary.findings), summary.findings
    if case.name == "days counted from 1904":
        assert [body["date_of_birth"] for _, body in summary.preview] == ["1999-12-31", "2000-02-29"]
    if case.errors:
        (cause,) = summary.causes
        assert (cause.code, f"row {cause.first_rows[0]}") == ("phone_missing", case.errors)


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(importing: Importing, folder):
    book = openpyxl.Workbook()
    two_tables(book)
    book.save(folder / "users.xlsx")
    with pytest.raises(UsageError, match="Вторая"):
        importing.validate(folder / "users.xlsx", sheet="Третья")


@pytest.mark.parametrize("name", ["users.csv", "users.ods", "users.xls", "users.xlsm", "users"])
def test_an_xlsx_under_another_name_is_read_by_its_content(importing: Importing, folder, name):
    book = openpyxl.Workbook()
    plain(book.active)
    book.save(folder / "users.xlsx")
    shutil.copy(folder / "users.xlsx", folder / name) if name != "users.xlsx" else None
    assert importing.validate(folder / name).rows == 3


def ole(*streams: str) -> bytes:
    """A compound file that holds empty streams of these names, as Office makes of a workbook with a password."""
    names = ["Root Entry", *streams]
    none = 0xFFFFFFFF
    entries = b""
    for place, name in enumerate(names):
        text = (name + "\0").encode("utf-16-le")
        root = place == 0
        right = place + 1 if 0 < place < len(streams) else none
        entries += text.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sIQQIQ", len(text), 5 if root else 2, 1, none, right, 1 if root else none, b"", 0, 0, 0, 0xFFFFFFFE, 0
        )  # fmt: skip
    directory = entries.ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE)
    return header.ljust(512, b"\xff") + fat.ljust(512, b"\xff") + directory


def zipped(path, **parts: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def unknown_encoding(path) -> None:
    """A workbook whose sheet declares an encoding that nobody knows."""
    plain_book, out = openpyxl.Workbook(), io.BytesIO()
    plain(plain_book.active)
    plain_book.save(out)
    with zipfile.ZipFile(out) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = (
        b'<?xml version="1.0" encoding="UTF-10000"?>' + sheet[sheet.index(b"<worksheet") :]
    )
    zipped(path, **parts)


REFUSED = [
    ("a password", lambda path: path.write_bytes(ole("EncryptionInfo", "EncryptedPackage")), "password"),
    ("a Word document of old", lambda path: path.write_bytes(ole("WordDocument")), "users.xlsx"),
    ("a zip of something else", lambda path: zipped(path, readme=b"hello"), "users.xlsx"),
    ("a Word document", lambda path: zipped(path, **{"word/document.xml": b"<w/>"}), "users.xlsx"),
    ("an empty sheet", lambda path: openpyxl.Workbook().save(path), "empty"),
    ("XML of an encoding that is none", unknown_encoding, "damaged"),
    ("a broken zip", lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 500), "users.xlsx"),
]


@pytest.mark.parametrize(("build", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_workbook_that_cannot_be_read_is_refused_with_its_reason(importing: Importing, folder, build, words):
    build(folder / "users.xlsx")
    with pytest.raises(RefusedFile, match=words):
        importing.run(folder / "users.xlsx")


def test_half_a_workbook_is_refused(importing: Importing, folder):
    workbook_of_cells(folder / "users.xlsx")
    content = (folder / "users.xlsx").read_bytes()
    (folder / "users.xlsx").write_bytes(content[: len(content) // 2])
    with pytest.raises(RefusedFile):
        importing.run(folder / "users.xlsx")


def test_date_cells_beside_dates_left_as_text_are_told(importing: Importing) -> None:
    book = openpyxl.Workbook()
    days = [dt.date(1999, 2, 1), dt.date(1999, 3, 7), dt.date(1985, 11, 12), "31/12/1999", "25/05/1987", "13/01/1990"]
    rows = [["phone", "date_of_birth"], *([f"+7701204000{at}", day] for at, day in enumerate(days))]
    for row in rows:
        book.active.append(row)
    book.save(importing.folder / "turned.xlsx")
    found = importing.run(importing.folder / "turned.xlsx").rows
    assert [row["import_error_code"] for row in found] == ["date_of_birth_turned"] * 3 + [""] * 3
    assert [row["sent"] and row["sent"]["date_of_birth"] for row in found[3:]] == [
        "1999-12-31",
        "1987-05-25",
        "1990-01-13",
    ]
