"""The wall clock is set forwards and backwards between runs: what a later run says counts all the same."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
from support.books import contradictions

from importer.journal import Journal, JournalWriter, Run
from importer.model import Outcome, Status

API, PHONE = "https://api.example", "+77010000002"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def written(journal: Journal, run: Run, outcome: Outcome) -> None:
    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            await writer.started(2, in_spite=True)
            await writer.finished(2, outcome)

    asyncio.run(send())


def test_what_is_updated_after_the_clock_was_set_back_is_known_as_updated(
    location: str, make_run: Callable[..., Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    """The fields as they were sent last were not kept, and were sent again each night until the clock had caught up."""
    user = str(uuid.uuid4())
    with Journal.open(location, clock=lambda: NOON + timedelta(days=400)) as journal:
        run = make_run(journal)
        journal.plan(run.id, make_frame([2]))
        written(journal, run, Outcome(Status.CREATED, user, prints=b"1" * 52))
        assert journal.known(API, [PHONE]) == {PHONE: user}
    with Journal.open(location, clock=lambda: NOON) as journal:
        again = make_run(journal, identity="ef" * 32)
        journal.plan(again.id, make_frame([2], freedom_id=user))
        written(journal, again, Outcome(Status.UPDATED, user, prints=b"2" * 52))
        assert journal.ledger.users(API, [PHONE])[PHONE].prints == b"2" * 52


def test_a_user_made_anew_after_the_clock_was_set_back_is_the_one_that_is_known(
    location: str, make_run: Callable[..., Run], make_frame: Callable[..., pd.DataFrame]
) -> None:
    old, new = str(uuid.uuid4()), str(uuid.uuid4())
    for clock, user, identity in ((NOON + timedelta(hours=2), old, "ab" * 32), (NOON, new, "ef" * 32)):
        with Journal.open(location, clock=lambda at=clock: at) as journal:
            run = make_run(journal, identity=identity)
            journal.plan(run.id, make_frame([2]))
            written(journal, run, Outcome(Status.CREATED, user))
            assert journal.known(API, [PHONE]) == {PHONE: user}
            assert contradictions(journal, run.id) == []
