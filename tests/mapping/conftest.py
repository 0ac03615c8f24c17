"""Builders of the mapping's tests."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # the package ships no types
import pandas as pd
import pytest

from importer.mapping import ColumnMapping, map_columns
from importer.model import ISSUE_COLUMNS, empty_issues

EXPORTS = Path(__file__).parents[1] / "exports"


@dataclass
class StandInChunk:
    """The three attributes of a reader's chunk."""

    cells: pd.DataFrame
    issues: pd.DataFrame = field(default_factory=empty_issues)
    surplus: dict[int, tuple[str, ...]] = field(default_factory=dict)


def letter(position: int) -> str:
    """Spreadsheet letter of a position, A for 0."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def make_chunk(
    rows: Sequence[Sequence[str]], *, first_row: int = 2, issues: Sequence[tuple[Any, ...]] = ()
) -> StandInChunk:
    """Rows as a chunk whose row numbers go up by one; issues as (row, field, code)."""
    index = pd.Index(range(first_row, first_row + len(rows)), name="row", dtype="int64")
    cells = pd.DataFrame(list(rows), index=index, dtype="str")
    if not issues:
        return StandInChunk(cells)
    records = [(row, name, code, "error", "", "") for row, name, code in issues]
    frame = pd.DataFrame(records, columns=list(ISSUE_COLUMNS)).astype(empty_issues().dtypes.to_dict())
    return StandInChunk(cells, frame)


@pytest.fixture
def chunk() -> Callable[..., StandInChunk]:
    return make_chunk


@pytest.fixture
def mapped() -> Callable[..., ColumnMapping]:
    """map_columns with spreadsheet letters from A, and cells given as rows."""

    def run(
        header: Sequence[str], *requests: str, rows: Sequence[Sequence[str]] = (), full_name: str = ""
    ) -> ColumnMapping:
        sample: Any = make_chunk(rows) if rows else None
        return map_columns(header, requests=requests, full_name=full_name, column_letter=letter, sample=sample)

    return run


@pytest.fixture
def served(mapped: Callable[..., ColumnMapping]) -> Callable[..., dict[str, tuple[str, ...]]]:
    """Field → the headers that serve it, in order; only fields that have one."""

    def run(header: Sequence[str], *requests: str, **options: Any) -> dict[str, tuple[str, ...]]:
        mapping = mapped(header, *requests, **options)
        return {name: tuple(header[at] for at in places) for name, places in mapping.columns.items() if places}

    return run


class _Cells(HTMLParser):
    """Rows of the first table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        self.inside = tag == "td"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def read_sample(name: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a sample, title and footer lines left out."""
    path = EXPORTS / name
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)["TDSheet"]
        rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)][3:-1]
    elif path.suffix == ".xls":
        page = _Cells()
        page.feed(path.read_text("utf-8"))
        rows = page.rows
    else:
        encoding = {"facebook_leads.csv": "utf-16", "outlook_en.csv": "cp1252"}.get(name, "utf-8-sig")
        text = path.read_bytes().decode("cp1251" if "cp1251" in name else encoding)
        first = text.splitlines()[0] if not name.startswith("1c") else text.splitlines()[1]
        delimiter = max(";,\t", key=first.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[name.startswith("1c") :]
    header = [cell for cell in rows[0] if cell]
    return header, [row[: len(header)] for row in rows[1:] if len(row) >= len(header) and any(row)]


@pytest.fixture
def sample() -> Callable[[str], tuple[list[str], list[list[str]]]]:
    return read_sample
