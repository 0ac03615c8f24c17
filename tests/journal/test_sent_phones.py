"""A phone is sent by one row at a time, whatever runs and machines there are: the entry is unique, and looked at."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.books import contradictions

from importer.journal import Journal, JournalWriter, Run
from importer.journal.ledger.ledger_writes import UnderWay
from importer.journal.ledger.sent_phones import user_of_holder
from importer.journal.states import Held
from importer.model import CellError, Outcome, Status

from .test_journal_server import MakeFrame, MakeRun, id_of

REFUSED = Outcome(Status.REJECTED, errors=(CellError("", "api_x", "no"),))


@pytest.fixture
def runs(address: str, make_run: MakeRun, make_frame: MakeFrame) -> Iterator[tuple[Journal, Run, Run]]:
    """Two runs of the same three phones, in rows 2 to 4."""
    with Journal.open(address) as journal:
        both = [make_run(journal, identity=name * 32) for name in ("ab", "cd")]
        for run in both:
            journal.plan(run.id, make_frame(range(2, 5)))
        yield journal, both[0], both[1]


def at_once(journal: Journal, runs: tuple[Run, ...], steps: Callable[..., Any]) -> Any:
    """Do something with a writer for each run."""

    async def work() -> Any:
        writers = [await JournalWriter(journal, run).__aenter__() for run in runs]
        try:
            return await steps(*writers)
        finally:
            for writer in writers:
                await writer.__aexit__(None, None, None)

    return asyncio.run(work())


def moved(journal: Journal, creating: Run, make_frame: MakeFrame, make_run: MakeRun) -> tuple[Run, str, bytes]:
    """A run that is to give the user of a run's row 2 another phone: that run, the user, the (hashed) phone it has."""
    updating, user = make_run(journal, identity="ef" * 32), str(uuid.uuid4())

    async def create(writer: JournalWriter) -> None:
        await writer.started(2)
        await writer.finished(2, Outcome(Status.CREATED, user))

    at_once(journal, (creating,), create)
    journal.ledger.fold()
    journal.plan(updating.id, make_frame([2], phone="+77775550000", freedom_id=user))
    return updating, user, journal.ledger.keys().of("+77010000002")


def test_of_two_runs_that_begin_a_phone_at_once_one_alone_may_send_it(runs: tuple[Journal, Run, Run]) -> None:
    journal, one, other = runs

    async def begin(*writers: JournalWriter) -> list[list[Held | None]]:
        both = [[writer.started(row) for row in range(2, 5)] for writer in writers]
        return [list(await asyncio.gather(*begun)) for begun in both]

    first, second = at_once(journal, (one, other), begin)
    for mine, theirs in zip(first, second, strict=True):
        assert {mine, theirs} == {None, Held.ELSEWHERE}
    assert [journal.unfinished(run.id, 2, 4) for run in (one, other)] == [
        {row: begun is None for row, begun in enumerate(begun, 2)} for begun in (first, second)
    ], "a row that was held is not in doubt"


def test_what_became_of_the_phone_decides_whether_another_run_may_send_it(runs: tuple[Journal, Run, Run]) -> None:
    journal, one, other = runs

    async def begin(first: JournalWriter, second: JournalWriter) -> list[Held | None]:
        for row in (2, 3, 4):
            await first.started(row)
        assert user_of_holder(journal, other.id, 2) is None
        await first.finished(2, Outcome(Status.CREATED, id_of(2)))
        first.released(4)
        await first.finished(3, REFUSED)  # written with the release, or behind it
        return [await second.started(row) for row in (2, 3, 4)]

    assert at_once(journal, (one, other), begin) == [Held.ELSEWHERE, None, None]
    assert user_of_holder(journal, other.id, 2).freedom_id == id_of(2)


def test_the_names_of_whom_another_run_made_are_known_also_once_it_is_sorted_in(
    runs: tuple[Journal, Run, Run],
) -> None:
    journal, one, other = runs

    async def create(writer: JournalWriter) -> None:
        await writer.started(2)
        await writer.finished(2, Outcome(Status.CREATED, id_of(2), prints=b"2" * 52))

    at_once(journal, (one,), create)
    for _ in range(2):
        found = user_of_holder(journal, other.id, 2)
        assert found is not None
        assert found.prints == b"2" * 52
        journal.ledger.fold()


def test_a_row_whose_user_another_run_made_ends_as_already_imported_without_having_begun(
    runs: tuple[Journal, Run, Run],
) -> None:
    journal, one, other = runs

    async def begin(first: JournalWriter, second: JournalWriter) -> None:
        await first.started(2)
        await first.finished(2, Outcome(Status.CREATED, id_of(2)))
        assert await second.started(2) is Held.ELSEWHERE
        await second.finished(2, Outcome(Status.ALREADY_IMPORTED, id_of(2)))

    at_once(journal, (one, other), begin)
    assert journal.outcomes(other.id, 2, 2)["status"].tolist() == ["already_imported"]
    assert contradictions(journal, other.id) == []


def test_a_phone_that_an_update_took_from_its_user_may_be_sent_again(
    runs: tuple[Journal, Run, Run], make_frame: MakeFrame, make_run: MakeRun
) -> None:
    journal, one, other = runs
    updating, user, before = moved(journal, one, make_frame, make_run)

    async def update(writer: JournalWriter) -> None:
        assert await writer.started(2) is None
        await writer.finished(2, Outcome(Status.UPDATED, user, replaces=before))

    at_once(journal, (updating,), update)
    assert at_once(journal, (other,), lambda writer: writer.started(2)) is None


def test_a_row_that_waited_long_enough_begins_in_spite_of_another_that_nobody_heard_of(
    runs: tuple[Journal, Run, Run],
) -> None:
    journal, one, other = runs

    async def begin(first: JournalWriter, second: JournalWriter) -> list[Held | None]:
        await first.started(2)
        return [await second.started(2), await second.started(2, in_spite=True), await first.started(2)]

    assert at_once(journal, (one, other), begin) == [Held.ELSEWHERE, None, Held.ELSEWHERE]


def test_a_row_begins_again_after_a_crash_though_its_phone_is_entered(runs: tuple[Journal, Run, Run]) -> None:
    journal, one, _ = runs
    for _attempt in range(2):
        assert at_once(journal, (one,), lambda writer: writer.started(2)) is None
    assert journal.unfinished(one.id, 2, 2) == {2: True}


def test_a_phone_stays_its_users_where_the_api_refuses_to_give_the_user_another(
    runs: tuple[Journal, Run, Run], make_frame: MakeFrame, make_run: MakeRun
) -> None:
    journal, one, other = runs
    updating, user, had = moved(journal, one, make_frame, make_run)

    async def update(writer: JournalWriter) -> None:
        await writer.started(2, update=UnderWay(user, b"m" * 52, had))
        refused = REFUSED._replace(freedom_id=user, prints=b"b" * 52, replaces=had, instead_of=b"m" * 52)
        await writer.finished(2, refused)

    at_once(journal, (updating,), update)
    assert at_once(journal, (other,), lambda writer: writer.started(2)) is Held.ELSEWHERE
