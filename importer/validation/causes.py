"""What is wrong with a file, counted by cause: the lines of the summary."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from importer.columns.arrow_text import alike
from importer.model import Cause, Severity

FIRST_ROWS = 5


class CauseTally:
    """Counts issues per code and field, remembering the first rows of each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], int] = {}
        self._first: dict[tuple[str, str, str], list[int]] = {}

    def add(self, issues: pd.DataFrame) -> None:
        """Count an issue frame (ISSUE_COLUMNS); notes are not counted."""
        serious = issues[issues["severity"] != Severity.NOTE] if len(issues) else issues
        if serious.empty:
            return
        rows = serious["row"].to_numpy()
        for (code, field, severity), at in alike(serious, ("code", "field", "severity")):
            each = np.unique(rows[at])
            self.count(code, field, severity, len(each), each[:FIRST_ROWS].tolist())

    def count(self, code: str, field: str, severity: str, rows: int, first: Sequence[int] | pd.Series) -> None:
        """Count ``rows`` more rows of one cause; ``first`` are some of their numbers, the first ones among them."""
        key = (code, field, severity)
        self._counts[key] = self._counts.get(key, 0) + rows
        known = self._first.setdefault(key, [])
        if len(known) < FIRST_ROWS:
            self._first[key] = sorted({*known, *(int(row) for row in first)})[:FIRST_ROWS]

    def causes(self) -> tuple[Cause, ...]:
        """All causes: errors before warnings, the most frequent first."""
        ordered = sorted(self._counts.items(), key=lambda item: (item[0][2] != Severity.ERROR, -item[1], item[0]))
        return tuple(
            Cause(code, field, Severity(severity), count, tuple(self._first[code, field, severity]))
            for (code, field, severity), count in ordered
        )
