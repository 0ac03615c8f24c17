"""The template filled in by a person: its example is skipped where it is whole, and refused where any of it is left."""

from pathlib import Path

import openpyxl
import pytest
from support.commands import Commands

from importer.sandbox import Sandbox
from schemas.fields import FIELDS

PERSON = ("+77011234567", "anna@mail.kz", "Анна", "Ли", "1999-12-31", "0012345", "KAZ", "F", "Казахстан")


def filled(importer: Commands, path: Path, **rows: dict[str, str]) -> Path:
    """The template with cells typed into it: ``row2={"phone": …}``."""
    importer("template", path)
    book = openpyxl.load_workbook(path)
    for name, cells in rows.items():
        for field, text in cells.items():
            book.active.cell(int(name.removeprefix("row")), FIELDS.index(field) + 1).value = text
    book.save(path)
    return path


def test_the_example_left_whole_is_skipped_with_exit_0(importer: Commands, sandbox: Sandbox, tmp_path: Path):
    path = filled(importer, tmp_path / "users.xlsx", row3=dict(zip(FIELDS, PERSON, strict=True)))
    assert importer("validate", path).code == 0
    assert importer("validate", path, "--max-invalid", "0").code == 0
    ended = importer("run", path)
    assert ended.code == 0, ended.out
    assert "gates passed: 2 rows, 0 invalid" in ended.err
    assert [user["phone"] for user in sandbox.users()] == ["+77011234567"]
    assert not list(tmp_path.glob("*.rejected.*"))


@pytest.mark.parametrize("left", FIELDS)
def test_a_row_typed_over_the_example_but_for_one_cell_is_refused(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, left: str
):
    typed = {field: text for field, text in zip(FIELDS, PERSON, strict=True) if field != left}
    assert importer("run", filled(importer, tmp_path / "users.xlsx", row2=typed)).code == 1
    assert sandbox.users() == []
    book = openpyxl.load_workbook(tmp_path / "users.rejected.xlsx")
    why = "placeholder" if left == "phone" else "example"  # the example's phone is one that others write, too
    assert any(left in str(cell.value) and why in str(cell.value) for cell in book.active[2])


def test_a_row_typed_over_the_example_whole_is_sent(importer: Commands, sandbox: Sandbox, tmp_path: Path):
    path = filled(importer, tmp_path / "users.xlsx", row2=dict(zip(FIELDS, PERSON, strict=True)))
    assert importer("run", path).code == 0
    assert len(sandbox.users()) == 1
