"""Users that are known, beside what was sent of them: who has changed, and who is somebody else by now.

every filled field is as it was sent, or unknown    already_imported
a filled field is not                               already_imported with a note; with --update to be sent
both names are other ones                           duplicate, unless --accept-other-names: a phone that changed hands
its FreedomID is another phone's, with --update     the phone is to be sent, too

Which of the fields an update sends: ``creating.rows.request_bodies``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from importer.mapping import ColumnMapping
from importer.messages.kept_sentences import kept
from importer.messages.masking import shown
from importer.messages.text import Text
from importer.model import OTHER_PERSON, Cause, Changes, KnownUser, Severity, Status, issues_of
from importer.planning.phone_changes import phone_changes
from importer.settings import Settings
from importer.validation.causes import FIRST_ROWS
from importer.validation.stream import Checked
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library
    from importer.journal.ledger.field_prints import Difference

CHANGED: Final = "row_changed"
"""The code of the note that names the fields which are not as they were sent."""

IN_DOUBT: Final = "row_update_unanswered"
"""The code of the one that names those of which an update may have been made."""

SAMPLES: Final = 10

MOST_LEARNT: Final = 200_000
"""Users that one run learns, some 200 bytes each while it plans: the next night learns the next ones."""

_Issue = tuple[int, str, str, str, str, str]


class ChangedUsers:
    """Compares the rows of one file, chunk by chunk, with what the ledger remembers.

    Args:
        journal: The journal.
        api: The API's address as the journal has it.
        mapping: Of the file.
        settings: Whether changes are to be sent, and other names accepted.
        seen: Whether to remember all phones of the file, for ``missing_since``.

    Attributes:
        learnt: Phone (hashed) and prints of users of whose fields something was unknown.
        phones: All phones (hashed), if they are remembered.
        new_phones: Row → the phone (hashed) that its user has, of those who are to get the row's instead.
    """

    def __init__(
        self, journal: "Journal", api: str, mapping: ColumnMapping, settings: Settings, *, seen: bool = False
    ) -> None:
        from importer.journal.ledger.field_prints import FieldPrints  # noqa: PLC0415 (where there is a journal, it is loaded)

        self._journal, self._api, self._mapping, self._settings = journal, api, mapping, settings
        self._prints, self._seen = FieldPrints(journal.ledger.keys()), seen
        self._reset()

    def _reset(self) -> None:
        self._counts: Counter[str] = Counter()
        self._fields: Counter[str] = Counter()
        self._others: list[int] = []
        self._samples: dict[int, Mapping[str, str]] = {}
        self._last_row = 0
        self.learnt: list[tuple[bytes, bytes]] = []
        self.phones: set[bytes] = set()
        self.new_phones: dict[int, bytes] = {}

    def users(self, phones: Sequence[str]) -> Mapping[str, KnownUser]:
        """Phones → those that an earlier run created."""
        return self._journal.ledger.users(self._api, phones)

    @property
    def found(self) -> Changes:
        """What was found so far."""
        counts = self._counts
        fields = {field: self._fields[field] for field in FIELDS if self._fields[field]}
        samples = tuple(self._samples.items())
        return Changes(counts["new"], counts["same"], counts["changed"], len(self._others), fields, samples=samples)

    def missing_since(self, run: "Run") -> int:
        """How many users of an earlier run are not in the file, once all of it was seen."""
        from importer.journal.updates import missing_since  # noqa: PLC0415 (as above)

        return missing_since(self._journal, run.id, self.phones)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Rows of other people, for the summary of a check."""
        if not self._others:
            return ()
        rows = tuple(self._others[:FIRST_ROWS])
        return (Cause(OTHER_PERSON, "phone", Severity.ERROR, len(self._others), rows),)

    def mark(self, checked: Checked, plan: pd.DataFrame, users: Mapping[str, KnownUser]) -> pd.DataFrame:
        """Set status and FreedomID of a chunk's plan frame, and give what is to be said of its rows (ISSUE_COLUMNS).

        A writer of an output may start over: from the first row on, all is counted anew.
        """
        if len(plan) and int(plan.index[0]) <= self._last_row:
            self._reset()
        self._last_row = int(plan.index[-1]) if len(plan) else self._last_row
        if self._seen:
            keys = self._journal.ledger.keys()
            self.phones.update(keys.of(phone) for phone in plan["phone"].tolist() if phone)
        moved = self._moved(checked, plan)
        known = plan.index[plan["status"] == str(Status.ALREADY_IMPORTED)]
        rows = known.union(pd.Index(list(moved), dtype="int64"))
        issues = list(self._compared(checked, plan, rows, users, moved))
        self._counts["new"] += int(((plan["status"] == str(Status.NOT_SENT)) & (plan["freedom_id"] == "")).sum())
        return issues_of(issues)

    def _moved(self, checked: Checked, plan: pd.DataFrame) -> dict[int, KnownUser]:
        """Rows that are to get another phone than their FreedomID was made for."""
        if not self._settings.update:
            return {}
        waiting = plan.index[plan["status"] == str(Status.NOT_SENT)]
        changes = phone_changes(self._journal, self._api, self._mapping, checked)
        return {change.row: change.user for change in changes if not change.taken and change.row in waiting}

    def _compared(
        self,
        checked: Checked,
        plan: pd.DataFrame,
        rows: pd.Index,
        users: Mapping[str, KnownUser],
        moved: Mapping[int, KnownUser],
    ) -> Iterator[_Issue]:
        if not len(rows):
            return
        others: dict[int, KnownUser] = {}
        status, freedom_id = {}, {}
        names = list(checked.fields.columns)
        for row, *texts in checked.fields.loc[rows].astype(object).itertuples(name=None):
            values = dict(zip(names, texts, strict=True))
            user = moved[row] if row in moved else users[values["phone"]]
            differs = self._difference(user, values, is_moved=row in moved)
            if differs.other_person and not self._settings.accept_other_names:
                others[row] = user
                status[row], freedom_id[row] = str(Status.DUPLICATE), ""
                continue
            if differs.learnt and len(self.learnt) < MOST_LEARNT:
                self.learnt.append((user.phone, differs.learnt))
            self._counts["changed" if differs.changed else "same"] += 1
            if row in moved:
                self.new_phones[row] = user.phone
            if differs.changed:
                self._count(row, differs.changed, values)
                yield from _notes(row, differs)
                if self._settings.update:
                    status[row], freedom_id[row] = str(Status.NOT_SENT), user.freedom_id
        for name, cells in (("status", status), ("freedom_id", freedom_id)):
            if cells:
                plan.loc[list(cells), name] = pd.Series(cells, dtype="str")
        yield from self._told(checked, others)

    def _difference(self, user: KnownUser, values: Mapping[str, str], *, is_moved: bool) -> "Difference":
        now = self._journal.ledger.keys().of(values["phone"]) if is_moved else b""
        return self._prints.difference(user.phone, values, user.prints, now=now)

    def _count(self, row: int, changed: tuple[str, ...], values: Mapping[str, str]) -> None:
        self._fields.update(changed)
        if len(self._samples) < SAMPLES:
            plain = self._settings.show_values
            self._samples[row] = {field: shown(field, values[field], plain=plain) for field in changed}

    def _told(self, checked: Checked, others: Mapping[int, KnownUser]) -> Iterator[_Issue]:
        if not others:
            return
        from importer.journal.updates import names_of_runs  # noqa: PLC0415 (as above)

        names = names_of_runs(self._journal, {user.run for user in others.values()})
        self._others += list(others)
        for row, user in others.items():
            day = datetime.fromtimestamp(user.at, UTC).date().isoformat()
            where = kept(Text("on {day} in run {run}", day=day, run=names.get(user.run, "?")))
            yield row, "phone", OTHER_PERSON, str(Severity.ERROR), str(checked.raw.loc[row, "phone"]), where


def _notes(row: int, differs: "Difference") -> Iterator[_Issue]:
    certain = [name for name in differs.changed if name not in differs.in_doubt]
    for code, names in ((CHANGED, certain), (IN_DOUBT, differs.in_doubt)):
        if names:
            yield row, "", code, str(Severity.NOTE), "", ", ".join(names)


def as_settings(changes: Changes) -> dict[str, Any]:
    """What a run remembers of its plan, for later reports: numbers alone."""
    return {
        "new": changes.new,
        "same": changes.same,
        "changed": changes.changed,
        "other_names": changes.other_names,
        "fields": dict(changes.fields),
    }
