"""The asyncio edge: rows that still have to be created, from the run's own copy of its input to the API."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pandas as pd

from importer.creating import Creator, Sendable, SendProgress, TakenPhone
from importer.creating.outcomes.recent_ids import RECENT, KnownIds
from importer.creating.rate_control.advice import advice_for
from importer.creating.rows.request_bodies import Bodies
from importer.creating.rows.unsent_rows import are_last_rows, has_worked, remembered_end
from importer.errors import RefusedFile, StorageFailed
from importer.freedom_id import FreedomId
from importer.freedom_id.lookup_loop import LookupLoop
from importer.journal import Journal, JournalWriter, Run, recent_ids
from importer.journal.ledger.field_prints import FieldPrints
from importer.journal.ledger.sent_phones import user_of_holder
from importer.messages.text import Text, joined
from importer.model import Status
from importer.progress import Pace, Watch
from importer.settings import Settings
from importer.validation.stream import MappedInput

BATCH_ROWS = 8_192
"""Rows read and cleaned at once while others are on their way: small enough to stay out of their way."""

_LOOK = 0.25
"""Seconds between two looks at the counters, after which a pause takes hold, too: an eye sees figures move steadily;
more often costs the event loop time that requests need."""

UNSENDABLE = (Status.INVALID, Status.DUPLICATE)


def create_rows(
    journal: Journal,
    run: Run,
    mapped: MappedInput,
    settings: Settings,
    connect: Callable[[], Awaitable[FreedomId]],
    watch: Watch,
    progress: SendProgress,
    *,
    most_updates: int | None = None,
) -> None:
    """Create every row of the run that is not done; returns when all are, or when ``watch`` is interrupted.

    ``progress`` is brought up to date all the while. ``most_updates``: users to be updated at most; None: all.

    Raises:
        ApiUnavailable: the API is down or refuses the token.
        StorageFailed: the journal cannot be written.
    """
    ending = remembered_end(journal, run, watch, progress.left, settings.limit)
    with ending, asyncio.Runner(loop_factory=LookupLoop) as runner:
        batches = sendable_batches(journal, run, mapped, settings.limit, most_updates)
        runner.run(_create(journal, run, batches, settings, connect, watch, progress))


async def _create(
    journal: Journal,
    run: Run,
    batches: Iterator[list[Sendable]],
    settings: Settings,
    connect: Callable[[], Awaitable[FreedomId]],
    watch: Watch,
    progress: SendProgress,
) -> None:
    loop = asyncio.get_running_loop()

    async def phone_owner(sendable: Sendable) -> TakenPhone:
        return await asyncio.to_thread(phone_owner_of, journal, run, sendable, other_names=settings.accept_other_names)

    api = await connect()
    ids = KnownIds(recent_ids(journal, run.api, RECENT), journal.ledger.keys().of)
    async with contextlib.aclosing(api), JournalWriter(journal, run, at_once=settings.concurrency) as writer:
        api.on_doubtful_id = writer.taken_back
        creator = Creator(
            api,
            writer,
            settings,
            phone_owner=phone_owner,
            tell=watch.said,
            progress=progress,
            last_rows=are_last_rows(journal, run),
            ids=ids,
            worked=has_worked(run),
        )
        creator.pause(paused=bool(watch.paused_by))
        display = asyncio.create_task(_display(progress, watch, creator))

        def drain() -> None:
            loop.call_soon_threadsafe(creator.drain)
            loop.call_soon_threadsafe(api.stop_connecting)

        began, worked = loop.time(), time.process_time()
        with watch.listening(drain):
            try:
                await creator.run(_in_a_thread(batches))
            finally:
                display.cancel()
                show(progress, watch)
                seconds, busy = loop.time() - began, time.process_time() - worked
                progress.advice = advice_for(progress, settings.concurrency, seconds, busy)
    writer.check()


async def _display(progress: SendProgress, watch: Watch, creator: Creator) -> None:
    while True:
        creator.pause(paused=bool(watch.paused_by))
        show(progress, watch)
        await asyncio.sleep(_LOOK)


def show(progress: SendProgress, watch: Watch) -> None:
    """Tell ``watch`` how far sending is, and what bounds it."""
    note: str = Text("{slots} at once", slots=progress.slots)
    if progress.rate is not None:
        note = joined([note, Text("{rate:.3g} requests/s allowed", rate=progress.rate)], ", ")
    outage = (progress.cause or Text("no answer")) if progress.in_outage else ""
    if outage:
        note = Text("the API does not answer ({cause}): waiting", cause=outage)
    if watch.paused_by:
        note = Text("paused by {who}; importer resume goes on", who=watch.paused_by)
    watch.paced(Pace(progress.slots, progress.rate, progress.requests, outage))
    watch.counted({str(status): count for status, count in progress.done.items()}, note=note)


def phone_owner_of(journal: Journal, run: Run, sendable: Sendable, *, other_names: bool = False) -> TakenPhone:
    """What the journal knows of a phone that the API calls taken; ``other_names``: they are the same person's."""
    phone = sendable.body["phone"]
    # The doubt first: another run's row may get its ID between the two questions, and would be missed by both.
    doubt = journal.in_doubt(run.api, phone, run_id=run.id, row=sendable.row)
    found = journal.ledger.users(run.api, [phone]).get(phone)
    if found is None and journal.location.server:
        found = user_of_holder(journal, run.id, sendable.row)
    if found is None:
        return TakenPhone("", doubt)
    keys = journal.ledger.keys()
    is_another = FieldPrints(keys).is_another_person(keys.of(phone), sendable.prints, found.prints)
    return TakenPhone(found.freedom_id, doubt, is_another and not other_names)


async def _in_a_thread(batches: Iterator[list[Sendable]]) -> AsyncIterator[list[Sendable]]:
    while batch := await asyncio.to_thread(next, batches, None):
        yield batch


def sendable_batches(
    journal: Journal, run: Run, mapped: MappedInput, limit: int | None, most_updates: int | None
) -> Iterator[list[Sendable]]:
    """Batches of rows to send, in the order of the file; with ``limit`` only from the first so many sendable ones.

    ``most_updates``: users to be updated at most; None: all of them.

    Raises:
        StorageFailed: the run's copy of the input cannot be read.
    """
    left, bodies = limit, Bodies(journal, run, most_updates)
    try:
        for chunk in mapped.table.chunks(BATCH_ROWS):
            if not len(chunk.cells):
                continue
            first, last = int(chunk.cells.index[0]), int(chunk.cells.index[-1])
            todo = journal.unfinished(run.id, first, last)
            if left is not None:
                todo, left = _within(journal.outcomes(run.id, first, last), todo, left)
            if todo and (batch := bodies.of(mapped.fields_to_send(chunk, todo), todo)):
                yield batch
            if left == 0:
                return
    except RefusedFile as exc:  # it could be read when it was planned
        raise StorageFailed(
            "run {id}: its copy of the input cannot be read any more ({exc})", id=run.id, exc=exc.sentence
        ) from exc


def _within(outcomes: pd.DataFrame, todo: dict[int, bool], left: int) -> tuple[dict[int, bool], int]:
    sendable = outcomes.index[~outcomes["status"].isin([*map(str, UNSENDABLE), str(Status.ALREADY_IMPORTED)])][:left]
    allowed = set(sendable.tolist())
    return {row: doubt for row, doubt in todo.items() if row in allowed}, left - len(allowed)
