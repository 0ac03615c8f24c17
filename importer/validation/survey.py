"""The first pass over a file: what is in it, what is wrong with it, and which phones and e-mails repeat.

Nothing is kept per row but the compact index of phones and e-mails, so the file may be of any length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from importer.cleaning import Decisions, FileEvidence
from importer.mapping import WholeNames
from importer.model import Cause, Finding, Severity
from importer.progress import Watch
from importer.validation.causes import FIRST_ROWS, CauseTally
from importer.validation.duplicates import DUPLICATE_CODE, HOLDER_CODE, RepeatIndex, Repeats
from importer.validation.optional_fields import refused_for_them
from importer.validation.preview import Preview
from importer.validation.stream import Source, checked_chunks
from schemas.template import EXAMPLE_CODE


@dataclass(frozen=True)
class Survey:
    """What the first pass found.

    Attributes:
        source: The source with the decisions that hold for the whole file (the order of dates).
        rows: Data rows of the file.
        last_row: Number of the last row.
        invalid: Rows that break the schema; ``examples`` of them are the template's own.
        duplicates: Rows that are not sent only because another row holds their phone.
        phones: Rows whose phone another row holds; ``holders`` those others; ``emails`` rows that share an address.
        causes: Errors and warnings by cause, repeats included.
        findings: What was decided on the way, for a person.
        saved_by_drop: Rows that are refused for optional fields alone.
        to_send: The phones of all rows that could be sent, in lists; none where nobody wanted them. Personal data.
    """

    source: Source
    rows: int
    last_row: int
    invalid: int
    examples: int
    duplicates: int
    phones: Repeats
    holders: Repeats
    emails: Repeats
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...] = ()
    saved_by_drop: int = 0
    to_send: Iterable[list[str]] = ()

    @property
    def sendable(self) -> int:
        """Rows that could be sent, as far as the file alone tells."""
        return self.rows - self.invalid - self.duplicates


def survey(source: Source, *, duplicates: str, watch: Watch, keep_phones: bool = False) -> Survey:
    """Look through the whole file once; twice where what it decides turns out other than its first rows told.

    Args:
        source: The opened file.
        duplicates: "first" (the first row of a phone is sent) or "none".
        watch: Told of progress; ends the survey when asked to.
        keep_phones: Whether the phones are wanted (``Survey.to_send``).

    Raises:
        RefusedFile: Whole names that nobody said what to do with.
    """
    began = replace(source, decisions=first_guess(source))
    found, decided = _look_through(began, source.decisions, duplicates, watch, keep_phones=keep_phones)
    if decided == began.decisions:
        return found
    again = replace(source, decisions=decided)
    return _look_through(again, source.decisions, duplicates, watch, keep_phones=keep_phones)[0]


def first_guess(source: Source) -> Decisions:
    """How cells are read, as far as the first rows tell."""
    evidence = FileEvidence(source.decisions)
    chunk = next(iter(source.table.chunks(2_000)), None)
    if chunk is not None:
        evidence.add(source.raw_fields(chunk)[0])
    return evidence.decide()


def _look_through(
    source: Source, told: Decisions, duplicates: str, watch: Watch, *, keep_phones: bool
) -> tuple[Survey, Decisions]:
    evidence, index, tally = FileEvidence(told), RepeatIndex(policy=duplicates), CauseTally()
    names = WholeNames(source.mapping)
    preview = Preview(source)
    rows = last_row = invalid = refused = examples = 0
    came_back: list[pd.Series[int]] = []
    optional: list[pd.Index[int]] = []
    watch.began("checking", source.table.row_count_hint)
    for checked in checked_chunks(source, seen=evidence.add, notes=False):
        rows += len(checked.fields)
        last_row = int(checked.fields.index[-1]) if len(checked.fields) else last_row
        invalid += len(checked.invalid)
        refused += len(checked.refused)
        came_back.append(checked.issues.loc[checked.issues["code"] == DUPLICATE_CODE, "row"])
        examples += int((checked.issues["code"] == EXAMPLE_CODE).sum())
        optional.append(refused_for_them(checked.issues))
        tally.add(checked.issues)
        index.add(checked.held(), checked.refused)
        names.add(checked.chunk.cells, checked.raw["firstname"])
        preview.add(checked)
        watch.advanced(len(checked.fields))
        watch.check()
    names.refuse_unexplained()
    phones, holders, emails = index.phones(), index.holders(), index.emails()
    _count_repeats(tally, index, pd.concat(came_back) if came_back else pd.Series(dtype="int64"))
    waiting = refused - invalid + int((~np.isin(phones.rows, index.refused())).sum())
    findings = (*preview.findings(), *evidence.findings())
    to_send = index.to_send() if keep_phones else ()
    found = Survey(
        source,
        rows,
        last_row,
        invalid,
        examples,
        waiting,
        phones,
        holders,
        emails,
        tally.causes(),
        findings,
        int((~np.isin(np.concatenate(optional), phones.rows)).sum()) if optional else 0,
        to_send,
    )
    return found, evidence.decide()


def _count_repeats(tally: CauseTally, index: RepeatIndex, came_back: "pd.Series[int]") -> None:
    """Count what the repeats add to the causes; of the rows that hold a phone, those whose error says so.

    Duplicates that came back as such are counted already.
    """
    refused = index.refused()
    for repeats, field, severity in (
        (index.phones(), "phone", Severity.ERROR),
        (index.holders(), "phone", Severity.ERROR),
        (index.emails(), "email", Severity.WARNING),
    ):
        counted = np.isin(repeats.rows, came_back) if repeats.code == DUPLICATE_CODE else repeats.rows < 0
        if repeats.code == HOLDER_CODE:
            counted = ~np.isin(repeats.rows, refused)
        rows = repeats.rows[~counted]
        if len(rows):
            tally.count(repeats.code, field, severity, len(rows), rows[:FIRST_ROWS])
