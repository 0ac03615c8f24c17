"""What is sent for the rows of a batch: every filled field of a new user, the changed ones of a known one."""

from collections.abc import Mapping

import pandas as pd

from importer.creating.rows.row_feed import Sendable
from importer.journal import Journal, Run
from importer.journal.ledger.field_prints import FieldPrints
from importer.journal.updates import PlannedUpdates
from importer.model import KnownUser


class Bodies:
    """Makes the rows to send of one run; ``most_updates``: users to be updated at most, None: all of them."""

    def __init__(self, journal: Journal, run: Run, most_updates: int | None) -> None:
        self._keys = journal.ledger.keys()
        self._prints = FieldPrints(self._keys)
        self._updates, self._left = PlannedUpdates(journal, run), most_updates

    def of(self, fields: pd.DataFrame, todo: Mapping[int, bool]) -> list[Sendable]:
        """The rows of a batch in their order.

        Args:
            fields: The FIELDS as they are sent (str, "" left out), of the rows still to do; index row.
            todo: Those rows → whether an earlier request may have left unanswered.
        """
        known = self._updates.of(int(fields.index[0]), int(fields.index[-1]))
        made, names = [], list(fields.columns)
        for row, *texts in fields.astype(object).itertuples(name=None):  # Arrow would make value after value
            values = {name: value for name, value in zip(names, texts, strict=True) if value}
            if row in known:
                user = known[row]
                if user is not None and self._left != 0:
                    made.append(self._update(row, values, user, doubt=todo[row]))
                    self._left = self._left and self._left - 1
            else:
                phone = self._keys.of(values["phone"])
                made.append(Sendable(row, values, todo[row], prints=self._prints.of(phone, values)))
        return made

    def _update(self, row: int, values: dict[str, str], user: KnownUser, *, doubt: bool) -> Sendable:
        """Only what differs from what was sent; all of it where another run has just sent the same."""
        phone = self._keys.of(values["phone"])
        moved = phone != user.phone
        differs = self._prints.difference(user.phone, values, user.prints, now=phone if moved else b"")
        names = list(differs.changed) or [name for name in values if name != "phone"]
        return Sendable(
            row,
            {"freedom_id": user.freedom_id, **{name: values[name] for name in names}},
            doubt,
            user.freedom_id,
            prints=differs.updated or self._prints.of(phone, values),
            replaces=user.phone if moved else b"",
            before=user.prints or self._prints.under_way(user.phone, b""),
            marked=self._prints.under_way(user.phone, user.prints, names),
        )
