"""Cells of a sheet are read the same, in whatever form of XML they are written and wherever a stretch is cut."""

import datetime as dt
import zipfile
from functools import partial
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.errors import RefusedFile
from importer.reading.record_batch import TEXT
from importer.reading.sheets import Grid, Marks
from importer.reading.workbook.number_format import NumberFormat
from importer.reading.workbook.plain_xml import BROKEN, parser
from importer.reading.workbook.xlsx_cells import SheetReader

HEADER_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
FORMATS = [NumberFormat.of(0, code) for code in ("", "dd.mm.yyyy", "h:mm", "000000000000", '"+7"0', "0.00")]
STRINGS = ["phone", "", "Анна", " a\n", "=1+1"]
TEXTS = st.sampled_from(
    [
        "phone",
        "",
        " ",
        "a &amp; b",
        "&#1234;",
        "_x000D_z",
        "_x_",
        "\r\n",
        "😀",
        "#N/A",
        "7.70112E+10",
        "a>b",
        '"',
        "&no;",
    ]
)
EDGES = [
    "0",
    "1",
    "59",
    "60",
    "61",
    "2957004",
    "2958465",
    "2958466",
    "007",
    "00000000000007",
    "",
    " 5",
    "1_0",
    "٣",
    "36525.0",
    "1e5",
    "-5",
]
NUMBERS = st.one_of(
    st.integers(0, 10**17).map(str),
    st.integers(0, 3_000_000).map(str),
    st.floats().map(str),
    st.sampled_from(EDGES),
)
STYLES = st.sampled_from(["", *(f' s="{number}"' for number in range(len(FORMATS) + 2))])
FORMS = st.one_of(
    st.builds('<c r="@"{} t="inlineStr"><is><t>{}</t></is></c>'.format, STYLES, TEXTS),
    st.builds('<c r="@" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>'.format, TEXTS),
    st.builds('<c r="@"{}{}><v>{}</v></c>'.format, STYLES, st.sampled_from(["", ' t="n"']), NUMBERS),
    st.builds('<c r="@"{}><f>A1+1</f><v>{}</v></c>'.format, STYLES, NUMBERS),
    st.builds('<c r="@" t="str"><f t="shared" si="0"/><v>{}</v></c>'.format, TEXTS),
    st.builds('<c r="@"{} t="s"><v>{}</v></c>'.format, STYLES, st.integers(0, len(STRINGS)) | NUMBERS),
    st.builds('<c r="@" t="b"><v>{}</v></c>'.format, st.sampled_from("01x")),
    st.sampled_from(['<c r="@"/>', '<c r="@" s="3" />', '<c r="@" s="1"></c>',
                     '<c r="@" t="d"><v>1999-12-31T00:00:00</v></c>']),
)  # fmt: skip
ODD_FORMS = st.sampled_from(
    [
        '<c r="@" t="e"><v>#N/A</v></c>',
        '<c r="@"><f>1/0</f></c>',
        '<c r="@"><f>A1</f><v></v></c>',
        '<c r="@" t="str"><f>A1</f><v></v></c>',
        '<c r="B2"><v>1</v></c>',
        '<c r="@" t="inlineStr"><is><t>a</t></is>',
        '<c r="@" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
        '<c r="@" t="inlineStr"><v>1</v></c>',
        '<c r="@" t="s"><is><t>a</t></is></c>',
        '<c r="@" t="zz"><v>1</v></c>',
        '<c r="@" cm="1"><v>1</v></c>',
        '<c t="s" r="@"><v>0</v></c>',
        "<c r='@'><v>1</v></c>",
        '<c r="A1"><v>1</v></c>',
        '<c r="a1"><v>1</v></c>',
        '<c r="ABCD7"><v>1</v></c>',
        '<c r="A12345678"><v>1</v></c>',
        f'<c r="@" s="{"1" * 70}"><v>1</v></c>',
        '<c r="@"><v>1</v></c><c r="@"><v>2</v></c>',
        '<c r="@"><v><![CDATA[1]]></v></c>',
        '<c r="@"><v>\0</v></c>',
        '<c r="@"><v>1</v>',
        '<c\nr="@"><v>1</v></c>',
        *("<c/>", "<c><v>1</v></c>", "<x:c/>", "<!-- -->", "<é/>", "<v>7</v>", "</c>", "\n"),
    ]
)
ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.lists(st.one_of(FORMS, FORMS, FORMS, ODD_FORMS), max_size=6)), min_size=1
)


def sheet(rows: list[tuple[int, list[str]]], first: int = 0) -> str:
    """Sheet XML of rows, each so many rows below the one before."""
    number, written = 1, []
    for step, cells in rows:
        number += step
        placed = (
            cell.replace("@", f"{openpyxl.utils.get_column_letter(place + 1)}{number}")
            for place, cell in enumerate(cells, first)
        )
        written.append(f'<row r="{number}" spans="1:9">{"".join(placed)}</row>')
    return "".join(written)


def read_plain(xml: str, size: int) -> list[tuple] | str:
    """Number, texts and flags of each row that shows something; the XML comes in pieces of a size."""
    return _read(f"<worksheet>{' ' * 100}{xml}</worksheet>", size, "plain")


def read_rewritten(xml: str) -> list[tuple] | str:
    """The same from a part that is rewritten by the XML parser before any pattern looks at it."""
    return _read(f"<worksheet>{xml}</worksheet>", 1_000_000, "rewritten")


def _read(xml: str, size: int, how: str) -> list[tuple] | str:
    reader = SheetReader(pa.array(STRINGS, TEXT), FORMATS, epoch_1904=False, name="users.xlsx")
    content = xml.encode()
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    try:
        grids: list[Grid] = list(getattr(reader, how)(pieces, Marks()))
    except (*BROKEN, RefusedFile):
        return "raised"
    rows = [row for grid in grids for row in grid.rows()]
    return [(row.number, row.cells, row.flags) for row in rows]


def well_formed(xml: str) -> bool:
    try:
        parser().Parse(f"<worksheet>{xml}</worksheet>", True)
    except BROKEN:
        return False
    return True


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, first=st.sampled_from([0, 20, 700]), size=st.integers(150, 3_000))
def test_rows_read_by_pattern_are_the_rows_that_the_xml_parser_sees(rows, first, size):
    xml = sheet(rows, first)
    parsed, found = read_rewritten(xml), read_plain(xml, size)
    assert found in (parsed, "raised") or (parsed == "raised" and not well_formed(xml))


@pytest.mark.parametrize("number", ["3", "-1", "2147483648", "9223372036854775808", "1e2", "x"])
def test_a_shared_string_that_is_not_there_refuses_the_file(raw_xlsx, reading, number):
    row = f'<row r="2"><c r="A2" t="s"><v>{number}</v></c></row>'
    with pytest.raises(RefusedFile, match="damaged"):
        reading(raw_xlsx(f"<worksheet><sheetData>{HEADER_ROW}{row}</sheetData></worksheet>"))


@pytest.mark.parametrize("gap", ["\n", "\t"])
def test_a_cell_with_a_line_break_in_its_tag_is_read(raw_xlsx, reading, gap):
    row = f'<row r="2"><c{gap}r="A2"><v>87011234567</v></c></row>'
    got = reading(raw_xlsx(f"<worksheet><sheetData>{HEADER_ROW}{row}</sheetData></worksheet>"))
    assert got.rows == {2: ["87011234567"]}


def write_openpyxl(path: Path, rows: list[list]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in book.active.iter_rows(min_row=2, min_col=4, max_col=4):
        cells[0].number_format = "000000000000"
    book.save(path)


def write_xlsxwriter(path: Path, rows: list[list], *, constant_memory: bool) -> None:
    options = {"constant_memory": constant_memory, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), {**options, "default_date_format": "dd.mm.yyyy"})
    zeros = book.add_format({"num_format": "000000000000"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value, zeros if place == 3 and number else None)
    book.close()


WRITERS = {
    "openpyxl": write_openpyxl,
    "inline": partial(write_xlsxwriter, constant_memory=True),
    "shared": partial(write_xlsxwriter, constant_memory=False),
}
TYPED = [
    [87011234567, "Анна", dt.date(1999, 12, 31), 123, True, "a & b"],
    [77011234567.5, " Ли\n", dt.datetime(2001, 2, 3, 4, 5, 6), 12345678901234567890, False, "_x000D_"],  # noqa: DTZ001
    ["+77011234567", "", dt.date(1900, 3, 1), "0", None, "#N/A"],
    [0, "😀", dt.date(1900, 1, 5), 1, "7.70112E+10", "<b>"],
]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_long_sheet_is_read_like_a_short_one(writer, tmp_path, reading):
    header = ["phone", "firstname", "date_of_birth", "identifier", "note", "more"]
    WRITERS[writer](tmp_path / "short.xlsx", [header, *TYPED])
    WRITERS[writer](tmp_path / "long.xlsx", [header, *TYPED * 2_000])
    short, long = reading(tmp_path / "short.xlsx"), reading(tmp_path / "long.xlsx")
    assert len(long.rows) == 8_000
    assert all(cells == short.rows[2 + (number - 2) % 4] for number, cells in long.rows.items())
    assert len(long.issues) == 2_000 * len(short.issues)
    assert {(2 + (row - 2) % 4, *rest) for row, *rest in long.issues} == set(short.issues)


def test_rows_that_are_packed_away_come_back_the_same(tmp_path, reading, monkeypatch):
    rows = [["phone", "note"], *([f"+7701{number:07}", "#N/A" if number % 7 else ""] for number in range(3_000))]
    write_xlsxwriter(tmp_path / "users.xlsx", rows, constant_memory=False)
    loose = reading(tmp_path / "users.xlsx")
    monkeypatch.setattr("importer.reading.workbook.sheet_store._LOOSE", 0)
    packed = reading(tmp_path / "users.xlsx")
    assert (packed.rows, packed.issues) == (loose.rows, loose.issues)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="@" t="inlineStr"><is><t>a</t></is>',
        '<c r="@" t="inlineStr"><is><t xml:space="preserve">a</t></is>',
        '<c r="@"><v>1</v>',
        '<c r="@"><f>A1</f><v>1</v>',
        '<c r="@">',
    ],
)
def test_a_cell_without_an_end_refuses_the_file(raw_xlsx, reading, cell):
    usual = '<c r="@"><v>1</v></c>'
    rows = sheet([(1, [usual, cell, usual]), (1, [usual] * 3)])
    with pytest.raises(RefusedFile, match="damaged"):
        reading(raw_xlsx(f"<worksheet><sheetData>{HEADER_ROW}{rows}</sheetData></worksheet>"))


def test_a_sheet_that_is_not_utf_8_is_refused(raw_xlsx, reading, tmp_path):
    row = '<row r="2"><c r="A2" t="str"><v>@</v></c></row>'
    path = raw_xlsx(f"<worksheet><sheetData>{HEADER_ROW}{row}</sheetData></worksheet>")
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as new:
        for name, part in parts.items():
            new.writestr(name, part.replace(b">@<", b">\xff<"))
    with pytest.raises(RefusedFile, match="damaged"):
        reading(tmp_path / "odd.xlsx")


ITEMS = {
    "<si><t>a &amp; b</t></si>": "a & b",
    '<si><t xml:space="preserve"> a</t></si>': " a",
    "<si><r><t>a</t></r><r><rPr><b/></rPr><t>!</t></r></si>": "a!",
    "<si><t>a</t><rPh><t>no</t></rPh></si>": "a",
    "<si/>": "",
    "<si />": "",
    "<si></si>": "",
    "<si><t/></si>": "",
    "<si\n><t>a</t></si>": "a",
    "<si>\n<t>a</t>\n</si>\n": "a",
    '<si a="1"><t>_x0041_</t></si>': "A",
}


def test_no_form_of_a_shared_string_moves_the_others(raw_xlsx, reading):
    items = [item for item in ITEMS for _ in range(2)]
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="s"><v>{number - 2}</v></c><c r="B{number}"><v>1</v></c></row>'
        for number in range(2, len(items) + 2)
    )
    content = f"<worksheet><sheetData>{HEADER_ROW}{rows}</sheetData></worksheet>"
    got = reading(raw_xlsx(content, f"<sst>{''.join(items)}</sst>"))
    assert [cells[0] for cells in got.rows.values()] == [ITEMS[item] for item in items]
