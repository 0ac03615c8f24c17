"""What is wrong with a file, counted by cause: the lines of the summary."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from importer.columns.arrow_text import alike, to_arrow
from importer.model import Cause, Severity

FIRST_ROWS = 5

MOST_FREQUENT = 5

_MOST_COUNTED = 10_000
"""Different values of one cause that are counted at once: of more, the rarest are forgotten."""

_SHOWN = 60
"""Characters of a value that are kept: what is longer is no value that stands in many rows."""


class CauseTally:
    """Counts issues per code and field, remembering the first rows and the most frequent values of each."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], int] = {}
        self.first: dict[tuple[str, str, str], list[int]] = {}
        self.frequent: dict[tuple[str, str, str], Counter[str]] = {}

    def add(self, issues: pd.DataFrame) -> None:
        """Count an issue frame (ISSUE_COLUMNS); notes are not counted."""
        notes = issues["severity"] == Severity.NOTE
        serious = issues[~notes] if notes.any() else issues
        if serious.empty:
            return
        rows, values = serious["row"].to_numpy(), to_arrow(serious["value"])
        for (code, field, severity), at in alike(serious, ("code", "field", "severity")):
            each = pd.Index(rows[at]).unique().sort_values()
            self.count(code, field, severity, len(each), each[:FIRST_ROWS].tolist())
            if field:
                self._count_values((code, field, severity), values.take(pa.array(at)))

    def count(self, code: str, field: str, severity: str, rows: int, first: Sequence[int] | pd.Series) -> None:
        """Count ``rows`` more rows of one cause; ``first`` are some of their numbers, the first ones among them."""
        key = (code, field, severity)
        self.counts[key] = self.counts.get(key, 0) + rows
        known = self.first.setdefault(key, [])
        if len(known) < FIRST_ROWS:
            self.first[key] = sorted({*known, *(int(row) for row in first)})[:FIRST_ROWS]

    def include(self, below: "CauseTally") -> None:
        """Take in what another one counted in the rows below."""
        for (code, field, severity), rows in below.counts.items():
            self.count(code, field, severity, rows, below.first[code, field, severity])
        for key, values in below.frequent.items():
            self._remember(key, values)

    def causes(self) -> tuple[Cause, ...]:
        """All causes: errors before warnings, the most frequent first. Their values are personal data."""
        ordered = sorted(self.counts.items(), key=lambda item: (item[0][2] != Severity.ERROR, -item[1], item[0]))
        return tuple(
            Cause(code, field, Severity(severity), count, tuple(self.first[code, field, severity]), self._top(key))
            for key, count in ordered
            for code, field, severity in [key]
        )

    def _count_values(self, key: tuple[str, str, str], texts: pa.LargeStringArray) -> None:
        counter: Counter[str] = Counter()
        for text, count in zip(*(part.to_pylist() for part in texts.value_counts().flatten()), strict=True):
            if value := text.strip()[:_SHOWN]:
                counter[value] += count
        self._remember(key, counter)

    def _remember(self, key: tuple[str, str, str], values: Counter[str]) -> None:
        known = self.frequent.setdefault(key, Counter())
        known.update(values)
        if len(known) > _MOST_COUNTED:
            self.frequent[key] = Counter(dict(known.most_common(_MOST_COUNTED // 2)))

    def _top(self, key: tuple[str, str, str]) -> tuple[tuple[str, int], ...]:
        found = self.frequent.get(key, Counter())
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_FREQUENT])
