"""What the ledger says of a user while an update of it is under way, and once it is answered, or will never be."""

import asyncio
import uuid
from collections.abc import Callable

import pandas as pd
import pytest

from importer.journal import Journal, JournalWriter, Run
from importer.journal.commits.unsaved_outcomes import _outcome_of, _record_of
from importer.journal.ledger.ledger_writes import UnderWay
from importer.model import CellError, KnownUser, Outcome, Status

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]

API = "https://api.example"
USER = str(uuid.UUID(int=2))
PHONE, OTHER = "+77010000002", "+77010000003"
BEFORE, MARKED, SENT, ELSE = (letter * 52 for letter in (b"b", b"m", b"s", b"e"))
REFUSED = Outcome(Status.REJECTED, USER, (CellError("email", "api_422", "taken"),))
ANSWERS = [
    (None, MARKED),
    ("released", MARKED),
    (Outcome(Status.UPDATED, USER, prints=SENT), SENT),
    (REFUSED._replace(prints=BEFORE, instead_of=MARKED), BEFORE),
    (REFUSED, MARKED),
    (Outcome(Status.FAILED, errors=(CellError("", "row_failed", "no"),)), MARKED),
]


@pytest.fixture
def known(journal: Journal, make_run: MakeRun, make_frame: MakeFrame) -> Journal:
    """The user is known, with prints."""
    run = make_run(journal)
    journal.plan(run.id, make_frame([2]))

    async def create(writer: JournalWriter) -> None:
        await writer.started(2)
        await writer.finished(2, Outcome(Status.CREATED, USER, prints=BEFORE))

    send(journal, run, create)
    journal.ledger.fold()
    return journal


def send(journal: Journal, run: Run, steps: Callable[[JournalWriter], object]) -> None:
    async def work() -> None:
        async with JournalWriter(journal, run) as writer:
            await steps(writer)  # type: ignore[misc]

    asyncio.run(work())


def updating(row: int, update: UnderWay, answer: Outcome | str | None) -> Callable[[JournalWriter], object]:
    async def steps(writer: JournalWriter) -> None:
        assert await writer.started(row, update=update) is None
        if isinstance(answer, Outcome):
            await writer.finished(row, answer)
        elif answer:
            writer.released(row)

    return steps


def user(journal: Journal, phone: str = PHONE) -> KnownUser:
    return journal.ledger.users(API, [phone])[phone]


@pytest.mark.parametrize(("answer", "left"), ANSWERS)
def test_what_an_update_sends_is_in_doubt_until_an_answer_says_what_the_user_has(
    known: Journal, make_run: MakeRun, make_frame: MakeFrame, answer: Outcome | str | None, left: bytes
) -> None:
    run = make_run(known, identity="cd" * 32)
    known.plan(run.id, make_frame([2]).assign(freedom_id=USER))
    send(known, run, updating(2, UnderWay(USER, MARKED), answer))
    assert (user(known).freedom_id, user(known).prints) == (USER, left)


@pytest.mark.parametrize(("answer", "left"), ANSWERS)
def test_a_user_who_is_to_get_another_phone_is_in_doubt_under_the_one_it_has(
    known: Journal, make_run: MakeRun, make_frame: MakeFrame, answer: Outcome | str | None, left: bytes
) -> None:
    run = make_run(known, identity="cd" * 32)
    known.plan(run.id, make_frame([3], phone=OTHER).assign(freedom_id=USER))
    had = known.ledger.keys().of(PHONE)
    answer = answer._replace(replaces=had) if isinstance(answer, Outcome) else answer
    send(known, run, updating(3, UnderWay(USER, MARKED, had), answer))
    moved = isinstance(answer, Outcome) and answer.status is Status.UPDATED
    assert user(known, OTHER if moved else PHONE).prints == left
    assert set(known.known(API, [PHONE, OTHER])) == {OTHER if moved else PHONE}


def test_a_refusal_leaves_what_has_come_to_be_known_of_the_user_since(
    known: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    slow, quick = make_run(known, identity="cd" * 32), make_run(known, identity="ef" * 32)
    for run in (slow, quick):
        known.plan(run.id, make_frame([2]).assign(freedom_id=USER))
    send(known, slow, updating(2, UnderWay(USER, MARKED), None))
    send(known, quick, updating(2, UnderWay(USER, ELSE), Outcome(Status.UPDATED, USER, prints=SENT)))
    send(known, slow, lambda writer: writer.finished(2, REFUSED._replace(prints=BEFORE, instead_of=MARKED)))
    assert user(known).prints == SENT


def test_an_update_of_somebody_else_marks_nobody(known: Journal, make_run: MakeRun, make_frame: MakeFrame) -> None:
    """The phone has another user by now than when the row was planned."""
    run, other = make_run(known, identity="cd" * 32), str(uuid.UUID(int=9))
    known.plan(run.id, make_frame([2]).assign(freedom_id=other))
    send(known, run, updating(2, UnderWay(other, MARKED), None))
    assert user(known).prints == BEFORE


def test_an_outcome_that_is_kept_apart_comes_back_whole_and_one_of_an_earlier_version_puts_nothing_back() -> None:
    refused = REFUSED._replace(prints=BEFORE, replaces=b"p" * 16, instead_of=MARKED)
    assert _outcome_of(_record_of(refused)) == refused
    earlier = {name: value for name, value in _record_of(refused).items() if name != "instead_of"}
    assert _outcome_of(earlier).instead_of == b""
