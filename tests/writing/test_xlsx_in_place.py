import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table

from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect
from importer.writing import in_place_choice, write_output
from importer.writing import xlsx_in_place as in_place

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
Make = Callable[..., Any]
HEADER = ("phone", "firstname")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Path]:
    """A workbook as a person made it: styles, a banner, another sheet."""

    def make(
        edit: Callable[[Any], None] | None = None, rows: Any = (("87011112233", "Айгерим"), (8701, "Ким"))
    ) -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.title = "Клиенты"
        sheet["B1"] = "Выгрузка"
        for column, name in enumerate(HEADER, start=2):
            sheet.cell(3, column, name).font = Font(bold=True, name="Georgia")
        for number, cells in enumerate(rows, start=4):
            for column, cell in enumerate(cells, start=2):
                sheet.cell(number, column, cell)
        sheet.column_dimensions["B"].width = 33
        workbook.create_sheet("Итоги")["A1"] = "=1+1"
        if edit is not None:
            edit(workbook)
        path = tmp_path / "users.xlsx"
        workbook.save(path)
        return path

    return make


@pytest.fixture
def import_it(make_table: Make, tmp_path: Path) -> Callable[..., Any]:
    """Writes outcomes into a source and loads the output."""

    def run(path: Path, results: Any, header: Any = HEADER, dropped: Any = (), **options: Any) -> Any:
        values = (
            python_calamine.CalamineWorkbook.from_path(path)
            .get_sheet_by_name("Клиенты")
            .to_python(skip_empty_area=False)
        )
        rows = {
            number: [str(cell) for cell in row[1 : 1 + len(header)]]
            for number, row in enumerate(values, start=1)
            if number > 3 and any(row)
        }
        dialect = Dialect("xlsx", sheet="Клиенты", header_row=3, first_column=1)
        table = make_table(rows, header=tuple(header), dialect=dialect, path=path, **options)
        output = tmp_path / "users.result.xlsx"
        write_output(table, dropped, results, output, tmp_path / "users.rejected.xlsx")
        return openpyxl.load_workbook(output)

    return run


def texts(row: Any) -> list[Any]:
    return [cell.value for cell in row]


def test_the_look_of_the_workbook_stays(source: Make, import_it: Make, outcomes: Make) -> None:
    workbook = import_it(source(), outcomes())
    sheet = workbook["Клиенты"]
    assert workbook.sheetnames == ["Клиенты", "Итоги"]
    assert workbook["Итоги"]["A1"].value == "=1+1"
    assert sheet["B1"].value == "Выгрузка"
    assert sheet.column_dimensions["B"].width == 33
    assert (sheet["B3"].font.name, sheet["D3"].font.name) == ("Georgia", "Georgia")
    assert texts(sheet[3])[1:] == [*HEADER, *RESULT_COLUMNS]
    assert texts(sheet[4])[1:5] == ["87011112233", "Айгерим", UUID, "created"]
    assert sheet["B5"].value == 8701
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "B3:H5"


def test_wrong_cells_and_statuses_are_marked(source: Make, import_it: Make, outcomes: Make, invalid: Make) -> None:
    sheet = import_it(source(), outcomes({5: invalid("=phone: too short")}, [(5, 0, "too short")]))["Клиенты"]
    assert sheet["B5"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["B5"].comment.text == "Import: too short"
    assert sheet["E5"].fill.fgColor.rgb != sheet["E4"].fill.fgColor.rgb
    assert (sheet["G5"].value, sheet["G5"].data_type) == ("=phone: too short", "s")
    assert sheet["B4"].comment is None


def test_a_comment_of_the_person_is_kept_beside_ours(
    source: Make, import_it: Make, outcomes: Make, invalid: Make
) -> None:
    def edit(workbook: Any) -> None:
        workbook.active["B5"].comment = Comment("ask her again", "Анна")

    path = source(edit)
    sheet = import_it(path, outcomes({5: invalid()}, [(5, 0, "too short")]))["Клиенты"]
    assert sheet["B5"].comment.text == "ask her again\nImport: too short"


def test_an_earlier_output_corrected_in_place_is_written_over(
    source: Make, import_it: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    def note(workbook: Any) -> None:
        workbook.active["C5"].comment = Comment("ask her again", "Анна")

    marks = [(5, 0, "too short"), (5, 1, "odd")]
    first = import_it(source(note), outcomes({5: invalid()}, marks))
    corrected = tmp_path / "corrected.xlsx"
    first["Клиенты"]["B5"] = "87011112244"
    first["Клиенты"]["B5"].fill = PatternFill("solid", fgColor="FFFFC7CE")
    first.save(corrected)
    again = import_it(corrected, outcomes(), header=(*HEADER, *RESULT_COLUMNS), dropped=range(2, 7))["Клиенты"]
    assert texts(again[3])[1:] == [*HEADER, *RESULT_COLUMNS]
    assert texts(again[5])[1:5] == ["87011112244", "Ким", UUID, "created"]
    assert texts(again[5])[5:] == [None, None, None]
    assert again["B5"].comment is None
    assert again["B5"].fill.fill_type is None
    assert again["C5"].comment.text == "ask her again"


def test_result_columns_that_are_partly_gone_are_completed(source: Make, import_it: Make, outcomes: Make) -> None:
    def edit(workbook: Any) -> None:
        workbook.active["D3"] = " Import_Status "

    sheet = import_it(source(edit), outcomes(), header=(*HEADER, " Import_Status "), dropped=[2])["Клиенты"]
    assert texts(sheet[4])[3:5] == ["created", UUID]
    assert texts(sheet[3])[4:] == [name for name in RESULT_COLUMNS if name != "import_status"]


def test_formulas_of_the_data_become_the_values_they_had(
    source: Make, import_it: Make, outcomes: Make, tmp_path: Path
) -> None:
    def edit(workbook: Any) -> None:
        workbook.active["B5"] = "=8700+1"

    path = source(edit)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet_part = "xl/worksheets/sheet1.xml"
    assert b"<f>8700+1</f><v" in parts[sheet_part]
    parts[sheet_part] = parts[sheet_part].replace(b"<f>8700+1</f><v></v>", b"<f>8700+1</f><v>8701</v>")
    parts[sheet_part] = parts[sheet_part].replace(b"<f>8700+1</f><v />", b"<f>8700+1</f><v>8701</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    sheet = import_it(path, outcomes())["Клиенты"]
    assert (sheet["B5"].value, sheet["B5"].data_type) == ("8701", "s")
    assert sheet["B3"].font.name == "Georgia"


def test_the_results_stand_right_of_all_that_stands_there(source: Make, import_it: Make, outcomes: Make) -> None:
    def edit(workbook: Any) -> None:
        workbook.active["D4"] = "surplus"
        workbook.active["D4"].font = Font(italic=True)
        workbook.active.merge_cells("D5:F6")

    sheet = import_it(source(edit), outcomes())["Клиенты"]
    assert sheet["D4"].value == "surplus"
    assert sheet["D4"].font.italic
    assert [str(area) for area in sheet.merged_cells.ranges] == ["D5:F6"]
    assert texts(sheet[3])[6:] == list(RESULT_COLUMNS)
    assert [sheet[f"G{row}"].value for row in (4, 5)] == [UUID, UUID]


def test_one_width_for_many_columns_does_not_overlap_the_new_ones(
    source: Make, import_it: Make, outcomes: Make
) -> None:
    def edit(workbook: Any) -> None:
        dimension = workbook.active.column_dimensions["C"]
        dimension.min, dimension.max, dimension.width, dimension.hidden = 3, 16_384, 12, True

    sheet = import_it(source(edit), outcomes())["Клиенты"]
    assert (sheet.column_dimensions["C"].min, sheet.column_dimensions["C"].max) == (3, 3)
    assert sheet.column_dimensions["D"].width == 38
    assert not sheet.column_dimensions["D"].hidden


def test_a_filter_of_the_person_is_widened_and_a_frozen_pane_kept(
    source: Make, import_it: Make, outcomes: Make
) -> None:
    def edit(workbook: Any) -> None:
        workbook.active.auto_filter.ref = "B3:C5"
        workbook.active.freeze_panes = "C4"

    sheet = import_it(source(edit), outcomes())["Клиенты"]
    assert sheet.auto_filter.ref == "B3:H5"
    assert sheet.freeze_panes == "C4"


def test_no_filter_is_laid_over_a_table(source: Make, import_it: Make, outcomes: Make) -> None:
    def edit(workbook: Any) -> None:
        workbook.active.add_table(Table(displayName="T", ref="B3:C5"))

    sheet = import_it(source(edit), outcomes())["Клиенты"]
    assert sheet.auto_filter.ref is None
    assert list(sheet.tables) == ["T"]


def test_dates_numbers_and_truth_values_stay_what_they_were(source: Make, import_it: Make, outcomes: Make) -> None:
    rows = ((dt.date(1999, 12, 31), True), (77011112233, 0.1), ("=text", "#N/A"))

    def edit(workbook: Any) -> None:
        workbook.active["B5"].number_format = "000000000000"
        workbook.active["B6"].data_type = "s"

    sheet = import_it(source(edit, rows), outcomes())["Клиенты"]
    assert sheet["B4"].value.isoformat() == "1999-12-31T00:00:00"
    assert [sheet[f"B{row}"].value for row in (5, 6)] == [77011112233, "=text"]
    assert [sheet[f"C{row}"].value for row in (4, 5, 6)] == [True, 0.1, "#N/A"]
    assert sheet["B5"].number_format == "000000000000"


@pytest.mark.filterwarnings("ignore:Cell .* is marked as a date")
def test_a_number_that_is_no_day_stays_in_a_cell_formatted_as_a_date(
    source: Make, import_it: Make, outcomes: Make
) -> None:
    """Excel shows ######## and keeps it; the other sheets keep theirs, too."""
    beyond = (87011112233, 31121999, 2958466, 87011112233.5, -31121999, -7.5e9)

    def edit(workbook: Any) -> None:
        for place, sheet in enumerate(workbook):
            for row, number in enumerate(beyond, start=4):
                sheet.cell(row, 6 - place, number).number_format = "dd.mm.yyyy" if row % 2 else "h:mm"
        workbook["Итоги"]["B2"] = "#VALUE!"

    path = source(edit)
    workbook = import_it(path, outcomes())
    assert [sheet.title for sheet in workbook] == ["Клиенты", "Итоги"]
    written = [sheet.cell(row, 6 - place) for place, sheet in enumerate(workbook) for row in range(4, 10)]
    assert [cell.value for cell in written] == ["#VALUE!"] * 12  # as openpyxl loads them
    assert {cell.number_format for cell in written} == {"dd.mm.yyyy", "h:mm"}
    with zipfile.ZipFile(path.with_name("users.result.xlsx")) as archive:
        kept = [archive.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    for sheet in kept:
        numbers = re.findall(r'<c r="[EF][4-9]"[^>]*t="n"[^>]*><v>([^<]*)', sheet)
        assert [float(number) for number in numbers] == list(beyond)
    assert 't="e"><v>#VALUE!' in kept[1]
    assert 't="e"' not in kept[0]


def is_new(workbook: Any) -> bool:
    """A new workbook has the data sheet alone."""
    return bool(workbook.sheetnames == ["Клиенты"])


def test_a_workbook_that_would_not_come_back_as_it_was_is_written_anew(
    source: Make, import_it: Make, outcomes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damage by the library is noticed by reading back, and the outcomes aren't asked for a second time."""
    calls = []
    save = openpyxl.Workbook.save

    def damage(self: Any, target: Any) -> None:
        self["Клиенты"]["B4"] = "damaged"
        save(self, target)

    def results(index: Any) -> Any:
        calls.append(list(index))
        return outcomes()(index)

    path = source()
    monkeypatch.setattr(openpyxl.Workbook, "save", damage)
    workbook = import_it(path, results)
    assert is_new(workbook)
    assert texts(workbook.active[4])[1:4] == ["87011112233", "Айгерим", UUID]
    assert calls == [[4, 5]]


def test_a_workbook_that_the_library_cannot_load_is_written_anew(
    source: Make, import_it: Make, outcomes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise KeyError("drawing")

    path = source()
    load = openpyxl.load_workbook
    monkeypatch.setattr(openpyxl, "load_workbook", refuse)
    with pytest.MonkeyPatch.context() as back:
        workbook_file = path.with_name("users.result.xlsx")
        with pytest.raises(KeyError):
            import_it(path, outcomes())
        back.setattr(openpyxl, "load_workbook", load)
        assert is_new(openpyxl.load_workbook(workbook_file))


@pytest.mark.parametrize("limit", ["_MOST_BYTES", "_MOST_UNPACKED_BYTES", "MOST_CELLS"])
def test_a_large_workbook_is_written_anew(
    source: Make, import_it: Make, outcomes: Make, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(in_place_choice, limit, 3)
    assert is_new(import_it(source(), outcomes()))


def test_a_workbook_that_proves_large_while_it_is_read_is_written_anew(
    source: Make, import_it: Make, outcomes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importer.writing import output

    monkeypatch.setattr(output, "MOST_CELLS", 7)
    workbook = import_it(source(rows=[("1", "a"), ("2", "b"), ("3", "c")]), outcomes(), chunk_rows=1)
    assert is_new(workbook)
    assert [cell.value for cell in workbook.active["B"]][3:] == ["1", "2", "3"]


def test_a_workbook_with_macros_is_written_anew_without_them(source: Make, import_it: Make, outcomes: Make) -> None:
    path = source()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")
    assert is_new(import_it(path, outcomes()))


def test_the_rejected_file_is_always_new(
    source: Make, import_it: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    import_it(source(), outcomes({5: invalid()}, [(5, 0, "too short")]))
    workbook = openpyxl.load_workbook(tmp_path / "users.rejected.xlsx")
    assert is_new(workbook)
    assert texts(workbook.active[1])[1:3] == list(HEADER)
    assert workbook.active["B2"].comment.text == "Import: too short"


@pytest.mark.parametrize("step", ["_place_results", "_write_outcome", "_dress"])
def test_a_workbook_that_the_library_trips_over_gets_a_new_one_and_no_traceback(
    source: Make, import_it: Make, outcomes: Make, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(in_place.XlsxInPlaceWriter, step, lambda *_: {}["x"])
    sheet = import_it(source(), outcomes())["Клиенты"]
    assert UUID in {cell.value for row in sheet.iter_rows() for cell in row}


def test_a_style_that_names_a_font_which_is_not_there_costs_the_look_and_nothing_else(
    source: Make, import_it: Make, outcomes: Make
) -> None:
    path = source()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert b'fontId="1"' in parts["xl/styles.xml"]
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b'fontId="1"', b'fontId="99"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    sheet = import_it(path, outcomes())["Клиенты"]
    assert UUID in {cell.value for row in sheet.iter_rows() for cell in row}
