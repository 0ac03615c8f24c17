"""What a result will lack of a workbook is known before anything is sent; and a cell far away costs no memory."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.reading import ReadOptions, Table, open_table
from importer.writing import expected_losses
from importer.writing.in_place_choice import may_be_kept

HEADER = ("phone", "firstname")
MOST_MEGABYTES = 400


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Table]:
    def make(edit: Callable[[Any], None] = lambda _: None, add: dict[str, str] | None = None, sheet: str = "") -> Table:
        book = openpyxl.Workbook()
        book.active.title = "Data"
        for row in (HEADER, ("87011112233", "Ann"), ("87011112244", "Bo")):
            book.active.append(row)
        edit(book)
        path = tmp_path / "users.xlsx"
        book.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            for name, content in (add or {}).items():
                archive.writestr(name, content)
        return open_table(
            path, ReadOptions(sheet=sheet), header_score=lambda cells: sum(map(HEADER.__contains__, cells))
        )

    return make


def said(table: Table, name: str = "users.result.xlsx") -> str:
    findings = expected_losses(table, table.path.with_name(name))
    assert all(finding.warning for finding in findings)
    return "; ".join(finding.text for finding in findings)


def test_of_a_plain_workbook_nothing_is_lost(opened: Callable[..., Table]) -> None:
    table = opened()
    assert may_be_kept(table)
    assert said(table) == ""
    assert said(table, "users.csv") == ""


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/media/image1.png", "pictures"),
        ("xl/drawings/drawing1.xml", "shapes"),
        ("xl/charts/chart1.xml", "charts"),
        ("xl/embeddings/oleObject1.bin", "embedded documents"),
        ("xl/threadedComments/threadedComment1.xml", "threads of comments"),
        ("xl/ctrlProps/ctrlProp1.xml", "form controls"),
        ("xl/slicers/slicer1.xml", "slicers"),
        ("_xmlsignatures/sig1.xml", "signature"),
        ("XL\\Media\\Image1.PNG", "pictures"),
    ],
)
def test_what_a_marked_copy_will_lack_is_said(opened: Callable[..., Table], part: str, words: str) -> None:
    table = opened(add={part: ""})
    assert may_be_kept(table)
    assert words in said(table)


def test_formulas_of_the_data_sheet_are_counted_and_those_of_others_are_not(opened: Callable[..., Table]) -> None:
    def edit(book: Any) -> None:
        book["Data"]["C2"] = "=1+1"
        book.create_sheet("Totals")["A1"] = "=2+2"

    assert "1 formula of sheet 'Data'" in said(opened(edit))


def far(place: str) -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        book["Data"][place].number_format = "0.00"

    return edit


def merged(area: str, sheet: str = "Data") -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        if sheet not in book.sheetnames:
            book.create_sheet(sheet)
        book[sheet].merged_cells.add(area)

    return edit


def hidden_rows(book: Any) -> None:
    for row in range(5, 300_000):
        book["Data"].row_dimensions[row].height = 12


@pytest.mark.parametrize(
    ("edit", "kept"),
    [
        (far("J200000"), True),
        (far("XFD1048576"), True),
        (merged("A1:XFD1048576"), False),
        (merged("A1:XFD1048576", "Other"), False),
        (merged("A9:XFD9"), False),
        (merged("D5:F6"), True),
    ],
)
def test_a_cell_far_away_is_no_size_and_a_merge_over_everything_is(
    opened: Callable[..., Table], edit: Callable[[Any], None], kept: bool
) -> None:
    table = opened(edit)
    assert may_be_kept(table) is kept
    assert ("new workbook" in said(table)) is not kept


@pytest.mark.parametrize("name", ["users.result.xls", "users.result.ods"])
def test_another_format_says_what_stays_behind(opened: Callable[..., Table], name: str) -> None:
    assert "new workbook with the rows of sheet 'Data'" in said(opened(), name)


def test_macros_and_several_sheets_say_why_the_result_is_new(opened: Callable[..., Table]) -> None:
    assert "macros" in said(opened(add={"xl/vbaProject.bin": ""}))

    def edit(book: Any) -> None:
        for row in (HEADER, ("87011112255", "Cy")):
            (book["More"] if "More" in book.sheetnames else book.create_sheet("More")).append(row)

    table = opened(edit, sheet="all")
    assert not may_be_kept(table)
    assert "several sheets" in said(table)


IMPORT = r"""
import re, sys
from pathlib import Path
from importer.cli.app import main
sys.argv = ["importer", "validate", sys.argv[1], "-o", sys.argv[2], "-q"]
code = main()
# Not ru_maxrss: through exec it keeps the size of the process that started this one.
print(code, int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a process's largest size is measured in kilobytes there")
@pytest.mark.parametrize("edit", [far("J200000"), far("XFD1048576"), merged("A1:XFD1048576")])
def test_one_cell_far_away_costs_no_memory(
    opened: Callable[..., Table], tmp_path: Path, edit: Callable[[Any], None]
) -> None:
    source, output = opened(edit).path, tmp_path / "out.xlsx"
    command = [sys.executable, "-c", IMPORT, str(source), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    code, megabytes = done.stdout.split()[-2:]
    assert code == "0"
    assert int(megabytes) < MOST_MEGABYTES
    assert openpyxl.load_workbook(output, read_only=True)["Data"]["C1"].value == "freedom_id"
