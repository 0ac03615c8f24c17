"""What is to be done with each row, given what the journal knows: the second pass over a file.

a row with an error             invalid
another row holds its phone     duplicate, whatever is wrong with that one
its phone is in the ledger      already_imported, with its FreedomID; what has changed: ``changed_users``
everything else                 not_sent, until it has been sent
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from importer.messages.remembered import remembered
from importer.model import KnownUser, Severity, Status
from importer.planning.changed_users import ChangedUsers
from importer.validation.duplicates import DUPLICATE_CODE, repeat_issues
from importer.validation.stream import Checked, checked_chunks
from importer.validation.survey import Survey

PLAN_COLUMNS = ("status", "phone", "freedom_id", "errors", "note")
"""A plan frame: index row (int64), all columns str without NA; ``errors`` and ``note`` as the journal keeps
them (``messages.remembered``)."""

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
        yield checked, plan_of(checked, issues, known, changes)


def judged_chunks(found: Survey) -> Iterator[tuple[Checked, pd.DataFrame]]:
    """Every chunk with all that is to be said of its rows (ISSUE_COLUMNS), the repeats of the whole file included."""
    spellings = _spellings(found)
    for checked in checked_chunks(found.source):
        repeated = [
            repeat_issues(checked.raw, repeats, known_as, checked.invalid)
            for repeats, known_as in ((found.phones, spellings), (found.holders, spellings), (found.emails, {}))
        ]
        yield checked, _with_repeats(checked, repeated, found)


def others_of(found: Survey, rows: pd.Index) -> dict[int, int]:
    """Duplicates among the rows of a chunk → the row that holds their phone."""
    here = found.phones.within(rows)
    return dict(zip(here.rows.tolist(), here.others.tolist(), strict=True))


def _with_repeats(checked: Checked, repeated: list[pd.DataFrame], found: Survey) -> pd.DataFrame:
    known = checked.issues
    twice = (known["code"] == DUPLICATE_CODE) & known["row"].isin(found.phones.within(checked.fields.index).rows)
    known = known[~twice] if twice.any() else known  # a duplicate that came back beside its twin says so once
    return pd.concat([known, *(frame for frame in repeated if len(frame))], ignore_index=True)


def plan_of(checked: Checked, issues: pd.DataFrame, ledger: Known, changes: ChangedUsers | None = None) -> pd.DataFrame:
    """The plan frame (PLAN_COLUMNS) of a chunk, of which all ``issues`` are known.

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
    return frame.assign(errors=texts["errors"], note=texts["note"])


def _fill_in_known(frame: pd.DataFrame, known: Known) -> Mapping[str, KnownUser]:
    waiting = frame.loc[frame["status"] == Status.NOT_SENT, "phone"]
    users = known(waiting.tolist())
    if users:
        found = waiting.map({phone: user.freedom_id for phone, user in users.items()}).dropna()
        frame.loc[found.index, "status"] = str(Status.ALREADY_IMPORTED)
        frame.loc[found.index, "freedom_id"] = found.astype("str")
    return users


def _spellings(found: Survey) -> dict[int, str]:
    """Row → its phone as written, for the rows that the errors of duplicates name."""
    spellings: dict[int, str] = {}
    wanted = np.union1d(found.phones.references(), found.holders.references())
    if not len(wanted):
        return spellings
    for chunk in found.source.table.chunks():
        written = found.source.raw_fields(chunk)[0]["phone"]
        named = written[written.index.isin(wanted)]
        spellings.update(zip(named.index.tolist(), named.tolist(), strict=True))
    return spellings
