"""Workbooks are read as a person sees them, by whatever program they were written."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
import xlwt

from importer.errors import RefusedFile, UsageError

SOFFICE = shutil.which("soffice")
HEADER = ["phone", "firstname", "date_of_birth", "identifier", "note"]


def ops_workbook(path: Path) -> Path:
    """A sheet of instructions, then data below a banner, from B3 on, with everything that goes wrong in cells."""
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active["A1"] = "How to fill this in"
    sheet = book.create_sheet("Data")
    sheet["B2"] = "Clients"
    sheet.merge_cells("B2:D2")
    rows = {
        3: HEADER,
        4: [87011234567, "Анна", dt.date(1999, 12, 31), 123, True],
        5: [7011234567, "A & <b>", dt.datetime(1999, 12, 31, 10), "001", 1.5],  # noqa: DTZ001 (as in a cell)
        7: ["7.70112E+10", "  Ли ", 36525, "#N/A", 0.1],
        8: [12345678901234567890, "x\ny", dt.time(10, 30), "d", False],
        9: ["a", "b", "c", "d", "e", "far"],
    }
    for number, cells in rows.items():
        for place, value in enumerate(cells):
            sheet.cell(number, 2 + place, value)
    sheet["E4"].number_format = "000000000000"
    sheet["B5"].number_format = '"+7"0'
    sheet["D7"].number_format = "dd.mm.yyyy"
    sheet.row_dimensions[8].hidden = True
    book.create_sheet("Old").sheet_state = "hidden"
    book.save(path)
    return path


def expect_ops_workbook(got) -> None:
    assert got.header == (*HEADER, "")
    assert got.letters == list("BCDEFG")
    assert (got.dialect.sheet, got.dialect.header_row, got.dialect.first_column) == ("Data", 3, 1)
    assert got.rows[4] == ["87011234567", "Анна", "1999-12-31", "000000000123", "TRUE", ""]
    assert got.rows[5] == ["+77011234567", "A & <b>", "1999-12-31 10:00:00", "001", "1.5", ""]
    assert got.rows[7] == ["7.70112E+10", "  Ли ", "1999-12-31", "#N/A", "0.1", ""]
    assert got.rows[8][1:5] == ["x\ny", "10:30:00", "d", "FALSE"]
    assert got.rows[9] == ["a", "b", "c", "d", "e", "far"]
    assert list(got.rows) == [4, 5, 7, 8, 9]
    wrong = {(7, "#0", "cell_digits_lost"), (7, "#3", "cell_error"), (8, "#0", "cell_digits_lost")}
    assert set(got.issues) == wrong
    assert "1 hidden row" in got.warnings
    assert "sheet 'Data'" in got.warnings


def test_an_xlsx_is_read_as_seen(tmp_path: Path, reading):
    got = reading(ops_workbook(tmp_path / "ops.xlsx"))
    expect_ops_workbook(got)
    assert "hidden sheet" in got.warnings


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
def test_what_libreoffice_makes_of_it_is_read_the_same(tmp_path: Path, reading):
    source = ops_workbook(tmp_path / "ops.xlsx")
    for kind in ("ods", "xls"):
        libreoffice(source, kind)
        got = reading(source.with_suffix(f".{kind}"))
        assert got.dialect.format == kind
        expect_ops_workbook(got)
    (tmp_path / "again").mkdir()
    again = source.with_suffix(".ods").rename(tmp_path / "again" / "ops.ods")
    libreoffice(again, "xlsx")
    expect_ops_workbook(reading(again.with_suffix(".xlsx")))


def libreoffice(source: Path, kind: str) -> None:
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    command = [str(SOFFICE), "--headless", profile, "--convert-to", kind, "--outdir", str(source.parent), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)


def test_a_sheet_is_chosen_by_name_or_number(tmp_path: Path, reading):
    path = ops_workbook(tmp_path / "ops.xlsx")
    assert reading(path, sheet="read ME").header == ("How to fill this in",)
    assert reading(path, sheet="2").dialect.sheet == "Data"
    with pytest.raises(UsageError, match="'Data'"):
        reading(path, sheet="Clients")
    with pytest.raises(RefusedFile, match="'Old' is empty"):
        reading(path, sheet="Old")


def test_a_formula_without_a_value_is_an_error_and_one_with_a_blank_is_blank(raw_xlsx, reading):
    got = reading(
        raw_xlsx(
            '<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>phone</v></c>'
            '<c r="B1" t="str"><v>email</v></c></row>'
            '<row r="2"><c r="A2"><f>A1&amp;"x"</f></c><c r="B2" t="str"><f>IF(1,"")</f><v></v></c></row>'
            '<row r="3"><c r="A3"><f>1+1</f><v>2</v></c><c r="B3" t="e"><f>1/0</f><v>#BUSY!</v></c></row>'
            "</sheetData></worksheet>"
        )
    )
    assert got.rows[3] == ["2", "#BUSY!"]
    assert got.issues == [(2, "#0", "cell_formula"), (3, "#1", "cell_error")]


def test_xml_in_any_form_gives_the_same_cells(raw_xlsx, reading):
    plain = (
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
        '<row r="4"><c r="A4" s="0" t="n"><v>7.7E10</v></c><c r="C4" t="b"><v>1</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="A4:A6"/></mergeCells></worksheet>'
    )
    strings = "<sst><si><t>phone</t></si><si><r><t>e</t></r><r><t>mail</t></r><rPh><t>no</t></rPh></si></sst>"
    odd = (
        "<?xml version='1.0'?><!-- by hand --><x:worksheet xmlns:x='m'><x:sheetData>"
        "<x:row><x:c t='s'><x:v>0</x:v></x:c>"
        "<x:c t='s' r='C1'><x:v>1</x:v></x:c></x:row><x:row r='4'><x:c t='n' s='0' r='A4'><x:v>7.7E10</x:v></x:c>"
        "<x:c t='b' r='C4'><x:v><![CDATA[1]]></x:v></x:c></x:row></x:sheetData>"
        "<x:mergeCells><x:mergeCell ref='A4:A6'/></x:mergeCells></x:worksheet>"
    )
    odd_strings = strings.replace("<sst>", "<!-- --><sst>")
    single_quotes = plain.replace('"', "'")
    for sheet, texts in ((plain, strings), (single_quotes, strings), (odd, strings), (plain, odd_strings)):
        got = reading(raw_xlsx(sheet, texts))
        assert got.header == ("phone", "", "email")
        assert got.rows == {4: ["77000000000", "", "TRUE"]}
        assert "1 merged area" in got.warnings


def test_escapes_of_excel_are_undone(raw_xlsx, reading):
    sheet = (
        '<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>phone</v></c></row><row r="2"><c r="A2" t="str">'
        "<v>a_x000D_&#10;b &lt;_x005F_x0041_ _xD83D__xDE00_</v></c></row></sheetData></worksheet>"
    )
    assert reading(raw_xlsx(sheet)).rows == {2: ["a\r\nb <_x0041_ 😀"]}


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path, reading):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["phone", "date_of_birth"])
    book.active.append(["1", dt.date(1999, 12, 31)])
    book.save(tmp_path / "mac.xlsx")
    assert reading(tmp_path / "mac.xlsx").rows[2][1] == "1999-12-31"


def test_an_xls_is_read_as_seen(tmp_path: Path, reading):
    book = xlwt.Workbook()
    book.add_sheet("empty")
    sheet = book.add_sheet("users")
    for place, name in enumerate(HEADER):
        sheet.write(2, 1 + place, name)
    sheet.write(4, 1, 87011234567)
    sheet.write(4, 3, dt.date(1999, 12, 31), xlwt.easyxf(num_format_str="DD.MM.YYYY"))
    sheet.write(4, 4, 123, xlwt.easyxf(num_format_str="000000000000"))
    sheet.write(4, 5, True)
    sheet.row(4).hidden = True
    book.save(str(tmp_path / "old.xls"))
    got = reading(tmp_path / "old.xls")
    assert got.rows == {5: ["87011234567", "", "1999-12-31", "000000000123", "TRUE"]}
    assert (got.dialect.format, got.dialect.first_column, got.letters[0]) == ("xls", 1, "B")
    assert "1 hidden row" in got.warnings


def test_a_number_too_large_for_a_date_keeps_its_digits_in_an_xls_whose_column_is_of_dates(tmp_path: Path, reading):
    book = xlwt.Workbook()
    sheet = book.add_sheet("users")
    for place, look in enumerate(("DD.MM.YYYY", "h:mm", "[h]:mm:ss")):
        sheet.write(0, place, HEADER[place])
        for row, value in enumerate((77011234567, 1e300, -5.0, float("inf")), 1):
            sheet.write(row, place, value, xlwt.easyxf(num_format_str=look))
    book.save(str(tmp_path / "old.xls"))
    got = reading(tmp_path / "old.xls")
    assert got.rows[2][:2] == ["77011234567"] * 2
    assert got.rows[4] == ["-5"] * 3
    assert list(got.rows) == [2, 3, 4, 5]


def test_an_ods_gives_errors_repeats_and_shown_digits(raw_ods, reading):
    cell = '<table:table-cell office:value-type="float" office:value="123"><text:p>{}</text:p></table:table-cell>'
    got = reading(
        raw_ods(
            f"<table:table-row>{cell.format('000123')}</table:table-row>"
            '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
            f'<table:table-row table:number-rows-repeated="2" table:visibility="collapse">{cell.format("123,00")}'
            "</table:table-row>"
            '<table:table-row><table:table-cell table:formula="of:=1/0" calcext:value-type="error">'
            "<text:p>#DIV/0!</text:p>"
            "</table:table-cell></table:table-row>"
            '<table:table-row><table:table-cell table:formula="of:=NOW()"/></table:table-row>'
            '<table:table-row><table:table-cell office:value-type="string"><office:annotation><text:p>hint</text:p>'
            '</office:annotation><text:p>a<text:s text:c="2"/><text:ruby><text:ruby-base>b</text:ruby-base>'
            "<text:ruby-text>reading</text:ruby-text></text:ruby><text:note><text:note-citation>1</text:note-citation>"
            "<text:note-body><text:p>note</text:p></text:note-body></text:note></text:p><text:p>c"
            '<text:hidden-text text:is-hidden="true">hidden</text:hidden-text><text:script>run()</text:script>'
            "<text:tracked-changes><text:deletion><text:p>old</text:p></text:deletion></text:tracked-changes></text:p>"
            "</table:table-cell></table:table-row>"
        )
    )
    assert got.rows == {2: ["000123"], 6: ["123"], 7: ["123"], 8: ["#DIV/0!"], 9: [""], 10: ["a  b\nc"]}
    assert got.issues == [(8, "#0", "cell_error"), (9, "#0", "cell_formula")]
    assert "2 hidden rows" in got.warnings


@pytest.mark.parametrize("shown", ["<text:p/>", "<text:p></text:p>"])
def test_a_formula_that_gave_an_empty_text_is_a_blank_cell_of_an_ods(raw_ods, reading, shown):
    """As LibreOffice writes =IF(A1="";"";A1), and as other formats are read; one that was never reckoned has none."""
    formula = '<table:table-cell table:formula="of:=IF(1;&quot;&quot;;0)">{}</table:table-cell>'
    text = '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>'
    got = reading(
        raw_ods("".join(f"<table:table-row>{text}{formula.format(one)}</table:table-row>" for one in (shown, "")))
    )
    assert got.issues == [(3, "#1", "cell_formula")]
    assert got.rows[2][:1] == ["a"]


@pytest.mark.parametrize(
    ("kind", "value", "shown", "text"),
    [
        ("float", 'value="77011234567"', "тел. +77011234567", "тел. +77011234567"),
        ("float", 'value="77011234567"', "тел. 77011234567", "77011234567"),
        ("date", 'date-value="1999-12-31T23:59:59.997"', "31.12.1999", "1999-12-31 23:59:59"),
        ("date", 'date-value="1999-12-31T23:59:59.999999999"', "01.01.2000", "2000-01-01"),
        ("date", 'date-value="1999-12-31"', "31.12.1999", "1999-12-31"),
        ("date", 'date-value="0999-12-31T10:00:00"', "31.12.0999", "0999-12-31 10:00:00"),
    ],
)
def test_a_cell_of_an_ods_says_what_it_shows(raw_ods, reading, kind, value, shown, text):
    cell = f'<table:table-cell office:value-type="{kind}" office:{value}><text:p>{shown}</text:p></table:table-cell>'
    assert reading(raw_ods(f"<table:table-row>{cell}</table:table-row>")).rows == {2: [text]}


def test_a_workbook_whose_directory_points_before_its_start_is_refused_as_damaged(tmp_path: Path, reading):
    path = ops_workbook(tmp_path / "ops.xlsx")
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x05\x06") + 16  # where the end of a zip says that its directory begins
    told = int.from_bytes(content[place : place + 4], "little")
    content[place : place + 4] = (told + len(content)).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(RefusedFile, match="damaged or cut-short workbook"):
        reading(path)


FIVE = ("phone", "a", "b", "c", "d")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ('<col min="3" max="5" hidden="1"/>', "3 hidden columns"),
        ('<col min="2" max="2" hidden="1"/><col min="4" max="16384" hidden="true"/>', "3 hidden columns"),
        ('<col min="2" max="3" hidden="0"/><col min="5" max="5" hidden="1"/>', "1 hidden column "),
        ('<col min="6" max="16384" hidden="1"/>', ""),
        ('<col min="1" max="5" width="9"/>', ""),
    ],
)
@pytest.mark.parametrize("plain", [True, False])
def test_the_hidden_columns_of_an_xlsx_are_counted_as_far_as_it_is_used(raw_xlsx, reading, columns, told, plain):
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{"ABCDE"[at]}{row}" t="str"><v>{name}{row}</v></c>' for at, name in enumerate(FIVE))
        + "</row>"
        for row in (1, 2)
    ).replace("phone1", "phone")
    comment = "" if plain else "<!-- so that it is no plain part -->"
    got = reading(raw_xlsx(f"<worksheet><cols>{columns}</cols><sheetData>{comment}{rows}</sheetData></worksheet>"))
    assert got.header[0] == "phone"
    assert told in got.warnings
    assert ("hidden" in got.warnings) == bool(told)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ([("visible", 1), ("collapse", 3), ("visible", 1)], "3 hidden columns"),
        ([("visible", 2), ("filter", 1), ("visible", 1), ("collapse", 16_380)], "2 hidden columns"),
        ([("visible", 5), ("collapse", 1_019)], ""),
    ],
)
def test_the_hidden_columns_of_an_ods_are_counted_as_far_as_it_is_used(raw_ods, reading, columns, told):
    of_columns = "".join(
        f'<table:table-column table:visibility="{how}" table:number-columns-repeated="{count}"/>'
        for how, count in columns
    )
    cells = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>' * 5
    got = reading(raw_ods(f"<table:table-row>{cells}</table:table-row>", of_columns))
    assert told in got.warnings
    assert ("hidden" in got.warnings) == bool(told)


def test_the_hidden_columns_of_an_xls_are_counted_as_far_as_it_is_used(tmp_path: Path, reading):
    book = xlwt.Workbook()
    sheet = book.add_sheet("users")
    for place, name in enumerate(FIVE):
        sheet.write(0, place, name)
    for place in (1, 3, 7):
        sheet.col(place).hidden = True
    sheet.write(1, 0, "1")
    book.save(str(tmp_path / "old.xls"))
    assert "2 hidden columns" in reading(tmp_path / "old.xls").warnings
