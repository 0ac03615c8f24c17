"""Sheets of a workbook from end to end: several in one run, each result checked against the journal."""

from pathlib import Path

import openpyxl
import pytest
from inputs.importing import Importing

from importer.errors import RefusedFile
from importer.pipeline import run
from importer.sandbox import Sandbox, SandboxOptions
from importer.verify_run import verify


@pytest.fixture
def importing(tmp_path: Path):
    with Sandbox(SandboxOptions()) as sandbox:
        yield Importing(sandbox, tmp_path)


def two_sheets(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Almaty"
    for sheet, start in ((book.active, 10), (book.create_sheet("Astana"), 20)):
        sheet.append(["phone", "firstname"])
        for number in range(start, start + 2):
            sheet.append([f"+770150000{number}", "Анна"])
    book.save(path)
    return path


@pytest.mark.parametrize(("told", "sent"), [("all", 4), ("Astana, Almaty", 4), ("Astana", 2), ("1", 2)])
def test_what_sheets_were_told_is_sent_in_order_and_balances(importing, tmp_path, told, sent):
    path = two_sheets(tmp_path / "cities.xlsx")
    with pytest.raises(RefusedFile, match="--sheet all"):
        importing.run(path)
    settings = importing.settings(sheet=told)
    summary = run(path, settings)
    assert (summary.exit_code, summary.rows) == (0, sent)
    assert verify(summary.run, None, settings)
    assert len(importing.sandbox.users()) == sent
