"""Numbers under formats, saved by LibreOffice in each format of workbooks: all say what a person sees."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from filelock import FileLock
from inputs.libreoffice import Job, convert

from importer.reading import ReadOptions, open_table

BORN = dt.date(1999, 12, 31)
SHOWN = [
    ("[$-419]000000000000", 101300017, "000101300017"),
    ("[$-43F]000000000000", 900101300017, "900101300017"),
    ("[RED]000000000000", 7, "000000000007"),
    ('"+7"0', 7011234567, "+77011234567"),
    ('"+7 "000\\ 000\\ 00\\ 00', 7011234567, "+7 701 123 45 67"),
    ('"+1 "000\\.000\\.0000', 2015550123, "+1 201.555.0123"),
    ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 5551234, "555-1234"),
    ("#,##0", 7011234567, "7011234567"),
    ("0.00", 77011234567, "77011234567"),
    ('#,##0.00\\ "₸"', 77011234567, "77011234567"),
    ("0%", 5, "5"),
    ("0.00E+00", 77011234567, "77011234567"),
    ("0;-0;;@", 0, ""),
    ('0;-0;"нет"', 0, "нет"),
    ("dd.mm.yyyy", BORN, "1999-12-31"),
    ("[$-419]d mmmm yyyy;@", BORN, "1999-12-31"),
    ("[$-43F]dd mmmm yyyy", BORN, "1999-12-31"),
    ("[h]:mm:ss", 1.5, "36:00:00"),
    ("[hh]:mm", dt.timedelta(hours=100), "100:00:00"),
    ("hh:mm", dt.time(10, 30), "10:30:00"),
    ("General", 0.1, "0.1"),
    ("@", 77011234567, "77011234567"),
]
KINDS = ["own.xlsx", "lo.xlsx", "lo.xls", "lo.ods"]


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, made once for all workers of a test run."""
    folder = tmp_path_factory.getbasetemp().parent / "number_formats"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            book = openpyxl.Workbook()
            book.active.append(["phone", "shown"])
            for number, (code, value, _) in enumerate(SHOWN, start=2):
                book.active.cell(number, 1, str(number))
                book.active.cell(number, 2, value).number_format = code
            old = book.create_sheet("Old")
            old.append(["phone", "shown"])
            old.append(["1", "2"])
            old.sheet_state = "hidden"
            book.save(folder / "own.xlsx")
            convert(folder, [Job(folder / "own.xlsx", folder / name) for name in KINDS[1:]])
            (folder / "done").touch()
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_workbook_shows_the_same(saved: Path, name: str) -> None:
    table = open_table(saved / name, ReadOptions(), header_score=len)
    seen = next(iter(table.chunks())).cells[1].tolist()
    table.close()
    wrong = [(code, text, found) for (code, _, text), found in zip(SHOWN, seen, strict=True) if text != found]
    assert not wrong


@pytest.mark.parametrize("name", KINDS)
def test_a_hidden_sheet_of_people_is_no_question_and_is_named(saved: Path, name: str) -> None:
    table = open_table(saved / name, ReadOptions(), header_score=len)
    told = open_table(saved / name, ReadOptions(sheet="Old"), header_score=len)
    assert any(finding.warning and "'Old'" in finding.text for finding in table.findings)
    assert (told.row_count_hint, table.row_count_hint) == (1, len(SHOWN))
    table.close()
    told.close()
