"""The common shape of every cleaner: a column of cells in, a column of texts and what was noticed out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import Positions, constant
from importer.model import Severity

Texts: TypeAlias = pa.LargeStringArray


class CellIssue(NamedTuple):
    """One thing to say about a cell: see ISSUE_COLUMNS for the meaning of ``detail``."""

    code: str
    severity: str
    detail: str = ""


class Repair(NamedTuple):
    """What one cell became. A cell that can't be repaired for certain keeps its text and gets an error."""

    text: str
    issues: tuple[CellIssue, ...] = ()


@dataclass(frozen=True)
class CellIssues:
    """Issues of many cells at once, four arrays of one length: positions in the column (0-based), and large_string."""

    positions: Positions
    codes: Texts
    severities: Texts
    details: Texts


@dataclass
class Column:
    """A column while it is being cleaned.

    Attributes:
        raw: The cells as they came, large_string without nulls.
        notes: Whether notes are kept: who only counts what is wrong does not pay for them.
        texts: What they are so far; replaced piece by piece.
        issues: What was noticed.
    """

    raw: Texts
    notes: bool = True
    texts: Texts = field(init=False)
    issues: list[CellIssues] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = self.raw

    def put(self, positions: Positions, texts: Texts) -> None:
        """Replace the texts at ascending positions."""
        self.texts = placed(self.texts, positions, texts)

    def add_issue(self, positions: Positions, code: str, severity: str, details: Texts | str = "") -> None:
        """The same code and severity for many cells."""
        count = len(positions)
        if not count or (severity == Severity.NOTE and not self.notes):
            return
        said = constant(details, count) if isinstance(details, str) else details
        self.issues.append(CellIssues(positions, constant(code, count), constant(severity, count), said))

    def repaired(self, positions: Positions, texts: Texts, code: str) -> None:
        """Put cleaned texts, with a note raw → clean wherever more than outer spaces changed."""
        self.put(positions, texts)
        if not self.notes:
            return
        before = self.raw.take(pa.array(positions))
        changed = np.asarray(pc.not_equal(pc.utf8_trim(before, " "), texts))
        if changed.any():
            where = np.flatnonzero(changed)
            self.add_issue(positions[where], code, Severity.NOTE, texts.take(pa.array(where)))

    def read_odd(self, are_fine: Callable[[Texts], pa.BooleanArray], read: Callable[[str], Repair]) -> None:
        """Let ``read`` see each distinct text that is not fine as it is."""
        encoded = self.texts.dictionary_encode()
        odd = pc.invert(are_fine(encoded.dictionary))
        self.read_each(where(odd.take(encoded.indices)), read)

    def read_each(self, positions: Positions, read: Callable[[str], Repair]) -> None:
        """Let a function that works cell by cell see the distinct texts at the positions."""
        if not len(positions):
            return
        encoded = self.texts.take(pa.array(positions)).dictionary_encode()
        self.spread(positions, encoded.indices, [read(text) for text in encoded.dictionary.to_pylist()])

    def spread(self, positions: Positions, indices: pa.Int32Array, repairs: list[Repair]) -> None:
        """Give every cell the repair of its distinct text: indices has one entry for each position."""
        texts = pa.array([repair.text for repair in repairs], pa.large_string())
        self.put(positions, texts.take(indices))
        issues = [repair.issues if self.notes else _no_notes(repair.issues) for repair in repairs]
        for slot in range(max(map(len, issues))):
            said = [of_cell[slot] if slot < len(of_cell) else None for of_cell in issues]
            has = np.array([issue is not None for issue in said])[np.asarray(indices)]
            chosen = indices.filter(pa.array(has))
            parts = (
                pa.array([issue and issue[part] for issue in said], pa.large_string()).take(chosen) for part in range(3)
            )
            self.issues.append(CellIssues(positions[np.flatnonzero(has)], *parts))

    def note_unsaid(self, positions: Positions, field: str) -> None:
        """A note on each of the cells that were changed before their cleaner saw them and that it said nothing of."""
        if not len(positions) or not self.notes:
            return
        said = np.concatenate([np.zeros(0, np.int64), *(some.positions for some in self.issues)])
        left = positions[~np.isin(positions, said)]
        texts = self.texts.take(pa.array(left))
        blank = np.asarray(pc.equal(texts, ""))
        self.add_issue(left[blank], f"{field}_left_out", Severity.NOTE)
        self.add_issue(left[~blank], f"{field}_cleaned", Severity.NOTE, texts.filter(pa.array(~blank)))


def placed(texts: Texts, at: Positions, others: Texts) -> Texts:
    """The texts with others at ascending positions."""
    if not len(at):
        return texts
    if len(at) == len(texts):
        return others
    mask = np.zeros(len(texts), dtype=bool)
    mask[at] = True
    return pc.replace_with_mask(texts, pa.array(mask), others)


def where(mask: Any) -> Positions:
    """The positions at which a boolean Arrow or numpy array is true."""
    return np.flatnonzero(np.asarray(mask)).astype(np.int64, copy=False)


def matches(texts: Texts, pattern: str) -> pa.BooleanArray:
    """Which texts hold the RE2 pattern."""
    return pc.match_substring_regex(texts, pattern)


def fit(texts: Texts, pattern: str) -> pa.BooleanArray:
    """Which texts the RE2 pattern speaks of from their first character to their last."""
    return matches(texts, rf"\A(?:{pattern})\z")


def _no_notes(issues: tuple[CellIssue, ...]) -> tuple[CellIssue, ...]:
    return tuple(issue for issue in issues if issue.severity != Severity.NOTE)
