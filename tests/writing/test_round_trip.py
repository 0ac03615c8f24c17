"""Output → input → output through the real reader: nothing of the input changes, and nothing is doubled."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.model import RESULT_COLUMNS
from importer.reading import open_table
from importer.writing import in_place_choice as in_place
from importer.writing import write_output

Make = Callable[..., Any]
KNOWN = {"телефон", "имя", *RESULT_COLUMNS}


def score(cells: Sequence[str]) -> int:
    return sum(cell.strip().lower() in KNOWN for cell in cells)


def own_content(path: Path) -> tuple[Any, ...]:
    """Everything of a file that isn't ours."""
    table = open_table(path, header_score=score)
    kept = [position for position, name in enumerate(table.header) if name not in RESULT_COLUMNS]
    rows = [
        (row, tuple(cells), chunk.surplus.get(row))
        for chunk in table.chunks()
        for row, cells in zip(chunk.cells.index, chunk.cells.iloc[:, kept].to_numpy().tolist(), strict=True)
    ]
    dialect = table.dialect
    table.close()
    return dialect, [table.header[position] for position in kept], rows


def outputs(source: Path, results: Any, tmp_path: Path, extension: str) -> list[Path]:
    """An output, the output of that output, and one more."""
    made = []
    for number in range(3):
        table = open_table(source, header_score=score)
        dropped = [position for position, name in enumerate(table.header) if name in RESULT_COLUMNS]
        source = tmp_path / f"o{number}.{extension}"
        write_output(table, dropped, results, source, tmp_path / f"o{number}.rejected.{extension}")
        table.close()
        made.append(source)
    return made


@pytest.mark.parametrize("line_ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
def test_text_comes_back_as_it_was(
    outcomes: Make, invalid: Make, tmp_path: Path, encoding: str, line_ending: str
) -> None:
    lines = [
        "Выгрузка из базы клиентов;;", "", "Телефон;Имя;Заметка о клиенте", '+77011112233;Анна;"первая', 'вторая"',
        "", "",
        "8701;-;привет;лишняя ячейка", "'+77011112244;Ли;", "'=1+1;О''Коннор;\"\"\"кавычки\"\"\"",
    ]  # fmt: skip
    source = tmp_path / "users.csv"
    source.write_bytes((line_ending.join(lines) + line_ending).encode(encoding))
    bad = {4: invalid("=ә → bad", note="a → b"), 8: invalid()}
    made = outputs(source, outcomes(bad), tmp_path, "csv")
    assert [own_content(path) for path in made] == [own_content(source)] * 3
    assert made[0].read_bytes() == made[1].read_bytes() == made[2].read_bytes()


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Клиенты"
    sheet["C1"] = "Выгрузка"
    for column, name in enumerate(("Телефон", "Имя", "Заметка"), start=2):
        sheet.cell(3, column, name)
    rows = {
        4: ("+77011112233", "=1+1", 5),
        5: (87011112233, "  two  blanks ", 1.5),
        8: (None, "a\nb", True),
        9: ("x", None, "tab\tx"),
    }
    for row, cells in rows.items():
        for column, cell in enumerate(cells, start=2):
            sheet.cell(row, column, cell)
    sheet["C4"].data_type = "s"
    sheet["B5"].number_format = '"+"0'
    path = tmp_path / "users.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("extension", ["xlsx", "new xlsx", "ods", "xls"])
def test_a_workbook_comes_back_as_it_was(  # a fixture each, and what is tried
    workbook: Path,
    outcomes: Make,
    invalid: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    extension: str,
) -> None:
    if extension == "new xlsx":
        monkeypatch.setattr(in_place, "_MOST_BYTES", 0)
    wrong = [(4, 0, "bad\tphone"), (8, 0, "missing")]
    bad = outcomes({4: invalid("=ә → bad", note=" a  b "), 8: invalid()}, wrong)
    made = outputs(workbook, bad, tmp_path, extension.rsplit(maxsplit=1)[-1])
    before, after = own_content(workbook), [own_content(path) for path in made]
    assert [found[1:] for found in after] == [before[1:]] * 3
    places = [(found[0].sheet, found[0].header_row, found[0].first_column) for found in after]
    assert places == [("Клиенты", 3, 1)] * 3
