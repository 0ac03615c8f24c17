"""What is to be done with each row, given what the journal knows: the second pass over a file.

a row with an error             invalid
another row holds its phone     duplicate, whatever is wrong with that one
its phone is in the ledger      already_imported, with its FreedomID; what has changed: ``changed_users``
everything else                 not_sent, until it has been sent
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from importer.messages.kept_issues import remembered
from importer.model import KnownUser, Severity, Status
from importer.planning.changed_users import ChangedUsers
from importer.validation.duplicate_policy import DUPLICATE_CODE, HOLDER_CODE, Duplicates
from importer.validation.duplicates import duplicate_issues
from importer.validation.stream import Checked, MappedInput, checked_chunks
from importer.validation.survey import Survey

PLAN_COLUMNS = ("status", "phone", "freedom_id", "errors", "note")
"""A plan frame: index row (int64), all columns str without NA; ``errors`` and ``note`` as the journal keeps
them (``messages.kept_issues.remembered``)."""

Known = Callable[[Sequence[str]], Mapping[str, KnownUser]]
"""Phones → those that an earlier run created."""


def nothing_known(_phones: Sequence[str]) -> Mapping[str, KnownUser]:
    """The ledger of somebody who never imported anything."""
    return {}


def planned_chunks(
    found: Survey, known: Known, changes: ChangedUsers | None = None
) -> Iterator[tuple[Checked, pd.DataFrame]]:
    """Every chunk with its plan frame (PLAN_COLUMNS), in the order of the file; ``changes`` as in ``plan_of``."""
    for checked, issues in judged_chunks(found):
        yield checked, plan_of(checked, issues, known, changes)[0]


def judged_chunks(found: Survey) -> Iterator[tuple[Checked, pd.DataFrame]]:
    """Every chunk with all that is to be said of its rows (ISSUE_COLUMNS) with the duplicates of the whole file."""
    if found.mapped.engine is not None:
        yield from found.mapped.engine.judged(found)
        return
    duplicates = FileDuplicates.of(found, spellings_in(found.mapped, FileDuplicates.of(found).named()))
    for checked in checked_chunks(found.mapped):
        yield checked, duplicates.added_to(checked)


@dataclass(frozen=True)
class FileDuplicates:
    """What of a file's duplicates is told of its rows.

    Attributes:
        phones, holders, emails: As in ``Survey``.
        spellings: Row → its phone as written, for the rows that are named.
    """

    phones: Duplicates
    holders: Duplicates
    emails: Duplicates
    spellings: Mapping[int, str]

    @classmethod
    def of(cls, found: Survey, spellings: Mapping[int, str] = MappingProxyType({})) -> "FileDuplicates":
        """Those of a surveyed file."""
        return cls(found.phones, found.holders, found.emails, spellings)

    def named(self) -> Any:
        """The rows whose phones as written are told, ascending."""
        return np.union1d(self.phones.references(), self.holders.references())

    def between(self, first: int, last: int) -> "FileDuplicates":
        """What is told of a stretch of rows."""
        phones, holders, emails = (one.between(first, last) for one in (self.phones, self.holders, self.emails))
        named = FileDuplicates(phones, holders, emails, {}).named().tolist()
        spellings = {row: self.spellings[row] for row in named if row in self.spellings}
        return FileDuplicates(phones, holders, emails, spellings)

    def added_to(self, checked: Checked) -> pd.DataFrame:
        """All that is to be said of the rows of a chunk (ISSUE_COLUMNS)."""
        written = {HOLDER_CODE: self.spellings, DUPLICATE_CODE: self.spellings}
        of_duplicates = [
            duplicate_issues(checked.raw, duplicates, written.get(duplicates.code, {}), checked.invalid)
            for duplicates in (self.phones, self.holders, self.emails)
        ]
        known = checked.issues
        twice = (known["code"] == DUPLICATE_CODE) & known["row"].isin(self.phones.within(checked.fields.index).rows)
        known = known[~twice] if twice.any() else known  # a duplicate that came back beside its twin says so once
        return pd.concat([known, *(frame for frame in of_duplicates if len(frame))], ignore_index=True)


def spellings_in(mapped: MappedInput, wanted: Any) -> dict[int, str]:
    """Row → its phone as written, for some rows (ascending)."""
    spellings: dict[int, str] = {}
    for chunk in mapped.table.chunks() if len(wanted) else ():
        written = mapped.raw_fields(chunk)[0]["phone"]
        named = written[written.index.isin(wanted)]
        spellings.update(zip(named.index.tolist(), named.tolist(), strict=True))
    return spellings


def others_of(found: Survey, rows: pd.Index) -> dict[int, int]:
    """Duplicates among the rows of a chunk → the row that holds their phone."""
    here = found.phones.within(rows)
    return dict(zip(here.rows.tolist(), here.others.tolist(), strict=True))


def plan_of(
    checked: Checked, issues: pd.DataFrame, ledger: Known, changes: ChangedUsers | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plan frame (PLAN_COLUMNS) of a chunk whose file said ``issues``, and these with those of known users.

    ``changes`` compares known users with what was sent of them; a row not_sent that has a FreedomID is one to be
    updated.
    """
    refused = pd.Index(issues.loc[issues["severity"] == Severity.ERROR, "row"].unique())
    frame = pd.DataFrame(
        {
            "status": pd.Series(str(Status.NOT_SENT), index=checked.fields.index, dtype="str"),
            "phone": checked.fields["phone"],
            "freedom_id": pd.Series("", index=checked.fields.index, dtype="str"),
        }
    )
    frame.loc[refused, "status"] = str(Status.DUPLICATE)
    frame.loc[checked.invalid, "status"] = str(Status.INVALID)
    users = _fill_in_known(frame, ledger)
    if changes is not None:
        issues = pd.concat([issues, changes.mark(checked, frame, users)], ignore_index=True)
    texts = remembered(issues).reindex(frame.index, fill_value="")
    return frame.assign(errors=texts["errors"], note=texts["note"]), issues


def _fill_in_known(frame: pd.DataFrame, known: Known) -> Mapping[str, KnownUser]:
    waiting = frame.loc[frame["status"] == Status.NOT_SENT, "phone"]
    users = known(waiting.tolist())
    if users:
        found = waiting.map({phone: user.freedom_id for phone, user in users.items()}).dropna()
        frame.loc[found.index, "status"] = str(Status.ALREADY_IMPORTED)
        frame.loc[found.index, "freedom_id"] = found.astype("str")
    return users
