"""What is read of many cells at once is what is read of them one by one, whatever program wrote the sheet."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.errors import RefusedFile
from importer.reading.limits import MIB
from importer.reading.record_batch import TEXT
from importer.reading.workbook.plain_xml import BROKEN, PAD
from importer.reading.workbook.sheets import Grid, Marks, SheetRow
from importer.reading.workbook.xlsx_cells import SheetReader
from importer.reading.workbook.xlsx_grid import GridReader
from importer.reading.workbook.xlsx_strings import SharedStrings, _at_once, _items

HEADER_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
KINDS = ["number", "date", "time", "pattern:000000000000", 'pattern:"+7"0', "number"]
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
STYLES = st.sampled_from(["", *(f' s="{number}"' for number in range(len(KINDS) + 2))])
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


def reader() -> SheetReader:
    return SheetReader(SharedStrings(pa.array(STRINGS, TEXT)), KINDS, epoch_1904=False, name="users.xlsx")


def shown(rows: list[SheetRow | Grid]) -> list[tuple]:
    """Number, texts and flags of each row that shows something."""
    single = [row for one in rows for row in (one.rows() if isinstance(one, Grid) else [one])]
    plain = [(row.number, {place: text for place, text in row.cells.items() if text}, row.flags) for row in single]
    return [row for row in plain if row[1] or row[2]]


def one_by_one(xml: str) -> list[SheetRow | Grid]:
    """The rows by the exact reader alone."""
    return list(reader().plain([f"<worksheet>{' ' * 100}{xml}".encode()], Marks()))


def at_once(xml: str) -> list[SheetRow | Grid] | None:
    """The rows of a block all at once; None if it is left to the exact reader."""
    exact = reader()
    grid = GridReader(exact._strings, KINDS, exact._exact, epoch_1904=False).grid(xml.encode() + PAD, 0, print)
    return None if grid is None else [grid]


def result(read: Callable[[str], list[SheetRow | Grid] | None], xml: str) -> list[tuple] | str:
    try:
        rows = read(xml)
    except (*BROKEN, RefusedFile):
        return "raised"
    return "left" if rows is None else shown(rows)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, first=st.sampled_from([0, 20, 700]))
def test_rows_read_at_once_are_the_rows_read_cell_by_cell(rows, first):
    xml = sheet(rows, first)
    exact, quick = result(one_by_one, xml), result(at_once, xml)
    assert quick in ("raised", "left") if exact == "raised" else quick in ("left", exact)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    xml=ROWS.map(sheet),
    place=st.integers(0),
    mark=st.sampled_from(["<", ">", '"', "/", " ", "</c>", "</row>", "A", "é"]),
)
def test_broken_rows_read_at_once_are_the_rows_read_cell_by_cell(xml, place, mark):
    place %= len(xml)
    broken = xml[:place] + mark + xml[place + 1 :]
    exact, quick = result(one_by_one, broken), result(at_once, broken)
    assert quick in ("raised", "left") if exact == "raised" else quick in ("left", exact)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="@" t="inlineStr"><is><t>Ким</t></is></c>',
        '<c r="@" s="1" t="inlineStr"><is><t xml:space="preserve"> a &amp; b</t></is></c>',
        '<c r="@" t="inlineStr" />',
        '<c r="@" s="1" t="s"><v>2</v></c>',
        '<c r="@" t="str"><f>A1&amp;"x"</f><v>y</v></c>',
        '<c r="@" t="str"><f>IF(A1,"")</f><v></v></c>',
        '<c r="@" s="1"><f t="shared" si="0"/><v>36525</v></c>',
        '<c r="@"><v>77011234567</v></c>',
        '<c r="@" s="3" t="n"><v>123</v></c>',
        '<c r="@" s="1"><v>36525.75</v></c>',
        '<c r="@" t="e"><v>#N/A</v></c>',
        '<c r="@" t="b"><v>1</v></c>',
        '<c r="@" s="2"/>',
    ],
)
def test_cells_as_programs_write_them_need_no_look_at_each(cell):
    def look(stretch: str) -> Iterator[SheetRow]:
        raise AssertionError(stretch)

    xml = sheet([(1, [cell, cell])] * 3 + [(1, ['<c r="@"><v>1</v></c>'])])
    grid = GridReader(reader()._strings, KINDS, look, epoch_1904=False).grid(xml.encode() + PAD, 0, print)
    assert grid is not None
    assert shown([grid]) == shown(one_by_one(xml))


def test_one_unusual_row_leaves_the_others_to_be_read_at_once():
    usual, wrong = '<c r="@"><v>1</v></c>', '<c r="@" t="e"><v>#N/A</v></c>'
    odd = '<c r="@" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>'
    looked_at: list[str] = []

    def look(stretch: str) -> Iterator[SheetRow]:
        looked_at.append(stretch)
        return reader()._exact(stretch)

    xml = sheet([(1, [usual] * 3)] * 5 + [(1, [usual, odd, wrong])] + [(1, [usual] * 3)] * 5)
    grid = GridReader(reader()._strings, KINDS, look, epoch_1904=False).grid(xml.encode() + PAD, 0, print)
    assert grid is not None
    assert shown([grid]) == shown(one_by_one(xml))
    assert len(looked_at) == 1
    assert looked_at[0].startswith('<c r="A7">')


def test_every_number_in_every_style_shows_what_the_exact_reader_shows():
    values = [*EDGES, *(str(10**power + step) for power in range(18) for step in (-1, 0, 1))]
    for style in ("", *(f' s="{number}"' for number in range(len(KINDS) + 1))):
        xml = sheet([(1, [f'<c r="@"{style}><v>{value}</v></c>' for value in values])])
        assert result(at_once, xml) == result(one_by_one, xml)


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
def test_a_cell_without_an_end_is_never_read_at_once(cell):
    usual = '<c r="@"><v>1</v></c>'
    xml = sheet([(1, [usual] * 3)] * 4 + [(1, [usual, cell, usual])] + [(1, [usual] * 3)] * 4)
    assert result(one_by_one, xml) == "raised"
    assert result(at_once, xml) in ("raised", "left")


def test_a_block_that_is_not_utf_8_is_left_to_the_exact_reader():
    xml = sheet([(1, ['<c r="@" t="str"><v>a</v></c>'])] * 3).encode().replace(b">a<", b">\xff<")
    assert GridReader(reader()._strings, KINDS, reader()._exact, epoch_1904=False).grid(xml + PAD, 0, print) is None


def test_a_block_with_very_much_shared_text_is_left_to_be_read_row_by_row():
    strings = SharedStrings(pa.array(["x" * MIB], TEXT))
    xml = sheet([(1, ['<c r="@" t="s"><v>0</v></c>'])] * 40)
    assert GridReader(strings, KINDS, reader()._exact, epoch_1904=False).grid(xml.encode() + PAD, 0, print) is None


ITEMS = st.one_of(
    TEXTS.map("<si><t>{}</t></si>".format),
    TEXTS.map('<si><t xml:space="preserve">{}</t></si>'.format),
    TEXTS.map("<si><r><t>{}</t></r><r><t>!</t></r></si>".format),
    TEXTS.map("<si><t>{}</t><rPh><t>no</t></rPh></si>".format),
    st.sampled_from(
        ["<si/>", "<si />", "<si></si>", "<si><t/></si>", "<si\n><t>a</t></si>", "<si>\n<t>a</t>\n</si>\n"]
    ),
)
ODD_ITEMS = st.sampled_from(["<si><t>a</t>", "<t>a</t>", "</si>", "<si", "<!-- -->", "é", '<si a="1"><t>a</t></si>'])


@settings(max_examples=300, deadline=None)
@given(items=st.lists(st.one_of(ITEMS, ITEMS, ITEMS, ODD_ITEMS), max_size=20))
@example(items=["<si><t>a</t></si>", "<t>b</t>", "<si><r><t>c</t></r></si>"])
def test_shared_strings_read_at_once_are_those_read_one_by_one(items):
    block = "<sst>" + "".join(items)

    def taken(read: Callable[[], object]) -> object:
        try:
            return read()
        except BROKEN:
            return "raised"

    exact, quick = taken(lambda: _items(block)), taken(lambda: _at_once(block.encode() + PAD))
    if isinstance(quick, pa.Array):
        assert quick.to_pylist() == exact
    else:
        assert quick is None or exact == "raised"


@given(items=st.lists(ITEMS.filter(lambda item: "&no;" not in item), max_size=20))
def test_no_form_of_a_shared_string_moves_the_others(items):
    assert len(_items("".join(items))) == len(items)


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
