"""Builders for one column of raw cells and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import pytest

from importer.cleaning import Cleaned, Decisions, clean
from importer.validation.check import check
from schemas.fields import FIELDS


@dataclass(frozen=True)
class Cell:
    """One cleaned cell: its text, and its issues as (code, severity, detail)."""

    text: str
    issues: tuple[tuple[str, str, str], ...]

    @property
    def codes(self) -> list[str]:
        return [code for code, _, _ in self.issues]

    def detail(self, code: str) -> str:
        return next(detail for found, _, detail in self.issues if found == code)


def frame_of(field: str, cells: Sequence[str]) -> pd.DataFrame:
    columns = {name: pd.Series(list(cells) if name == field else [""] * len(cells), dtype="str") for name in FIELDS}
    return pd.DataFrame(columns).set_index(pd.Index(range(2, 2 + len(cells)), name="row"))


def cells_of(cleaned: Cleaned, field: str) -> list[Cell]:
    found = []
    for row, text in cleaned.fields[field].items():
        mine = cleaned.issues[(cleaned.issues["row"] == row) & (cleaned.issues["field"] == field)]
        found.append(Cell(text, tuple(zip(mine["code"], mine["severity"], mine["detail"], strict=True))))
    return found


@pytest.fixture
def clean_cell() -> Callable[..., Cell]:
    def run(field: str, cell: str, **decided: str) -> Cell:
        decisions = Decisions(**{"today": "2025-06-01"} | decided)
        return cells_of(clean(frame_of(field, [cell]), decisions), field)[0]

    return run


@pytest.fixture
def check_cell() -> Callable[..., list[tuple[str, str, str]]]:
    """All that is said of one cell, the schema's errors included: (code, severity, detail)."""

    def run(field: str, cell: str, **decided: object) -> list[tuple[str, str, str]]:
        raw = frame_of(field, [cell])
        if field != "phone":
            raw["phone"] = pd.Series(["+77011234567"], index=raw.index, dtype="str")
        issues = check(clean(raw, Decisions(**{"today": "2025-06-01"} | decided)))  # type: ignore[arg-type]  # as given
        mine = issues[issues["field"] == field]
        return list(zip(mine["code"], mine["severity"], mine["detail"], strict=True))

    return run
