"""Builders of the mapping's tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from importer.mapping import Mapping, map_columns
from importer.model import ISSUE_COLUMNS, empty_issues


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
def mapped() -> Callable[..., Mapping]:
    """map_columns with spreadsheet letters from A, and cells given as rows."""

    def run(header: Sequence[str], *requests: str, rows: Sequence[Sequence[str]] = (), full_name: str = "") -> Mapping:
        sample: Any = make_chunk(rows) if rows else None
        return map_columns(header, requests=requests, full_name=full_name, column_letter=letter, sample=sample)

    return run


@pytest.fixture
def served(mapped: Callable[..., Mapping]) -> Callable[..., dict[str, tuple[str, ...]]]:
    """Field → the headers that serve it, in order; only fields that have one."""

    def run(header: Sequence[str], *requests: str, **options: Any) -> dict[str, tuple[str, ...]]:
        mapping = mapped(header, *requests, **options)
        return {name: tuple(header[at] for at in places) for name, places in mapping.columns.items() if places}

    return run
