"""The first pass over a file: what is in it, what is wrong with it, and which phones and e-mails repeat.

Nothing is kept per row but the compact index of phones and e-mails, so the file may be of any length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from importer.cleaning import Decisions, FileEvidence
from importer.model import Cause, Finding, Severity
from importer.progress import Watch
from importer.validation.causes import FIRST_ROWS, CauseTally
from importer.validation.check_engine import Looked
from importer.validation.duplicate_policy import DUPLICATE_CODE, HOLDER_CODE, DuplicateRows, Duplicates
from importer.validation.duplicates import DuplicateIndex
from importer.validation.file_stats import FileStats
from importer.validation.preview import top_rows
from importer.validation.stream import MappedInput, checked_chunks


@dataclass(frozen=True)
class Survey:
    """What the first pass found.

    Attributes:
        mapped: The input with the decisions that hold for the whole file (the order of dates).
        rows: Data rows of the file.
        last_row: Number of the last row.
        invalid: Rows that break the schema; ``examples`` of them are the template's own.
        duplicates: Rows that are not sent only because another row holds their phone.
        phones: Rows whose phone another row holds; ``holders`` those others; ``emails`` rows that share an address.
        causes: Errors and warnings by cause, duplicates included.
        findings: What was decided on the way, for a person.
        saved_by_drop: Rows that are refused for optional fields alone.
        to_send: The phones of all rows that could be sent, in lists; none where nobody wanted them. Personal data.
        top: The first rows without an error; see ``Looked``.
    """

    mapped: MappedInput
    rows: int
    last_row: int
    invalid: int
    examples: int
    duplicates: int
    phones: Duplicates
    holders: Duplicates
    emails: Duplicates
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...] = ()
    saved_by_drop: int = 0
    to_send: Iterable[list[str]] = ()
    top: pd.DataFrame | None = None

    @property
    def sendable(self) -> int:
        """Rows that could be sent, as far as the file alone tells."""
        return self.rows - self.invalid - self.duplicates


def survey(mapped: MappedInput, *, duplicates: str, watch: Watch, keep_phones: bool = False) -> Survey:
    """Look through the whole file once; twice where what it decides turns out other than its first rows told.

    Args:
        mapped: The opened file.
        duplicates: "first" (the first row of a phone is sent) or "none".
        watch: Told of progress; ends the survey when asked to.
        keep_phones: Whether the phones are wanted (``Survey.to_send``).

    Raises:
        RefusedFile: Whole names that nobody said what to do with.
    """
    began = replace(mapped, decisions=first_guess(mapped))
    found, decided = _look_through(began, mapped.decisions, duplicates, watch, keep_phones=keep_phones)
    if decided == began.decisions:
        return found
    again = replace(mapped, decisions=decided)
    return _look_through(again, mapped.decisions, duplicates, watch, keep_phones=keep_phones)[0]


def first_guess(mapped: MappedInput) -> Decisions:
    """How cells are read, as far as the first rows tell."""
    evidence = FileEvidence(mapped.decisions)
    chunk = next(iter(mapped.table.chunks(2_000)), None)
    if chunk is not None:
        evidence.add(*mapped.raw_fields(chunk))
    return evidence.decide()


def _look_through(
    mapped: MappedInput, told: Decisions, duplicates: str, watch: Watch, *, keep_phones: bool
) -> tuple[Survey, Decisions]:
    watch.began("checking", mapped.table.row_count_hint)
    engine = mapped.engine
    looked = _look(mapped, told, duplicates, watch) if engine is None else engine.look(mapped, told, duplicates, watch)
    look, duplicate_rows = looked.look, looked.duplicate_rows
    look.names.refuse_unexplained()
    phones, holders, emails = duplicate_rows.phones, duplicate_rows.holders, duplicate_rows.emails
    _count_duplicates(look.tally, duplicate_rows, look.duplicates_that_came_back())
    waiting = look.refused - look.invalid + int((~np.isin(phones.rows, duplicate_rows.refused)).sum())
    found = Survey(
        mapped,
        look.rows,
        look.last_row,
        look.invalid,
        look.examples,
        waiting,
        phones,
        holders,
        emails,
        look.tally.causes(),
        (*look.preview.findings(mapped.decisions.region), *look.evidence.findings()),
        look.saved_by_drop(phones.rows),
        looked.to_send if keep_phones else (),
        looked.top,
    )
    return found, look.evidence.decide()


def _look(mapped: MappedInput, told: Decisions, duplicates: str, watch: Watch) -> Looked:
    """Look through the file on this machine."""
    look, index, top = FileStats.at(mapped.mapping, told), DuplicateIndex(policy=duplicates), None
    for checked in checked_chunks(mapped, seen=look.evidence.add, notes=False):
        look.add(checked)
        index.add(checked.held(), checked.refused)
        top = top_rows(checked) if top is None else top
        watch.advanced_or_ended(len(checked.fields))
    return Looked(look, index.duplicate_rows(), index.to_send(), top)


def _count_duplicates(tally: CauseTally, duplicate_rows: DuplicateRows, came_back: "pd.Series[int]") -> None:
    """Count what the duplicates add to the causes; of the rows that hold a phone, those whose error says so.

    Duplicates that came back as such are counted already.
    """
    for duplicates, field, severity in (
        (duplicate_rows.phones, "phone", Severity.ERROR),
        (duplicate_rows.holders, "phone", Severity.ERROR),
        (duplicate_rows.emails, "email", Severity.WARNING),
    ):
        counted = np.isin(duplicates.rows, came_back) if duplicates.code == DUPLICATE_CODE else duplicates.rows < 0
        if duplicates.code == HOLDER_CODE:
            counted = ~np.isin(duplicates.rows, duplicate_rows.refused)
        rows = duplicates.rows[~counted]
        if len(rows):
            tally.count(duplicates.code, field, severity, len(rows), rows[:FIRST_ROWS])
