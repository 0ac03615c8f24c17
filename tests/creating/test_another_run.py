"""A phone that another run is sending: the row waits for what that run gets, and is not sent beside it."""

from support.virtual_time import FakeApi, MemoryWriter, create, rows

from importer.creating import TakenPhone
from importer.freedom_id import Answer, AnswerKind
from importer.journal.states import Held
from importer.model import Status

FREEDOM_ID = "11111111-1111-4111-8111-111111111111"


def held(*held_rows, until=None):
    """A journal in which other runs hold some rows, until it is told to let go (None: as long as nobody insists)."""

    class Holding(MemoryWriter):
        async def started(self, row, *, in_spite=False, update=None):
            if row in held_rows and not in_spite and not (until and until()):
                return Held.ELSEWHERE
            return await super().started(row)

        async def finished(self, row, outcome):
            self.open.add(row)
            await super().finished(row, outcome)

    return Holding()


def test_a_row_takes_the_user_that_another_run_made_of_its_phone_and_is_not_sent():
    api = FakeApi()

    async def phone_owner(sendable):
        return TakenPhone(FREEDOM_ID if sendable.row == 7 and api.now > 5 else "", doubt=False)

    made = create(rows(20), api, writer=held(7), phone_owner=phone_owner)
    assert made.statuses() == {"created": 19, "already_imported": 1}
    assert made.writer.outcomes[7].freedom_id == FREEDOM_ID
    assert len(api.requests) == 19
    assert made.progress.done[Status.ALREADY_IMPORTED] == 1


def test_an_id_of_the_ledger_is_no_repeat_whatever_the_api_gave_to_others():
    def taken(_api, _body):
        return Answer(AnswerKind.TAKEN, http_status=409)

    async def phone_owner(_sendable):
        return TakenPhone(FREEDOM_ID, doubt=False)

    made = create(rows(5), FakeApi(fault=taken), phone_owner=phone_owner)
    assert made.error is None
    assert made.statuses() == {"already_imported": 5}


def test_a_row_is_sent_once_the_other_run_has_let_go_of_its_phone():
    api = FakeApi()
    made = create(rows(20), api, writer=held(7, until=lambda: api.now > 5))
    assert made.statuses() == {"created": 20}
    assert 5 < made.seconds < 10


def test_a_row_is_sent_in_the_end_though_nobody_hears_of_the_other_run():
    made = create(rows(20), FakeApi(), writer=held(7))
    assert made.statuses() == {"created": 20}
    assert 30 <= made.seconds < 35


def test_a_thousand_rows_that_wait_hold_nobody_up_and_a_drain_leaves_them_as_they_are():
    api = FakeApi()

    async def stop(creator):
        import asyncio

        await asyncio.sleep(10)
        creator.drain()

    made = create(rows(1500), api, writer=held(*range(2, 902)), during=stop)
    assert made.statuses() == {"created": 600}
    assert made.seconds < 11
    assert not made.writer.open


def test_a_row_that_another_worker_has_claimed_is_dropped_without_a_word():
    class Lost(MemoryWriter):
        async def started(self, row, *, in_spite=False, update=None):
            return Held.LOST if row % 2 else await super().started(row)

    api = FakeApi()
    made = create(rows(100), api, writer=Lost())
    assert made.statuses() == {"created": 50}
    assert len(api.requests) == 50
    assert made.error is None
