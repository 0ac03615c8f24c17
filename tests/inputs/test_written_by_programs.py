# ruff: noqa: E501 (a case is one line)
"""One table written by LibreOffice, openpyxl, XlsxWriter and pandas, in every format and encoding: the same is sent."""

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from filelock import FileLock
from inputs.importing import Importing
from inputs.libreoffice import Job, convert

from importer.errors import RefusedFile
from importer.sandbox import Sandbox, SandboxOptions
from importer.writing.template_workbook import write_template

HEADER = ["Телефон", "Фамилия", "Имя", "Дата рождения", "ИИН", "Пол", "Страна", "E-mail", "Заметка"]
BORN = dt.date(1999, 12, 31)
ROWS = [
    ["8 701 000-00-01", "Щукин", "Юрий", BORN, 900101300017, "м", "Казахстан", "a1@example.com", "as typed"],
    [87010000002, "Сейтова", "Алия", BORN, 900101300017, "ж", "KZ", "a2@example.com", "number"],
    [7010000003, "Ли", "Ян", BORN, 101300017, "F", "KAZ", "a3@example.com", "formats"],
    ["+77010000004", "TRUE", "1.0", BORN, "0012345", "M", "KZ", "", True],
    ["'+77010000005", "О'Коннор", "Ким-Чен", BORN, "", "муж", "РФ", "", 1.5],
    ["8 (701) 000 00 06", 'Ли "Л"', "a;b,c\td|e", BORN, "", "", "", "", "two\nlines"],
    ["нет", "Пак", "Ян", "", "", "", "", "", ""],
    ["+77010000008", "=1+1", "@SUM", "", "", "", "", "", ""],
]
SENT = [
    {"phone": "+77010000001", "lastname": "Щукин", "firstname": "Юрий", "date_of_birth": "1999-12-31",
     "identifier": "900101300017", "gender": "M", "country": "KAZ", "email": "a1@example.com"},
    {"phone": "+77010000002", "lastname": "Сейтова", "firstname": "Алия", "date_of_birth": "1999-12-31",
     "identifier": "900101300017", "gender": "F", "country": "KAZ", "email": "a2@example.com"},
    {"phone": "+77010000003", "lastname": "Ли", "firstname": "Ян", "date_of_birth": "1999-12-31",
     "identifier": "000101300017", "gender": "F", "country": "KAZ", "email": "a3@example.com"},
    {"phone": "+77010000004", "lastname": "TRUE", "firstname": "1.0", "date_of_birth": "1999-12-31",
     "identifier": "0012345", "gender": "M", "country": "KAZ"},
    {"phone": "+77010000005", "lastname": "О'Коннор", "firstname": "Ким-Чен", "date_of_birth": "1999-12-31",
     "gender": "M", "country": "RUS"},
    {"phone": "+77010000006", "lastname": 'Ли "Л"', "firstname": "a;b,c d|e", "date_of_birth": "1999-12-31"},
    None,
    {"phone": "+77010000008", "lastname": "=1+1", "firstname": "@SUM"},
]  # fmt: skip
FORMATS = {"D": "dd.mm.yyyy", "E4": "000000000000", "A4": '"+7"0'}

OFFICE = {
    "lo.xlsx": {}, "lo.xls": {}, "lo.ods": {}, "lo.csv": {}, "lo_semicolon.csv": {"delimiter": ";"},
    "lo_cp1251.csv": {"encoding": "cp1251", "delimiter": ";"}, "lo_utf16.csv": {"encoding": "utf-16", "delimiter": "\t"},
    "lo_koi8.csv": {"encoding": "koi8-r"}, "lo_cp866.csv": {"encoding": "cp866"}, "lo.tsv": {"delimiter": "\t"},
    "lo_pipe.txt": {"delimiter": "|"},
}  # fmt: skip
PROGRAMS = [*OFFICE, "openpyxl.xlsx", "xlsxwriter.xlsx", "xlsxwriter_constant_memory.xlsx", "pandas.xlsx", "pandas.csv"]
TYPED = {
    "A3": "'+77010000001", "B3": "a1@example.com", "C3": "Юрий", "D3": "Щукин", "E3": "1999-12-31", "F3": "'0012345",
    "G3": "KAZ", "H3": "M", "I3": "Казахстан", "A4": "'+77010000002", "E4": "=DATE(2001;2;3)",
}  # fmt: skip


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (HEADER, *ROWS):
        sheet.append(["" if cell == "" else cell for cell in line])
    for cell in (sheet["B9"], sheet["C9"]):
        cell.data_type = "s"
    for row in range(2, 8):
        sheet[f"D{row}"].number_format = FORMATS["D"]
    for place in ("E4", "A4"):
        sheet[place].number_format = FORMATS[place]
    book.save(path)


def by_xlsxwriter(path: Path, **options: bool) -> None:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, **options})
    sheet = book.add_worksheet()
    date = book.add_format({"num_format": FORMATS["D"]})
    for number, line in enumerate((HEADER, *ROWS)):
        for column, cell in enumerate(line):
            name = f"{chr(65 + column)}{number + 1}"
            if isinstance(cell, dt.date):
                sheet.write_datetime(number, column, cell, date)
            else:
                sheet.write(number, column, cell, book.add_format({"num_format": FORMATS.get(name, "General")}))
    book.close()


def by_pandas(path: Path) -> None:
    rows = [[*line] for line in ROWS]
    rows[2][0], rows[2][4] = "+77010000003", "000101300017"
    frame = pd.DataFrame(rows, columns=HEADER, dtype="object")
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        with pd.ExcelWriter(
            path, engine="xlsxwriter", engine_kwargs={"options": {"strings_to_formulas": False}}
        ) as out:
            frame.to_excel(out, index=False)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of all programs, made once for all workers of a test run."""
    folder = tmp_path_factory.getbasetemp().parent / "office"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            by_openpyxl(folder / "openpyxl.xlsx")
            by_xlsxwriter(folder / "xlsxwriter.xlsx")
            by_xlsxwriter(folder / "xlsxwriter_constant_memory.xlsx", constant_memory=True)
            by_pandas(folder / "pandas.xlsx")
            by_pandas(folder / "pandas.csv")
            write_template(folder / "template.xlsx")
            source = folder / "xlsxwriter.xlsx"
            jobs = [Job(source, folder / name, **how) for name, how in OFFICE.items()]
            jobs += [
                Job(folder / "template.xlsx", folder / f"filled.{kind}", cells=TYPED) for kind in ("xlsx", "ods", "xls")
            ]
            jobs.append(Job(source, folder / "locked.ods", password="secret"))
            convert(folder, jobs)
            (folder / "done").touch()
    return folder


@pytest.fixture
def fresh(tmp_path: Path):
    with Sandbox(SandboxOptions()) as sandbox:
        yield Importing(sandbox, tmp_path)


def brought(office: Path, tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes((office / name).read_bytes())
    return path


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_wrote_is_sent_as_a_person_sees_it(office, fresh, tmp_path, name):
    imported = fresh.run(brought(office, tmp_path, name))
    assert [row["sent"] for row in imported.rows] == SENT
    assert imported.rows[6]["import_error_code"] == "phone_missing"
    assert len(imported.header) == len(HEADER) + 5


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_the_template_filled_in_by_libreoffice_goes_through_without_a_note(office, fresh, tmp_path, kind):
    rows = fresh.run(brought(office, tmp_path, f"filled.{kind}")).rows
    assert [row["import_error_code"] for row in rows] == ["row_example", "", ""]
    assert [row["import_note"] for row in rows] == ["", "", ""]
    assert [row["sent"] for row in rows] == [
        None,
        {"phone": "+77010000001", "email": "a1@example.com", "firstname": "Юрий", "lastname": "Щукин",
         "date_of_birth": "1999-12-31", "identifier": "0012345", "country": "KAZ", "gender": "M",
         "nationality": "Казахстан"},
        {"phone": "+77010000002", "date_of_birth": "2001-02-03"},
    ]  # fmt: skip


def test_an_ods_with_a_password_is_refused_and_says_so(office, fresh, tmp_path):
    with pytest.raises(RefusedFile, match="password"):
        fresh.run(brought(office, tmp_path, "locked.ods"))
