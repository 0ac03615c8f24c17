"""A list that comes again each night: what proves a creation stays, and its repeats take next to nothing."""

import asyncio
import random
import uuid
from collections.abc import Callable

import pandas as pd
import pytest
from support.books import contradictions

from importer.journal import Journal, JournalWriter, Run, RunState
from importer.journal.maintenance import fold_repeats, settle
from importer.model import Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"


def phone(number: int) -> str:
    return f"+7701{number:07d}"


def freedom_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def night(journal: Journal, make_frame: MakeFrame, numbers: list[int], identity: str) -> Run:
    """A run over the users of these numbers, in this order: those that are new are created."""
    run = journal.create_run(identity, API, "users.csv", "cd" * 32, {})
    known = journal.known(API, [phone(number) for number in numbers])
    ids = [known.get(phone(number), "") for number in numbers]
    status = ["already_imported" if given else "not_sent" for given in ids]
    rows = range(2, len(numbers) + 2)
    journal.plan(run.id, make_frame(rows, status=status, freedom_id=ids, phone=[phone(number) for number in numbers]))
    journal.update_run(run.id, state=RunState.RUNNING, rows=len(numbers))

    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            new = [(row, number) for row, number, given in zip(rows, numbers, ids, strict=True) if not given]
            await asyncio.gather(*(writer.started(row) for row, _ in new))
            created = [(row, Outcome(Status.CREATED, freedom_id(number))) for row, number in new]
            await asyncio.gather(*(writer.finished(row, outcome) for row, outcome in created))

    if "" in ids:
        asyncio.run(send())
    journal.update_run(run.id, state=RunState.FINISHED)
    fold_repeats(journal, journal.get_run(run.id))
    return run


@pytest.mark.sqlite_only
@pytest.mark.parametrize("order", [sorted, lambda numbers: random.Random(7).sample(numbers, len(numbers))])
def test_nights_of_repeats_take_a_byte_or_two_a_row_and_every_night_can_still_be_told(
    journal: Journal, make_frame: MakeFrame, order: Callable[[list[int]], list[int]]
) -> None:
    users = list(range(0, 4_000, 2))
    night(journal, make_frame, users, "00" * 32)
    nights = []
    size = stored(journal)
    for number in range(1, 5):
        users = order([*users, 2 * number + 1])  # one is new, and stands among the others
        nights.append((night(journal, make_frame, users, f"{number:064x}"), list(users)))
    per_row = (stored(journal) - size) / (4 * len(users))
    assert per_row < 4
    for run, numbers in nights:
        found = journal.outcomes(run.id, 2, len(numbers) + 1)
        assert found.index.tolist() == list(range(2, len(numbers) + 2))
        assert found["freedom_id"].tolist() == [freedom_id(number) for number in numbers]
        assert found["status"].value_counts().to_dict() == {"already_imported": len(numbers) - 1, "created": 1}
        assert journal.counts(run.id) == {Status.ALREADY_IMPORTED: len(numbers) - 1, Status.CREATED: 1}
        assert contradictions(journal, run.id) == []
        part = journal.outcomes(run.id, 100, 103)
        assert part["freedom_id"].tolist() == [freedom_id(number) for number in numbers[98:102]]


def stored(journal: Journal) -> int:
    """Bytes of the pages that are in use."""
    with journal.database.reading() as connection:
        pages, free, size = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def test_a_row_that_was_known_from_elsewhere_is_not_folded(journal: Journal, make_frame: MakeFrame) -> None:
    night(journal, make_frame, [1], "00" * 32)
    run = journal.create_run("ab" * 32, API, "users.csv", "cd" * 32, {})
    given = make_frame([2, 3], status="already_imported", phone=[phone(1), phone(2)])
    journal.plan(run.id, given.assign(freedom_id=[freedom_id(9), freedom_id(2)]))
    journal.update_run(run.id, state=RunState.RUNNING)
    journal.update_run(run.id, state=RunState.FINISHED)
    assert fold_repeats(journal, journal.get_run(run.id)) == 0
    assert journal.outcomes(run.id, 2, 3)["freedom_id"].tolist() == [freedom_id(9), freedom_id(2)]


def test_an_unconfirmed_row_is_settled_once_another_run_is_known_to_have_created_the_user(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2, 3, 4], phone=[phone(1), phone(2), phone(3)], note=["repaired", "", ""]))

    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            for row, given in ((2, ""), (3, ""), (4, freedom_id(77))):
                await writer.started(row)
                await writer.finished(row, Outcome(Status.UNCONFIRMED, given, note="doubt"))

    asyncio.run(send())
    assert settle(journal, run) == 0
    night(journal, make_frame, [1], "00" * 32)
    assert settle(journal, run) == 1
    assert settle(journal, run) == 0
    found = journal.outcomes(run.id, 2, 4)
    assert found["status"].tolist() == ["already_imported", "unconfirmed", "unconfirmed"]
    assert found["freedom_id"].tolist() == [freedom_id(1), "", freedom_id(77)]
    assert (found.loc[2, "errors"], found.loc[3, "note"]) == ("", "doubt")
    assert "another run" in found.loc[2, "note"]
    assert contradictions(journal, run.id) == []
