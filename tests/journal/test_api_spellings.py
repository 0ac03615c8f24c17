"""An API that an older version knew by its whole path is the API of its base address."""

import asyncio
import uuid
from collections.abc import Callable

import pandas as pd
import pytest
from sqlalchemy import delete, update
from support.books import contradictions

from importer.errors import BooksDontBalance
from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.database.tables import APIS, LEDGER, META
from importer.model import Outcome, Status

BASE = "https://api.example"
PATH = f"{BASE}/api/v1/oauth/user"

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]


def created(location: str, make_run: MakeRun, make_frame: MakeFrame, api: str, rows: list[int], start: int) -> Run:
    """A finished run that created these users; FreedomIDs count from ``start``."""
    with Journal.open(location) as journal:
        run = make_run(journal, api=api, identity=f"{start:064x}")
        journal.plan(run.id, make_frame(rows))
        journal.update_run(run.id, state=RunState.RUNNING, rows=len(rows))

        async def send() -> None:
            async with JournalWriter(journal, run) as writer:
                for row in rows:
                    await writer.started(row)
                    await writer.finished(row, Outcome(Status.CREATED, str(uuid.UUID(int=start + row))))

        asyncio.run(send())
        return journal.update_run(run.id, state=RunState.FINISHED, counts={"created": len(rows)})


def renamed(location: str, before: str, after: str) -> None:
    """As an older version would have it, which gave addresses no check values."""
    with Journal.open(location) as journal, journal.database.writing() as connection:
        connection.execute(update(APIS).where(APIS.c.address == before).values(address=after))
        connection.execute(delete(META).where(META.c.name.startswith("api ")))


def phone(row: int) -> str:
    return f"+7701{row:07d}"


def test_what_was_recorded_under_the_whole_path_is_known_under_the_base(
    location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = created(location, make_run, make_frame, BASE, [2, 3], 100)
    renamed(location, BASE, PATH)
    with Journal.open(location) as journal:
        assert journal.known(BASE, [phone(2), phone(3)]) == {
            phone(2): str(uuid.UUID(int=102)),
            phone(3): str(uuid.UUID(int=103)),
        }
        assert journal.get_run(run.id).api == BASE


def test_two_ledgers_of_one_api_become_one_and_what_is_newer_stays(
    location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    old = created(location, make_run, make_frame, "https://other.example", [2, 3], 100)
    new = created(location, make_run, make_frame, BASE, [3, 4], 200)
    with Journal.open(location) as journal:
        journal.ledger.fold()
    renamed(location, "https://other.example", PATH)
    with Journal.open(location) as journal:
        known = journal.known(BASE, [phone(row) for row in (2, 3, 4)])
        assert [uuid.UUID(known[phone(row)]).int for row in (2, 3, 4)] == [102, 203, 204]
        assert {run.api for run in journal.runs()} == {BASE}
        assert [contradictions(journal, run.id) for run in (old, new)] == [[], []]


def test_a_damaged_entry_is_told_and_nothing_is_moved(location: str, make_run: MakeRun, make_frame: MakeFrame) -> None:
    created(location, make_run, make_frame, "https://other.example", [2], 100)
    created(location, make_run, make_frame, BASE, [3], 200)
    with Journal.open(location) as journal:
        journal.ledger.fold()
        with journal.database.writing() as connection:
            connection.execute(update(LEDGER).where(LEDGER.c.row == 2).values(freedom_id=uuid.uuid4().bytes))
    renamed(location, "https://other.example", PATH)
    with pytest.raises(BooksDontBalance, match="FreedomIDs of earlier runs"):
        Journal.open(location)
    with Journal.open(location, read_only=True) as journal:
        assert {run.api for run in journal.runs()} == {BASE, PATH}
