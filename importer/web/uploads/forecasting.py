"""What would happen if an upload were imported now: how many people, how long."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from importer.journal import Journal
from importer.journal.api_label import label_of
from importer.journal.database.existence import exists
from importer.model import Status
from importer.web.uploads.draft import Draft

if TYPE_CHECKING:
    from importer.web.imports.run_view import RunView
    from importer.web.records.uploads import Upload
    from importer.web.site import Site

ENOUGH: Final = 50
"""Rows that a run must have created before its pace says anything."""

CANARY: Final = 100
"""Rows that are sent first where somebody wants to look before all are."""

TO_BE_TYPED: Final = 1_000
"""Rows beyond which the number is to be typed; where users are updated, of any: neither can be undone."""


@dataclass(frozen=True)
class Forecast:
    """What an import would do.

    Attributes:
        counts: Rows by status; "not_sent" are those that would be sent. Empty: the file is not checked yet.
        seconds: How long that would take; None where nobody knows.
        measured: Whether that is told by an earlier run, and not by a guess.
        updating: Whether known users are updated, too, where their fields have changed.
        of: Another text for each state of the upload: a form that was shown another one is an old one.
    """

    counts: dict[str, int] = field(default_factory=dict)
    seconds: float | None = None
    measured: bool = False
    updating: bool = False
    of: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether the file is checked."""
        return bool(self.counts)

    @property
    def sendable(self) -> int:
        """Rows that would be sent."""
        return self.counts.get(str(Status.NOT_SENT), 0)

    @property
    def known(self) -> int:
        """Rows whose FreedomID is known from before."""
        return self.counts.get(str(Status.ALREADY_IMPORTED), 0)

    @property
    def left_out(self) -> int:
        """Rows that would not be sent."""
        return sum(self.counts.values()) - self.sendable - self.known

    @property
    def must_be_typed(self) -> bool:
        """Whether the number of people has to be typed before all are sent."""
        return self.sendable > TO_BE_TYPED or (self.updating and self.sendable > 0)


def to_be_typed(site: "Site", view: "RunView") -> int:
    """The number of people to be typed before a canary goes on with all who are left; 0: none has to be."""
    left = view.counts.get(str(Status.NOT_SENT), 0)
    is_canary = view.job is not None and bool(view.job.limit)
    return left if is_canary and (left > TO_BE_TYPED or site.settings.update) else 0


def forecast(site: "Site", upload: "Upload") -> Forecast:
    """What an import of an upload would do, as far as it is checked."""
    draft = Draft.of(upload.folder)
    counts = _checked(draft)
    rows = counts.get(str(Status.NOT_SENT), 0)
    pace = pace_known(site)
    seconds = rows / pace if pace else site.settings.forecast_seconds(rows)
    state = json.dumps([draft.changes(), draft.fact("options", {}), counts], sort_keys=True)
    of = hashlib.sha256(state.encode()).hexdigest()[:16]
    return Forecast(counts, seconds if counts else None, bool(pace), site.settings.update, of)


def _checked(draft: Draft) -> dict[str, int]:
    """Rows by status, from the draft of an upload, where all of them have been checked."""
    found = draft.fact("checked")
    if not found or found.get("refusal"):
        return {}
    with draft.database.reading() as db:
        counts = db.execute("SELECT status, count(*) FROM rows GROUP BY status").fetchall()
    return dict(map(tuple, counts))


def changes_of(upload: "Upload") -> int:
    """A number that grows whenever anybody corrects something in an upload."""
    return Draft.of(upload.folder).changes()


def pace_known(site: "Site") -> float:
    """Rows a second of the last run at this address that created some; 0.0: none has."""
    location = site.settings.journal_location
    if not exists(location):
        return 0.0
    with Journal.open(location, read_only=True) as journal:
        for run in journal.runs(limit=50):
            created = run.counts.get(str(Status.CREATED), 0)
            if run.api == label_of(site.settings.url) and run.finished_at and created >= ENOUGH:
                took = datetime.fromisoformat(run.finished_at) - datetime.fromisoformat(run.created_at)
                return created / max(took.total_seconds(), 1.0)
    return 0.0
