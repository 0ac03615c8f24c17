"""The ledger: which phone has which FreedomID, across runs; and who may have created a phone."""

import asyncio
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event, insert
from support.books import contradictions

from importer.journal import Journal, JournalWriter, Run
from importer.journal.commits.commit_group import CommitGroup
from importer.journal.database.tables import ARRIVALS
from importer.journal.ledger import ledger, ledger_arrivals
from importer.model import CellError, Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"


def some_id(row: int) -> str:
    return str(uuid.UUID(int=row))


def finish(journal: Journal, run: Run, outcomes: dict[int, Outcome | None]) -> None:
    """Start each row, and give it its outcome where there is one."""

    async def work(writer: JournalWriter, row: int, outcome: Outcome | None) -> None:
        await writer.started(row, in_spite=True)  # a server would not begin a phone that has a user
        if outcome is not None:
            await writer.finished(row, outcome)

    async def all_of_them() -> None:
        async with JournalWriter(journal, run) as writer:
            await asyncio.gather(*(work(writer, row, outcome) for row, outcome in outcomes.items()))

    asyncio.run(all_of_them())


def created(*rows: int) -> dict[int, Outcome | None]:
    return {row: Outcome(Status.CREATED, some_id(row)) for row in rows}


def test_a_created_phone_is_known_to_later_runs_on_the_same_api_only(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    make_run(journal, api="http://127.0.0.1:8000")
    journal.plan(run.id, make_frame([2, 3], phone=["+77010000002", "+77010000003"]))
    finish(journal, run, created(2))
    asked = ["+77010000003", "+77010000002", "", "+77010000009"]
    assert journal.known(API, asked) == {"+77010000002": some_id(2)}
    assert journal.known("http://127.0.0.1:8000", asked) == {}
    assert journal.known("https://never.used", asked) == {}
    assert journal.known(API, []) == {}


def test_an_id_is_remembered_when_ours_may_have_made_the_user_and_not_when_it_was_there_before(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame(range(2, 7)))
    outcomes = {
        2: Outcome(Status.CREATED, some_id(2)),
        3: Outcome(Status.UNCONFIRMED, some_id(3)),
        4: Outcome(Status.UNCONFIRMED, note="doubt"),
        5: Outcome(Status.EXISTS, some_id(5)),
        6: Outcome(Status.FAILED, errors=(CellError("", "row_failed", "no"),)),
    }
    finish(journal, run, dict(outcomes))
    phones = [f"+7701{row:07d}" for row in outcomes]
    assert journal.known(API, phones) == {"+77010000002": some_id(2), "+77010000003": some_id(3)}
    assert contradictions(journal, run.id) == []


def test_a_reader_knows_what_has_not_been_sorted_in_yet(
    journal: Journal, location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2, 3]))
    finish(journal, run, created(2))
    assert journal.known(API, ["+77010000002"])
    finish(journal, run, created(3))
    with Journal.open(location, read_only=True) as reader:
        for _ in range(2):
            assert len(reader.known(API, ["+77010000002", "+77010000003"])) == 2
        assert contradictions(reader, run.id) == []


def test_the_newest_id_of_a_phone_counts(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    first, second = make_run(journal), make_run(journal)
    for run, freedom_id in ((first, some_id(1)), (second, some_id(2))):
        journal.plan(run.id, make_frame([2]))
        finish(journal, run, {2: Outcome(Status.CREATED, freedom_id)})
    assert journal.known(API, ["+77010000002"]) == {"+77010000002": some_id(2)}
    assert contradictions(journal, first.id) == contradictions(journal, second.id) == []


def test_more_phones_than_fit_one_statement_or_transaction_are_all_found(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_arrivals, "_FOLDED_AT_ONCE", 64)
    run = make_run(journal)
    rows = range(2, 2502)
    journal.plan(run.id, make_frame(rows))
    finish(journal, run, created(*rows))
    assert journal.known(API, [f"+7701{row:07d}" for row in range(5000)]) == {
        f"+7701{row:07d}": some_id(row) for row in rows
    }
    with journal.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM arrivals").scalar() == 0


@pytest.mark.parametrize("count", [1, 4, 5, 9])
def test_what_is_sorted_in_is_gone_from_the_arrivals_also_where_it_is_one_user_alone(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(ledger_arrivals, "_FOLDED_AT_ONCE", 4)
    run = make_run(journal)
    journal.plan(run.id, make_frame(range(2, 2 + count)))
    finish(journal, run, created(*range(2, 2 + count)))
    assert len(journal.known(API, [f"+7701{row:07d}" for row in range(20)])) == count
    with journal.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM arrivals").scalar() == 0


@pytest.mark.parametrize("remembered", [100_000, 0], ids=["kept in memory", "folded when too many"])
def test_a_sending_run_sees_at_once_what_other_runs_create(
    journal: Journal,
    location: str,
    make_run: MakeRun,
    make_frame: MakeFrame,
    monkeypatch: pytest.MonkeyPatch,
    remembered: int,
) -> None:
    monkeypatch.setattr(ledger_arrivals, "_REMEMBERED", remembered)
    run, other, elsewhere = make_run(journal), make_run(journal), make_run(journal, api="https://other")
    journal.plan(run.id, make_frame([2, 3]))
    journal.plan(other.id, make_frame([12, 13, 14]))
    journal.plan(elsewhere.id, make_frame([22]))
    phones = [f"+7701{row:07d}" for row in (2, 12, 13, 14, 22)]

    async def send(to: Journal, sender: Run, *rows: int) -> None:
        async with JournalWriter(to, sender) as writer:
            for row in rows:
                await writer.started(row)
                await writer.finished(row, Outcome(Status.CREATED, some_id(row)))

    async def both() -> None:
        with Journal.open(location) as second:
            async with JournalWriter(journal, run) as writer:
                assert journal.known(API, phones) == {}
                await writer.started(2)
                await writer.finished(2, Outcome(Status.CREATED, some_id(2)))
                await send(second, other, 12)
                await send(second, elsewhere, 22)
                assert journal.known(API, phones[1:]) == {phones[1]: some_id(12)}
                assert journal.known("https://other", phones) == {phones[4]: some_id(22)}
                await send(second, other, 13)
                contradictions(second, other.id)
                await send(second, other, 14)
                assert journal.known(API, phones[1:]) == {phones[n]: some_id(11 + n) for n in (1, 2, 3)}

    asyncio.run(both())
    assert len(journal.known(API, phones)) == 4
    assert contradictions(journal, run.id) == []


@pytest.mark.sqlite_only
def test_a_phone_that_an_update_took_from_its_user_is_nobodys_whatever_had_arrived_of_it(
    journal: Journal, location: str, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    maker, mover, sender = make_run(journal), make_run(journal), make_run(journal)
    before, after = "+77010000002", "+77010000003"
    journal.plan(maker.id, make_frame([2]))
    journal.plan(mover.id, make_frame([3]).assign(freedom_id=some_id(2)))
    finish(journal, maker, created(2))
    with Journal.open(location) as sending:
        sending.ledger.follow(sending.number_of(sender.id))
        assert sending.known(API, [before]) == {before: some_id(2)}, "as it arrived"
        with journal.database.reading() as connection:
            arrived = connection.exec_driver_sql("SELECT * FROM arrivals").one()._asdict()
        journal.known(API, [before])
        later = journal.clock() + timedelta(seconds=5)
        journal.clock = lambda: later
        moved = Outcome(Status.UPDATED, some_id(2), replaces=journal.ledger.keys().of(before))
        finish(journal, mover, {3: moved})
        assert sending.known(API, [before, after]) == {after: some_id(2)}
    with journal.database.writing() as connection:  # as after a kill in the midst of sorting
        connection.execute(insert(ARRIVALS), arrived)
    with Journal.open(location, read_only=True) as reader:
        assert reader.known(API, [before, after]) == {after: some_id(2)}
    assert journal.known(API, [before, after]) == {after: some_id(2)}


@pytest.mark.parametrize("changed_first", [False, True])
def test_an_update_gives_nobody_the_phone_back_that_another_run_takes_from_its_user_meanwhile(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, changed_first: bool
) -> None:
    maker, changer, mover = make_run(journal), make_run(journal, identity="cd" * 32), make_run(journal)
    before, after = "+77010000002", "+77010000003"
    journal.plan(maker.id, make_frame([2]))
    finish(journal, maker, created(2))
    assert journal.known(API, [before]) == {before: some_id(2)}
    journal.plan(changer.id, make_frame([2]).assign(freedom_id=some_id(2)))
    journal.plan(mover.id, make_frame([3]).assign(freedom_id=some_id(2)))
    changed = (changer, {2: Outcome(Status.UPDATED, some_id(2), prints=b"2" * 52)})
    moved = (mover, {3: Outcome(Status.UPDATED, some_id(2), replaces=journal.ledger.keys().of(before))})
    for one in (changed, moved) if changed_first else (moved, changed):
        finish(journal, *one)
    assert journal.known(API, [before, after]) == {after: some_id(2)}
    assert [contradictions(journal, run.id) for run in (maker, changer, mover)] == [[], [], []]


def test_of_two_new_phones_that_two_runs_give_a_user_at_once_it_has_the_last(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    maker, one, other = make_run(journal), make_run(journal), make_run(journal)
    journal.plan(maker.id, make_frame([2]))
    finish(journal, maker, created(2))
    phones = [f"+7701000000{number}" for number in (2, 3, 4)]
    assert journal.known(API, phones) == {phones[0]: some_id(2)}
    replaced = journal.ledger.keys().of(phones[0])
    for run, row in ((one, 3), (other, 4)):
        journal.plan(run.id, make_frame([row]).assign(freedom_id=some_id(2)))
    for run, row in ((one, 3), (other, 4)):
        finish(journal, run, {row: Outcome(Status.UPDATED, some_id(2), replaces=replaced)})
    assert journal.known(API, phones) == {phones[2]: some_id(2)}
    assert [contradictions(journal, run.id) for run in (maker, one, other)] == [[], [], []]


def test_of_users_who_get_new_phones_together_only_those_are_looked_for_whom_another_run_has_moved(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    maker, one, other = make_run(journal), make_run(journal), make_run(journal)
    rows = range(2, 12)
    journal.plan(maker.id, make_frame(rows))
    finish(journal, maker, created(*rows))
    phones = [f"+7701{row:07d}" for row in range(2, 32)]
    replaced = {row: journal.ledger.keys().of(phone) for row, phone in zip(rows, phones[:10], strict=True)}
    assert len(journal.known(API, phones)) == len(rows)
    for run, beside, some in ((one, 10, [5]), (other, 20, rows)):
        frame = make_frame([row + beside for row in some]).assign(freedom_id=[some_id(row) for row in some])
        journal.plan(run.id, frame)

    def move(run: Run, beside: int, some: Iterable[int]) -> None:
        outcomes = {row + beside: Outcome(Status.UPDATED, some_id(row), replaces=replaced[row]) for row in some}
        with journal.database.writing() as connection:
            group = CommitGroup()
            for row, outcome in outcomes.items():
                group.start(row)
                group.finish(row, outcome)
            group.write(connection, journal.number_of(run.id), 1_800_000_000)

    move(one, 10, [5])
    looked_for = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith("UPDATE ledger") and "ledger.phone != " in statement:
            looked_for.extend(values if many else [values])

    with journal.database.reading() as connection:
        event.listen(connection.engine, "before_cursor_execute", note)
    move(other, 20, rows)
    assert len(looked_for) == 1
    assert journal.known(API, phones) == {f"+7701{row + 20:07d}": some_id(row) for row in rows}
    assert [contradictions(journal, run.id) for run in (maker, one, other)] == [[], [], []]


def test_a_look_up_amid_traffic_does_not_write(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    run = make_run(journal)
    journal.plan(run.id, make_frame([2, 3]))

    async def send() -> None:
        async with JournalWriter(journal, run) as writer:
            await writer.started(2)
            await writer.finished(2, Outcome(Status.CREATED, some_id(2)))
            with journal.database.writing():  # a second writer would wait here for ever
                assert journal.known(API, ["+77010000003"]) == {}

    asyncio.run(send())


@pytest.mark.parametrize("transactions", range(7))
def test_sorting_that_is_cut_off_after_any_transaction_loses_nothing(
    journal: Journal,
    make_run: MakeRun,
    make_frame: MakeFrame,
    monkeypatch: pytest.MonkeyPatch,
    transactions: int,
) -> None:
    run = make_run(journal)
    rows = range(2, 202)
    journal.plan(run.id, make_frame(rows))
    finish(journal, run, created(*rows))
    left = iter(range(transactions))
    whole = ledger_arrivals._at_once

    def cut_off(*arguments: Any) -> None:
        next(left)
        whole(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(ledger_arrivals, "_FOLDED_AT_ONCE", 64)
        patched.setattr(ledger_arrivals, "_at_once", cut_off)
        with pytest.raises(StopIteration):
            journal.known(API, ["+77010000002"])
    assert len(journal.known(API, [f"+7701{row:07d}" for row in rows])) == len(rows)
    assert contradictions(journal, run.id) == []


@pytest.mark.parametrize(
    ("outcome", "doubt"),
    [
        pytest.param(None, True, id="no outcome"),
        pytest.param(Outcome(Status.FAILED), True, id="failed"),
        pytest.param(Outcome(Status.UNCONFIRMED), True, id="unconfirmed"),
        pytest.param(Outcome(Status.CREATED, some_id(2)), False, id="created"),
        pytest.param(Outcome(Status.EXISTS), False, id="exists"),
        pytest.param(Outcome(Status.REJECTED), False, id="rejected"),
        pytest.param(Outcome(Status.REJECTED, doubt=True), True, id="rejected after a lost answer"),
    ],
)
def test_a_phone_is_in_doubt_while_another_row_of_ours_may_have_created_it(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame, outcome: Outcome | None, doubt: bool
) -> None:
    run, later, elsewhere = make_run(journal), make_run(journal), make_run(journal, api="https://other")
    journal.plan(run.id, make_frame([2]))
    phone = "+77010000002"
    assert not journal.in_doubt(API, phone, run_id=later.id, row=2)
    finish(journal, run, {2: outcome})
    assert journal.in_doubt(API, phone, run_id=later.id, row=2) is doubt
    assert journal.in_doubt(API, phone, run_id=run.id, row=3) is doubt
    assert not journal.in_doubt(API, phone, run_id=run.id, row=2)
    assert not journal.in_doubt("https://other", phone, run_id=elsewhere.id, row=2)
    assert not journal.in_doubt("https://never.used", phone, run_id=later.id, row=2)


@pytest.mark.sqlite_only
def test_a_doubt_is_looked_up_by_the_index_of_rows_in_doubt(journal: Journal) -> None:
    statement = str(ledger._DOUBTFUL.compile(journal.database.engine))
    with journal.database.reading() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (b"", 1, 1, 1, 1, 0)).all()
    assert any("rows_in_doubt" in step[-1] for step in steps), steps
