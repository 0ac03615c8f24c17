"""Creating users on a cluster: the client stores rows in pieces, workers claim and send them, the journal keeps count.

The client owns the run. It reads the run's copy of the input as it does alone, so that what is sent is the same, and
hands out a little more than the workers have in hand. What became of rows it learns from the journal alone.
"""

import asyncio
import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from importer.cluster.cluster_address import storage_url
from importer.cluster.connection import Cluster, reached
from importer.cluster.pieces import in_pieces
from importer.cluster.sending_worker import COUNTED, Assignment
from importer.creating import SendProgress
from importer.creating.endpoint.endpoint import Endpoint
from importer.creating.rate_control.advice import advice_for
from importer.creating.rows.unsent_rows import are_last_rows, remembered_end
from importer.creating.sending import sendable_batches, show
from importer.creating.shared_budget.budget_record import view_of
from importer.errors import ClusterLost, ImporterError, StorageFailed, TokenRefused
from importer.journal import Journal, Run
from importer.journal.writer.claims import LEASE, Offers, Piece
from importer.messages.kept_sentences import heard
from importer.messages.text import Text, text_of
from importer.model import Status
from importer.progress import Watch
from importer.settings import Settings
from importer.storage import Storage
from importer.validation.stream import MappedInput

_AHEAD: Final = 2
"""Pieces for each worker that nobody has claimed yet."""

_LOOK: Final = 0.25
"""Seconds between two looks at the work."""

_SAME: Final = 2.0
"""Seconds within which the same line of several workers is one: each hears of an outage, and tells, twice a second."""

_FAILURES: Final = 3
"""Workers in a row, for each of the cluster's threads, that may fail to write before the run ends for it."""

_SILENT: Final = 10.0
"""Seconds after the last worker's lease until one whose call has not ended is waited for no longer: it stands still."""

_STILL: Final = 360
"""Looks in a row at which no worker had a lease, once one had, after which the run ends: all stand still."""

_ORPHANS: Final = LEASE + 10
"""Seconds to wait for workers of an earlier client, which end by themselves."""


class Dispatcher:
    """Hands the rows of one run, which is planned, to the workers of a cluster.

    The journal is on a server, the run's lock held by this process. ``progress`` is brought up to date all the while.
    """

    def __init__(
        self, journal: Journal, run: Run, settings: Settings, api: Endpoint, watch: Watch, progress: SendProgress
    ) -> None:
        self._journal, self._run, self._settings, self._api = journal, run, settings, api
        self._watch, self._progress = watch, progress
        number, self._api_number = journal.numbers_of(run.id)
        self._feed = Offers(journal, number)
        self._storage = Storage(storage_url(settings))
        self._tasks: list[Any] = []
        self._said: dict[int, int] = {}
        self._said_at: dict[str, float] = {}
        self._error: ImporterError | None = None
        self._failed = 0
        self._at_work, self._worked_at, self._busiest = False, time.monotonic(), 0.0
        self._looks_alone = -math.inf
        self._last_rows = are_last_rows(journal, run)

    def create_rows(self, mapped: MappedInput, *, most_updates: int | None = None) -> None:
        """Create every row of the run that is not done; returns when all are, or when the command is to end.

        Raises:
            ApiUnavailable: the API is down, or refuses the token. ClusterLost: the scheduler or its workers are gone.
            StorageFailed: the journal or the storage cannot be used.
        """
        limit = self._settings.limit
        with remembered_end(self._journal, self._run, self._watch, self._progress.left, limit):
            self._wait_for_orphans()
            with (
                asyncio.Runner() as self._loop,
                reached(self._settings, self._watch) as cluster,
                self._storage.work_folder() as folder,
            ):
                began = time.monotonic()
                try:
                    batches = sendable_batches(self._journal, self._run, mapped, limit, most_updates)
                    self._hand_out(cluster, in_pieces(self._storage, folder, batches))
                finally:
                    self._end()
                    self._loop.run(self._api.aclose())
                    seconds = time.monotonic() - began
                    self._progress.advice = advice_for(
                        self._progress, self._settings.concurrency, seconds, self._busiest
                    )
            if self._error is not None:
                raise self._error

    def _wait_for_orphans(self) -> None:
        until = time.monotonic() + _ORPHANS
        while not self._feed.open():
            if time.monotonic() >= until:
                raise StorageFailed(
                    "run {id}: workers of an earlier command do not end; try again in a minute", id=self._run.id
                )
            self._watch.check()
            time.sleep(_LOOK)

    def _hand_out(self, cluster: Cluster, pieces: Iterator[Piece]) -> None:
        """Keep the workers fed, and look at what becomes of them, until all is done or the command is to end."""
        token, complete = self._loop.run(self._api.token()), False
        while True:
            ended = self._watch.interrupted or self._error is not None
            free, unsettled = self._renew(complete=complete, ended=ended, paused=bool(self._watch.paused_by))
            self._look_at_tasks(cluster)
            if self._tasks and self._looks_alone > _STILL:
                self._error = self._error or cluster.lost(Text("a worker does not answer"))
            idle = not self._tasks or time.monotonic() - self._worked_at > _SILENT
            if idle and isinstance(self._error, TokenRefused):
                token, self._error = self._another(token), None
            elif idle and (ended or (complete and not unsettled)):
                if self._tasks:
                    self._watch.said(Text("a worker does not answer any more: the run ends without it"))
                return
            elif not ended and self._error is None:
                cluster.look_for_workers()
                wanted = _AHEAD * cluster.threads - free
                some = [] if complete else list(islice(pieces, max(0, wanted)))
                complete = complete or len(some) < wanted
                if some:
                    self._feed.offer(some)
                self._fill(cluster, token, busy=not complete or free + len(some) > 0)
            time.sleep(_LOOK)

    def _fill(self, cluster: Cluster, token: str, *, busy: bool) -> None:
        """Let every thread of the cluster have a worker, where there is something to claim."""
        threads = cluster.threads
        if not self._tasks:  # as at the beginning: other runs may have taken the threads
            self._looks_alone = -math.inf
        while busy and len(self._tasks) < threads:
            self._tasks.append(cluster.ask("create_users", self._assignment(token)))
            self._looks_alone = min(self._looks_alone, 0)

    def _assignment(self, token: str) -> Assignment:
        address = self._settings.journal_location
        return Assignment(
            settings=self._settings,
            url=self._api.url,
            label=self._api.label,
            token=token,
            journal=str(address),
            home=address.home,
            key=self._journal.location.key,
            password=os.environ.get("PGPASSWORD", ""),
            storage=self._storage.url,
            run=self._run.id,
            last_rows=self._last_rows,
        )

    def _look_at_tasks(self, cluster: Cluster) -> None:
        """Forget the workers that have ended, and remember why, if that ends the run."""
        for task in list(self._tasks):
            try:
                sent = cluster.ended(task)
                if sent is None:
                    continue
                self._progress.left |= {row: text_of(cause) for row, cause in sent.left.items()}
                if sent.stopped is not None:
                    raise sent.stopped
            except ClusterLost:
                raise
            except StorageFailed as exc:
                self._failed += 1  # it may be this worker's machine alone
                if self._failed > _FAILURES * cluster.threads:
                    self._error = self._error or exc
            except ImporterError as exc:
                self._error = self._error or exc
            self._tasks.remove(task)

    def _another(self, token: str) -> str:
        """A token in the place of one that the API refuses: renewed here, once, for all workers."""
        refused = self._error
        other = self._loop.run(self._api.token(instead_of=token))
        if not other and refused is not None:
            raise refused
        self._watch.said(Text("the token was renewed"))
        return other

    def _end(self) -> None:
        """Wait until nobody works on the run: what is on its way gets its time, who was cut off loses his lease.

        Where the journal tells no more who is at work (the run is another one's by now, the server is gone), for those
        whose calls have not ended: this command's own workers would end with it, amid their requests.
        """
        until = time.monotonic() + _ORPHANS
        try:
            while self._renew(complete=True, ended=True) and self._at_work and time.monotonic() < until:
                time.sleep(_LOOK)
            self._feed.close()
        except ImporterError:
            until = time.monotonic() + _ORPHANS
            while not all(task.done() for task in self._tasks) and time.monotonic() < until:
                time.sleep(_LOOK)

    def _renew(self, **orders: bool) -> tuple[int, int]:
        free, unsettled, workers = self._feed.renew(**orders)
        self._at_work = any(one.alive for one in workers)
        self._looks_alone = 0 if self._at_work else self._looks_alone + 1
        if self._at_work:
            self._worked_at = time.monotonic()
        self._show([one.told for one in workers if one.told])
        for one in workers:
            for number, line in one.told.get("lines", ()):
                if number >= self._said.get(one.number, 0):
                    self._said[one.number] = number + 1
                    self._say(text_of(line))
        return free, unsettled

    def _say(self, line: str) -> None:
        """Pass a worker's line on, once where all of them tell the same: of an outage each one does."""
        now = time.monotonic()
        if now - self._said_at.get(line, -_SAME) >= _SAME:
            self._said_at[line] = now
            self._watch.said(line)

    def _show(self, told: Sequence[Mapping[str, Any]]) -> None:
        progress = self._progress
        before = progress.requests
        for name in COUNTED:
            setattr(progress, name, sum(one[name] for one in told))
        progress.done = Counter()
        for one in told:
            progress.done.update({Status(name): count for name, count in one["done"].items()})
        progress.outages = max((one["outages"] for one in told), default=0)
        self._busiest = max((one["busy"] for one in told), default=0.0)
        budget = view_of(self._journal.database, self._api_number)
        progress.slots, progress.rate, progress.in_outage = budget.slots, budget.rate, bool(budget.outage)
        progress.cause = heard(budget.outage or next((one["cause"] for one in told if one["cause"]), ""))
        if progress.requests > before:
            self._failed = 0
        show(progress, self._watch)
