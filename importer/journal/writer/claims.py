"""Rows of one run, handed out to several workers: a client feeds them, workers claim them by leases.

The client owns the run (its lock), reads its input and stores what is to be sent in pieces. A worker claims a piece,
sends its rows, and settles the piece when all of them have their outcome. Leases run by the server's clock. Who has not
renewed his lease loses his pieces to whoever asks next; he begins none of their rows any more, and what he has sent
already he may still record, where there is no outcome yet. So a row is sent by two workers only where the first one
was cut off in the midst of it, as a row is sent again after a crash.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from importer.errors import StorageFailed
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database, transaction
from importer.journal.database.server_wait import ServerWait
from importer.journal.database.shared_tables import CLAIMS, FEEDS, NOW, WORKERS
from importer.journal.journal import Journal

P = ParamSpec("P")
T = TypeVar("T")

LEASE: Final = 15.0
"""Seconds after its last word until a worker, or the client, is taken to be gone."""


@dataclass(frozen=True)
class Piece:
    """Rows that are handed out together: from ``first`` to ``last``, and where their bodies are stored."""

    first: int
    last: int
    stored: str
    sha256: str


@dataclass(frozen=True)
class Orders:
    """What the client wants of its workers; ``complete``: no more pieces will come."""

    ended: bool
    paused: bool = False
    complete: bool = False


@dataclass(frozen=True)
class WorkerTold:
    """What a worker told last, and whether it is taken to be at work."""

    number: int
    alive: bool
    told: Mapping[str, Any]


def _again(call: Callable[P, T]) -> Callable[P, T]:
    """Make a call anew where its connection is lost, for as long as a server is waited for: each may be made twice."""

    @wraps(call)
    def made(*values: P.args, **options: P.kwargs) -> T:
        wait = ServerWait()
        while True:
            try:
                return call(*values, **options)
            except StorageFailed as exc:
                if not wait.outlasts(exc.__cause__):
                    raise

    return made


def _is_ahead(until: ColumnElement[float]) -> ColumnElement[bool]:
    """Whether a lease runs; one with much longer to run than any is given for is of before a clock was set back.

    Not one with little more: a clock that is put right by a second ends nobody's.
    """
    return until.between(NOW, NOW + 2 * LEASE)


def _is_free(run: int) -> ColumnElement[bool]:
    """Whether a piece can be claimed: nobody has it, or its owner is gone."""
    alive = select(WORKERS.c.number).where(WORKERS.c.run == run, _is_ahead(WORKERS.c.until))
    return or_(CLAIMS.c.owner.is_(None), CLAIMS.c.owner.not_in(alive))


def claimed_rows(connection: Connection, run: int, worker: int, rows: Collection[int]) -> set[int]:
    """Of some rows, those whose pieces a worker has claimed: nobody takes these away before the transaction ends."""
    if not rows:
        return set()
    spans = (
        select(CLAIMS.c.first, CLAIMS.c.last)
        .where(CLAIMS.c.run == run, CLAIMS.c.owner == worker, CLAIMS.c.first <= max(rows), CLAIMS.c.last >= min(rows))
        .with_for_update(read=True)
    )
    found = [(first, last) for first, last in connection.execute(spans)]
    return {row for row in rows if any(first <= row <= last for first, last in found)}


class Offers:
    """The client's side, of a run (its number) whose lock is held by this process.

    It writes in the session that holds the lock, and holds that again before it goes on where it was lost. Each method
    raises AlreadyRunning where another client took over meanwhile.
    """

    def __init__(self, journal: Journal, run: int) -> None:
        self._locks, self._location, self._run = journal.locks, journal.location, run

    @contextmanager
    def _owning(self) -> Iterator[Connection]:
        """A transaction of the run's owner, while it is that."""
        with journal_errors(self._location):
            session = self._locks.owner()
            assert session is not None  # noqa: S101 (of a journal on a server whose lock is held)
            with transaction(session, beside=True):
                yield session

    @_again
    def open(self) -> bool:
        """Begin to hand out; False while workers of an earlier client are still at work: they end within LEASE."""
        with self._owning() as connection:
            for table in (CLAIMS, FEEDS):
                connection.execute(delete(table).where(table.c.run == self._run))
            at_work = select(WORKERS.c.number).where(WORKERS.c.run == self._run, _is_ahead(WORKERS.c.until)).limit(1)
            if connection.execute(at_work).first() is not None:
                return False
            connection.execute(delete(WORKERS).where(WORKERS.c.run == self._run))
            values = {"run": self._run, "until": NOW + LEASE, "complete": False, "ended": False, "paused": False}
            connection.execute(insert(FEEDS).values(**values))
        return True

    @_again
    def offer(self, pieces: Sequence[Piece]) -> None:
        """Hand out pieces."""
        records = [{"run": self._run} | vars(piece) for piece in pieces]
        with self._owning() as connection:
            connection.execute(insert(CLAIMS).on_conflict_do_nothing(), records)

    @_again
    def renew(self, **orders: bool) -> tuple[int, int, list[WorkerTold]]:
        """Stay alive, and give ``orders`` (complete, ended, paused).

        Returns:
            How many pieces can be claimed, how many are not settled, and what the workers told.
        """
        with self._owning() as connection:
            connection.execute(update(FEEDS).where(FEEDS.c.run == self._run).values(until=NOW + LEASE, **orders))
            free = func.count(case((_is_free(self._run), 1)))
            there = select(free, func.count()).where(CLAIMS.c.run == self._run)
            waiting, unsettled = connection.execute(there).one()
            workers = select(WORKERS.c.number, _is_ahead(WORKERS.c.until).label("alive"), WORKERS.c.told)
            found = connection.execute(workers.where(WORKERS.c.run == self._run).order_by(WORKERS.c.number)).all()
        return waiting, unsettled, [WorkerTold(number, alive, json.loads(told)) for number, alive, told in found]

    @_again
    def close(self) -> None:
        """Nothing is handed out any more, and nothing of it is kept."""
        with self._owning() as connection:
            for table in (CLAIMS, FEEDS, WORKERS):
                connection.execute(delete(table).where(table.c.run == self._run))


class Claimant:
    """A worker's side, of a run (its number); ``name``: host and process, for people.

    Attributes:
        number: Of the worker: its fencing number.
    """

    def __init__(self, database: Database, run: int, name: str) -> None:
        self._database, self._run = database, run
        with database.beside() as connection:
            values = {"run": run, "name": name, "until": NOW + LEASE, "told": "{}"}
            self.number: int = connection.execute(
                insert(WORKERS).values(**values).returning(WORKERS.c.number)
            ).scalar_one()

    @_again
    def claim(self) -> Piece | None:
        """Claim the next piece that nobody has, or whose owner is gone; None: there is none at the moment."""
        free = (
            select(CLAIMS)
            .where(CLAIMS.c.run == self._run, _is_free(self._run))
            .order_by(CLAIMS.c.first)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.beside() as connection:
            found = connection.execute(free).first()
            if found is None:
                return None
            own = (CLAIMS.c.run == self._run, CLAIMS.c.first == found.first)
            connection.execute(update(CLAIMS).where(*own).values(owner=self.number))
        return Piece(found.first, found.last, found.stored, found.sha256)

    @_again
    def renew(self, told: Mapping[str, Any]) -> Orders:
        """Stay alive, tell of the work, and hear what is wanted."""
        values = {"until": NOW + LEASE, "told": json.dumps(told)}
        with self._database.beside() as connection:
            renewed = connection.execute(update(WORKERS).where(WORKERS.c.number == self.number).values(**values))
            feed = connection.execute(
                select(
                    FEEDS.c.complete, FEEDS.c.paused, (FEEDS.c.ended | ~_is_ahead(FEEDS.c.until)).label("ended")
                ).where(FEEDS.c.run == self._run)
            ).first()
        if feed is None or not renewed.rowcount:
            return Orders(ended=True)
        return Orders(feed.ended, feed.paused, feed.complete)

    @_again
    def settle(self, piece: Piece) -> None:
        """All rows of a piece have their outcome."""
        own = (CLAIMS.c.run == self._run, CLAIMS.c.first == piece.first, CLAIMS.c.owner == self.number)
        with self._database.beside() as connection:
            connection.execute(delete(CLAIMS).where(*own))

    @_again
    def leave(self, told: Mapping[str, Any]) -> None:
        """End the work; pieces that are not settled are free at once."""
        with self._database.beside() as connection:
            connection.execute(update(CLAIMS).where(CLAIMS.c.owner == self.number).values(owner=None))
            ended = {"until": 0.0, "told": json.dumps(told)}
            connection.execute(update(WORKERS).where(WORKERS.c.number == self.number).values(**ended))
