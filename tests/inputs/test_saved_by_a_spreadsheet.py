"""A rejected CSV that a person opens, corrects and saves in LibreOffice, and the workbook that stands beside it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from inputs.importing import Importing
from inputs.libreoffice import Job, convert

from importer.sandbox import Sandbox, SandboxOptions

HEADER = ["phone", "firstname", "identifier", "date_of_birth", "gender"]
ROWS = [
    ["+84912673868", "Нгуен", "", "", "both"],
    ["+77010000001", "Анна", "0123456789", "1985-05-14", "both"],
    ["+77010000002", "Берик", "001231300123", "", "both"],
    ["+77010000003", "Вера", "991231300123", "1985-05-14", "both"],
    ["+77010000003", "Галина", "", "", "F"],
]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Importing]:
    with Sandbox(SandboxOptions()) as sandbox:
        yield Importing(sandbox, tmp_path)


@pytest.fixture
def rejected(fresh: Importing, tmp_path: Path) -> Path:
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS])
    return Path(fresh.run(tmp_path / "users.csv", home=tmp_path / "home").summary.rejected)


def saved(tmp_path: Path, source: Path, name: str) -> Path:
    cells = {f"E{row}": "F" for row in range(2, 6)}
    convert(tmp_path, [Job(source, tmp_path / name, cells=cells)])
    return tmp_path / name


def test_the_text_file_saved_by_a_spreadsheet_sends_nothing_that_the_first_file_did_not_say(
    rejected: Path, fresh: Importing, tmp_path: Path
) -> None:
    found = fresh.run(saved(tmp_path, rejected, "saved.csv"), home=tmp_path / "home").rows
    codes = [row["import_error_code"].split("; ") for row in found]
    # A letter that the spreadsheet lost on its way through another encoding is told beside it.
    assert all("cell_shortened" in of_row for of_row in codes[:3]), codes
    assert codes[3:] == [[""], ["phone_duplicate"]], codes
    assert "'+84912673868'" in found[0]["import_error"]
    assert "'0123456789'" in found[1]["import_error"]
    assert found[3]["sent"]["phone"] == "+77010000003"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_workbook_beside_it_comes_back_as_it_was(
    rejected: Path, fresh: Importing, tmp_path: Path, kind: str
) -> None:
    book = rejected.with_suffix(".xlsx")
    found = fresh.run(saved(tmp_path, book, f"saved.{kind}"), home=tmp_path / "home").rows
    assert [row["import_status"] for row in found] == ["created"] * 4 + ["duplicate"]
    assert [row["sent"]["phone"] for row in found[:4]] == [row[0] for row in ROWS[:4]]
    assert [row["sent"].get("identifier", "") for row in found[:4]] == [row[2] for row in ROWS[:4]]
