import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import python_calamine

from importer.errors import StorageFailed, UsageError
from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect
from importer.writing import check_target, result_block, write_output, xlsx_writer

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
Make = Callable[..., Any]
FORMATS = ("xlsx", "ods", "xls")
ODD_TEXTS = (
    "=1+1", "@SUM(A1)", " leading", "trailing ", "two  blanks   three", "line\nbreak", "\nfirst\n\nlast\n",
    "<b>&amp;\"'", "000000012345", "+77011112233", "TRUE", "1.0", "#N/A", "Әсел 😀", "_x0041_", "-",
)  # fmt: skip


def written(table: Any, results: Any, tmp_path: Path, extension: str, dropped: Any = ()) -> Path:
    output = tmp_path / f"users.result.{extension}"
    write_output(table, dropped, results, output, tmp_path / f"users.rejected.{extension}")
    return output


def rows_of(path: Path, sheet: int = 0) -> list[list[Any]]:
    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(sheet).to_python(skip_empty_area=False)


@pytest.mark.parametrize("extension", FORMATS)
def test_every_cell_is_text_and_reads_back_exactly(
    make_table: Make, outcomes: Make, tmp_path: Path, extension: str
) -> None:
    rows = [(text, f"{number}") for number, text in enumerate(ODD_TEXTS)]
    path = written(make_table(rows, dialect=Dialect(extension), chunk_rows=5), outcomes(), tmp_path, extension)
    found = rows_of(path)
    assert found[0] == ["phone", "firstname", *RESULT_COLUMNS]
    assert [tuple(row[:4]) for row in found[1:]] == [(*row, UUID, "created") for row in rows]


@pytest.mark.parametrize("extension", FORMATS)
def test_rows_columns_and_sheet_stay_where_they_are_in_the_input(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path, extension: str
) -> None:
    dialect = Dialect(extension, sheet="Клиенты", header_row=3, first_column=1)
    table = make_table({4: ("1", "a"), 8: ("2", "b"), 9: ("3", "c")}, dialect=dialect, chunk_rows=2)
    found = rows_of(written(table, outcomes({9: invalid()}), tmp_path, extension))
    assert [row[1] for row in found] == ["", "", "phone", "1", "", "", "", "2", "3"]
    assert {row[0] for row in found} == {""}
    rejected = tmp_path / f"users.rejected.{extension}"
    assert [row[1:3] for row in rows_of(rejected)] == [["phone", "firstname"], ["3", "c"]]
    assert python_calamine.CalamineWorkbook.from_path(rejected).sheet_names == ["Клиенты"]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_banner_above_the_header_comes_back(make_table: Make, outcomes: Make, tmp_path: Path, extension: str) -> None:
    source = tmp_path / "source.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(["Выгрузка", None, 12.5])
    workbook.active.append([])
    workbook.active.append(["phone", "firstname"])
    workbook.save(source)
    dialect = Dialect(extension, sheet="Sheet", header_row=3)
    table = make_table([("1", "a")], dialect=dialect, path=source)
    found = rows_of(written(table, outcomes(), tmp_path, extension))
    assert found[0][0] == "Выгрузка"
    assert str(found[0][2]) == "12.5"
    assert found[1][0] == ""
    assert found[2][:2] == ["phone", "firstname"]


@pytest.mark.parametrize("extension", FORMATS)
def test_surplus_cells_follow_the_results(make_table: Make, outcomes: Make, tmp_path: Path, extension: str) -> None:
    table = make_table([("1", "a"), ("2", "b")], dialect=Dialect(extension), surplus={3: ("x", "", "y")})
    found = rows_of(written(table, outcomes(), tmp_path, extension))
    assert found[2][:3] == ["2", "b", UUID]
    assert found[2][7:] == ["x", "", "y"]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_header_without_rows_gives_a_workbook_with_a_header(
    make_table: Make, outcomes: Make, tmp_path: Path, extension: str
) -> None:
    found = rows_of(written(make_table([], dialect=Dialect(extension)), outcomes(), tmp_path, extension))
    assert found == [["phone", "firstname", *RESULT_COLUMNS]]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_cell_longer_than_a_spreadsheet_holds_says_that_it_is_cut(
    make_table: Make, outcomes: Make, tmp_path: Path, extension: str
) -> None:
    found = rows_of(written(make_table([("1", "я" * 40_000)]), outcomes(), tmp_path, extension))
    assert found[1][1].startswith("яяя")
    assert found[1][1].endswith("… [cut: longer than a cell can be]")
    assert len(found[1][1]) <= 32_767


def test_tabs_are_kept_in_the_way_of_each_format(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    table = make_table([("a\tb", "x")])
    assert rows_of(written(table, outcomes(), tmp_path, "xlsx"))[1][0] == "a\tb"
    assert rows_of(written(table, outcomes(), tmp_path, "xls"))[1][0] == "a\tb"
    with zipfile.ZipFile(written(table, outcomes(), tmp_path, "ods")) as archive:
        assert b"<text:p>a<text:tab/>b</text:p>" in archive.read("content.xml")


def test_characters_that_xml_cannot_hold_come_back_from_xlsx(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    found = rows_of(written(make_table([("a\x00b\rc", "\ufffe")]), outcomes(), tmp_path, "xlsx"))
    assert found[1][0] == "a\x00b\rc"


def test_characters_that_xml_cannot_hold_are_pictured_in_ods(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    found = rows_of(written(make_table([("a\x00b", "\x1b")]), outcomes(), tmp_path, "ods"))
    assert found[1][:2] == ["a␀b", "␛"]


def test_an_xlsx_can_be_worked_on(make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path) -> None:
    """Frozen header, filter over all rows, text cells, coloured status, wrong cells coloured with their errors."""
    wrong = [(3, 0, "phone: '8701' has 4 digits"), (3, 1, "first\nline"), (3, 1, "second"), (4, 0, "phone is missing")]
    table = make_table([("+77011112233", "a"), ("8701", "b"), ("", "c")], dialect=Dialect("xlsx"))
    path = written(table, outcomes({3: invalid(), 4: invalid()}, wrong), tmp_path, "xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G4"
    assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value} == {"@"}
    fills = {cell.coordinate: cell.fill.fgColor.rgb for row in sheet.iter_rows(min_row=2) for cell in row}
    assert fills["A3"] == fills["B3"] == fills["A4"] == "FFFFC7CE"
    assert fills["A2"] == fills["B2"] == fills["B4"] == "00000000"
    assert fills["D2"] != fills["D3"] == fills["D4"]
    comments = {
        cell.coordinate: cell.comment.text for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment
    }
    assert comments["A3"] == "Import: phone: '8701' has 4 digits"
    assert comments["B3"] == "Import: first line\nsecond"
    assert comments["A4"] == "Import: phone is missing"
    assert set(comments) == {"A3", "B3", "A4"}
    assert sheet.column_dimensions["C"].width > 36


def test_an_ods_can_be_worked_on(make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path) -> None:
    table = make_table([("8701", "a"), ("", "b")], dialect=Dialect("ods", sheet="A'&<x"))
    bad = outcomes({2: invalid(), 3: invalid()}, [(2, 0, "4 digits <&>"), (3, 0, "missing")])
    path = written(table, bad, tmp_path, "ods")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        content = archive.read("content.xml").decode()
        settings = archive.read("settings.xml").decode()
        for name in ("content.xml", "settings.xml", "styles.xml", "META-INF/manifest.xml"):
            ET.fromstring(archive.read(name))
        assert archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
    assert names[0] == "mimetype"
    assert "'A''&amp;&lt;x'.A1:'A''&amp;&lt;x'.G3" in content
    assert '"VerticalSplitPosition" config:type="int">1<' in settings
    assert "<office:annotation><text:p>Import: 4 digits &lt;&amp;&gt;</text:p></office:annotation>" in content
    assert rows_of(path)[1][0] == "8701"
    assert rows_of(path)[2][0] == ""


def test_wrong_cells_of_the_rejected_file_are_marked_where_they_stand_there(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    table = make_table({row: (str(row), "a") for row in range(2, 8)}, dialect=Dialect("xlsx"))
    wrong = [(3, 1, "third"), (7, 0, "seventh")]
    written(table, outcomes({3: invalid(), 7: invalid()}, wrong), tmp_path, "xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "users.rejected.xlsx").active
    assert [
        (cell.coordinate, cell.comment.text) for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment
    ] == [
        ("B2", "Import: third"),
        ("A3", "Import: seventh"),
    ]


@pytest.mark.parametrize("extension", ["xlsx", "ods"])
def test_a_block_written_in_slices_is_the_same_as_one_written_whole(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    table = make_table([(str(row), "x") for row in range(7)], dialect=Dialect(extension), surplus={6: ("s",)})
    bad = outcomes({3: invalid(), 8: invalid()}, [(3, 0, "third"), (8, 1, "eighth")])
    part = {"xlsx": "xl/worksheets/sheet1.xml", "ods": "content.xml"}[extension]
    sheets = []
    for cells in (700, 21, 1):
        monkeypatch.setattr(result_block, "_CELLS_AT_ONCE", cells)
        with zipfile.ZipFile(written(table, bad, tmp_path, extension)) as archive:
            sheets.append(archive.read(part))
    assert sheets[0] == sheets[1] == sheets[2]


def test_comments_are_capped_and_colours_are_not(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_writer, "MOST_COMMENTS", 3)
    bad = {row: invalid() for row in range(2, 12)}
    table = make_table([("8", "a")] * 10, dialect=Dialect("xlsx"), chunk_rows=2)
    path = written(table, outcomes(bad, [(row, 0, "bad") for row in bad]), tmp_path, "xlsx")
    column = openpyxl.load_workbook(path).active["A"][1:]
    assert sum(cell.comment is not None for cell in column) == 3
    assert {cell.fill.fgColor.rgb for cell in column} == {"FFFFC7CE"}


def test_a_sheet_name_that_spreadsheets_refuse_is_made_acceptable(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    table = make_table(dialect=Dialect("ods", sheet="'Клиенты [2024]: список " + "x" * 40))
    path = written(table, outcomes(), tmp_path, "xlsx")
    (name,) = openpyxl.load_workbook(path).sheetnames
    assert name.startswith("Клиенты  2024   список")
    assert len(name) <= 31


def test_more_columns_than_xls_holds_stop_before_anything_is_replaced(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    header = tuple(f"c{number}" for number in range(252))
    table = make_table([("x",) * 252], header=header, dialect=Dialect("xls"))
    with pytest.raises(StorageFailed, match=r"256 columns.*\.xlsx"):
        written(table, outcomes(), tmp_path, "xls")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_every_format_with_the_same_cells_colours_and_comments(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    rows = [(text, "x") for text in ODD_TEXTS if "\n" not in text]
    for extension in FORMATS:
        path = written(
            make_table(rows, dialect=Dialect(extension)), outcomes(wrong=[(2, 0, "bad")]), tmp_path, extension
        )
        path.rename(tmp_path / f"{extension}.{extension}")
    convert = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]
    files = {extension: str(tmp_path / f"{extension}.{extension}") for extension in FORMATS}
    for target, sources in (
        ("csv:Text - txt - csv (StarCalc):44,34,76,1", list(files.values())),
        ("xlsx", [files["xls"], files["ods"]]),
    ):
        command = [*convert, target, "--outdir", str(tmp_path / target[:4]), *sources]
        subprocess.run(command, check=True, capture_output=True, timeout=90)
    for extension in FORMATS:
        lines = io.StringIO((tmp_path / "csv:" / f"{extension}.csv").read_text("utf-8")).read().splitlines()
        assert len(lines) == len(rows) + 1
        assert [line.split('"')[1].replace('""', '"') for line in lines[2:5]] == [text for text, _ in rows[1:4]]
    for extension in ("xls", "ods"):
        sheet = openpyxl.load_workbook(tmp_path / "xlsx" / f"{extension}.xlsx").active
        assert sheet["A2"].fill.fgColor.rgb != sheet["A3"].fill.fgColor.rgb
        assert sheet["D2"].fill.fgColor.rgb != sheet["B2"].fill.fgColor.rgb
        assert sheet["A2"].number_format == "@"
    assert sheet["A2"].comment.text == "Import: bad"
    assert sheet.auto_filter.ref == f"A1:G{len(rows) + 1}"


def test_a_cell_that_reads_like_the_library_own_markup_comes_back_as_text(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    texts = [
        "<r>x</r>",
        "<r><t>y</t></r>",
        "<r></r>",
        "<r>broken <& </r>",
        "_x0041_x0042_x0043_",
        "<r>_x0041_x0042_</r>",
        "_x0041_",
    ]
    table = make_table([(text, "a") for text in texts], header=("<r>phone</r>", "firstname"), dialect=Dialect("xlsx"))
    found = rows_of(written(table, outcomes(), tmp_path, "xlsx"))
    assert [row[0] for row in found] == ["<r>phone</r>", *texts]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_cell_as_long_as_a_spreadsheet_holds_is_not_cut(
    make_table: Make, outcomes: Make, tmp_path: Path, extension: str
) -> None:
    rows = [("1", "я" * 32_767), ("2", "x" * 32_768)]
    found = rows_of(written(make_table(rows, dialect=Dialect(extension)), outcomes(), tmp_path, extension))
    assert found[1][1] == "я" * 32_767
    assert found[2][1].endswith("… [cut: longer than a cell can be]")


def test_an_xls_without_its_library_is_a_usage_error_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlwt", None)
    monkeypatch.delitem(sys.modules, "importer.writing.xls_writer", raising=False)
    with pytest.raises(UsageError, match=r"pip install xlwt, or ask for \.xlsx"):
        check_target(tmp_path / "users.result.xls", input=tmp_path / "users.csv", force=False)
