"""The main job over every format: rows in order, cells as they were, IDs on their rows."""

import openpyxl
import pandas as pd
import pytest
import xlwt
from python_calamine import CalamineWorkbook

HEADER = ["Телефон", "Имя", "Заметка"]
ROWS = [[f"+7701000{number:04d}", f"Имя{number}", f"x{number}"] for number in range(1, 26)]
ROWS[3][0] = "нет"
ROWS[7][0] = "8 701 000-00-08"


def write_xlsx(path):
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    book.save(path)


def write_xls(path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Клиенты")
    for number, row in enumerate([HEADER, *ROWS]):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.save(str(path))


def write_csv(path):
    pd.DataFrame(ROWS, columns=HEADER).to_csv(path, index=False)


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "xls": write_xls}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_comes_back_in_itself_with_ids_on_their_rows(importer, sandbox, tmp_path, kind):
    path = tmp_path / f"users.{kind}"
    WRITERS[kind](path)
    assert importer("run", path).code == 1
    output = tmp_path / f"users.result.{kind}"
    if kind == "csv":
        table = [list(row) for row in pd.read_csv(output, dtype=str, keep_default_na=False).itertuples(index=False)]
    else:
        table = CalamineWorkbook.from_path(output).get_sheet_by_index(0).to_python()[1:]
    ids = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert [row[:3] for row in table] == ROWS
    assert len(table) == 25
    for row in table:
        phone = {"нет": "", "8 701 000-00-08": "+77010000008"}.get(row[0], row[0])
        assert row[3] == ids.get(phone, "")
    assert [row[4] for row in table] == ["invalid" if row[0] == "нет" else "created" for row in ROWS]


def test_a_workbook_output_marks_the_wrong_cell_and_can_be_corrected_in_place(importer, sandbox, tmp_path):
    path = tmp_path / "users.xlsx"
    write_xlsx(path)
    importer("run", path)
    output = tmp_path / "users.result.xlsx"
    book = openpyxl.load_workbook(output)
    sheet = book.active
    assert sheet["A5"].comment is not None
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref
    sheet["A5"] = "+77010000099"
    book.save(output)
    sent = sandbox.stats()["requests"]
    ended = importer("run", output, "--json")
    assert ended.code == 0
    assert sandbox.stats()["requests"] == sent + 1
    assert ended.json["statuses"]["already_imported"] == 24


def test_the_template_filled_in_goes_through(importer, sandbox, tmp_path):
    path = tmp_path / "users.xlsx"
    assert importer("template", path).code == 0
    book = openpyxl.load_workbook(path)
    sheet = book.active
    row = sheet.max_row + 1
    names = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(row, names.get("phone", 1), "+77010000001")
    book.save(path)
    ended = importer("run", path, "--json")
    assert ended.json["statuses"]["created"] == 1
    assert importer("template", path).code == 2
