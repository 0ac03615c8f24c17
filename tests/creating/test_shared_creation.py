"""Several workers that share a budget, with rows, retries and circuit breakers, in virtual time."""

import asyncio

import pytest
from creating.test_pacing import Limited, Window, between, refused_share, used
from support import shared_creation
from support.shared_creation import together
from support.virtual_time import FakeApi

from importer.freedom_id import Answer, AnswerKind

DOWN = Answer(AnswerKind.RETRY, http_status=503)


@pytest.mark.chaos
def test_four_workers_find_a_quota_and_use_nine_tenths_of_it():
    api = Limited(Window(20, phase=0.37), 0.02)

    async def steps(_record, start):
        for _ in range(4):
            start()
        await asyncio.sleep(90)

    together(steps, api)
    assert used(api, 20, 60, 90) >= 0.90
    assert refused_share(api, 90) <= 0.05


def test_there_are_never_more_requests_at_once_than_the_whole_may_have():
    api = FakeApi(0.3)

    async def steps(_record, start):
        first = start()
        await asyncio.sleep(10)
        for _ in range(2):
            start()
        await asyncio.sleep(10)
        first.die()
        await asyncio.sleep(8)
        return len(api.requests)

    before = together(steps, api, concurrency=7)
    assert api.most_at_once <= 7
    assert before >= 0.8 * 28 * 7 / 0.3


def test_a_silence_that_a_failing_answer_asks_one_worker_for_is_kept_by_all():
    asked = []

    def fault(api, _body):
        if asked or api.now < 10:
            return None
        asked.append(api.now)
        return Answer(AnswerKind.RETRY, http_status=503, retry_after=5.0)

    async def steps(_record, start):
        for _ in range(3):
            start()
        await asyncio.sleep(17)

    api = FakeApi(0.05, fault)
    together(steps, api, rate=40.0)
    heard = asked[0] + api.latency
    assert between(api.requests, heard + 0.25, heard + 4.9) == 0
    assert between(api.requests, heard + 5, heard + 6) >= 30


class Breaking(FakeApi):
    """Down between two seconds; which requests came then."""

    def __init__(self, start, end):
        super().__init__(0.05, lambda api, _body: DOWN if start <= api.now < end else None)
        self.start, self.end, self.probes, self.probing, self.most_probing = start, end, [], 0, 0

    async def create(self, body):
        settled = self.start + 3 <= self.now < self.end
        self.probes += [self.now] if settled else []
        self.probing += settled
        self.most_probing = max(self.most_probing, self.probing)
        try:
            return await super().create(body)
        finally:
            self.probing -= settled


def test_in_an_outage_all_wait_one_at_a_time_probes_and_all_go_on_afterwards():
    api = Breaking(10, 40)

    async def steps(_record, start):
        workers = [start() for _ in range(4)]
        await asyncio.sleep(20)
        waiting = [worker.progress.in_outage for worker in workers]
        await asyncio.sleep(40)
        done = [len(worker.writer.outcomes) for worker in workers]
        await asyncio.sleep(5)
        return workers, waiting, [len(worker.writer.outcomes) - was for worker, was in zip(workers, done, strict=True)]

    workers, waiting, since = together(steps, api, rate=40.0)
    assert waiting == [True] * 4
    assert api.most_probing == 1
    assert 2 <= len(api.probes) <= 8
    assert all(40 <= count <= 60 for count in since)
    assert all(worker.told[-1] == "the API answers again" for worker in workers)
    assert {str(outcome.status) for worker in workers for outcome in worker.writer.outcomes.values()} == {"created"}


def test_the_cause_of_an_outage_is_the_latest_that_any_of_the_workers_met():
    causes = ((10, "connection refused"), (15, "reset"), (30, "HTTP 503"))

    def fault(api, _body):
        met = [cause for since, cause in causes if api.now >= since]
        return Answer(AnswerKind.RETRY, code=met[-1], reason=met[-1], unreachable=True) if met else None

    async def steps(_record, start):
        workers = [start() for _ in range(3)]
        await asyncio.sleep(90)
        return workers

    workers = together(steps, FakeApi(0.05, fault), rate=40.0, outage_limit=60.0)
    assert ["(HTTP 503)" in str(worker.error) for worker in workers] == [True] * 3
    told = [line for worker in workers for line in worker.told if "still" in line]
    assert [cause for _, cause in causes[1:]] == [line.rpartition(": ")[2] for line in told]


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_clock_of_the_record_that_is_set_neither_ends_an_outage_late_nor_lengthens_a_silence(monkeypatch, step):
    async def steps(_record, start):
        for _ in range(3):
            start()
        await asyncio.sleep(10)
        before = len(api.requests)
        monkeypatch.setattr(shared_creation, "EPOCH", shared_creation.EPOCH + step)
        await asyncio.sleep(15)
        return before, len(api.requests) - before

    for api in (Limited(Window(20, phase=0.37), 0.02), Breaking(9, 12)):
        before, since = together(steps, api, rate=40.0)
        assert since >= 0.7 * before


def test_when_the_one_that_probes_dies_another_one_finds_the_api_again():
    api = Breaking(10, 40)

    async def steps(record, start):
        workers = [start() for _ in range(3)]
        for _ in range(3):
            await asyncio.sleep(9)
        prober = record.budget.outage.prober
        next(worker for worker in workers if worker.name == prober).die()
        await asyncio.sleep(45)
        return [worker.progress.in_outage for worker in workers if worker.name != prober], record.budget

    outages, budget = together(steps, api, rate=40.0)
    assert outages == [False, False]
    assert budget.outage is None
    assert len(budget.members) == 2
    assert between(api.requests, 66, 72) >= 0.95 * 240


def test_the_outage_limit_counts_for_all_from_when_the_trouble_began():
    api = Breaking(10, 1000)

    async def steps(_record, start):
        workers = [start() for _ in range(3)]
        await asyncio.sleep(75)
        return [type(worker.error).__name__ for worker in workers]

    assert together(steps, api, rate=40.0, outage_limit=60.0) == ["ApiSilent"] * 3


def test_a_worker_whose_own_network_is_down_holds_nobody_up():
    api, nowhere = FakeApi(0.05), FakeApi(0.05, lambda _api, _body: DOWN)

    async def steps(_record, start):
        start()
        start()
        alone = start(through=nowhere)
        await asyncio.sleep(40)
        return alone

    alone = together(steps, api, rate=40.0)
    assert between(api.requests, 10, 40) >= 0.6 * 40 * 30
    assert not alone.writer.outcomes
    assert len(nowhere.requests) < 60


def test_a_worker_whose_own_network_comes_back_goes_on():
    api, its_own = FakeApi(0.05), FakeApi(0.05, lambda api, _body: DOWN if 10 <= api.now < 20 else None)

    async def steps(_record, start):
        start()
        alone = start(through=its_own)
        await asyncio.sleep(20)
        before = len(alone.writer.outcomes)
        await asyncio.sleep(40)
        return len(alone.writer.outcomes) - before

    assert together(steps, api, rate=40.0) >= 0.5 * 20 * 30


def test_time_in_which_a_worker_stood_still_counts_for_no_outage_of_the_whole_either():
    api = Breaking(10, 1000)

    async def steps(_record, start):
        workers = [start() for _ in range(3)]
        await asyncio.sleep(20)
        workers[0].creator._attempts.breaker.slept(30.0)
        await asyncio.sleep(55)
        early = [worker.error is not None for worker in workers]
        await asyncio.sleep(30)
        return early, [type(worker.error).__name__ for worker in workers]

    early, errors = together(steps, api, rate=40.0, outage_limit=60.0)
    assert early == [False, True, True]
    assert errors == ["ApiSilent"] * 3


def test_a_worker_that_cannot_reach_the_record_holds_at_the_end_of_its_lease_and_goes_on_afterwards():
    api = FakeApi(0.05)

    async def steps(record, start):
        start()
        worker = start()
        await asyncio.sleep(10)
        record.cut_off.add(worker.name)
        await asyncio.sleep(3)
        held = len(worker.writer.outcomes)
        await asyncio.sleep(10)
        while_held = len(worker.writer.outcomes) - held
        record.cut_off.clear()
        await asyncio.sleep(5)
        return while_held, len(worker.writer.outcomes) - held

    while_held, after = together(steps, api, rate=40.0)
    assert while_held == 0
    assert after > 40


def test_a_log_with_details_says_why_a_worker_could_not_ask_for_its_share(caplog):
    caplog.set_level("DEBUG", "importer")

    async def steps(record, start):
        record.cut_off.add(start().name)
        await asyncio.sleep(0.1)

    together(steps, FakeApi(0.05), rate=40.0)
    assert "StorageFailed: cut off" in caplog.text


def test_while_one_worker_is_paused_the_others_use_its_share():
    api = FakeApi(0.05)

    async def steps(_record, start):
        paused, _other = start(), start()
        await asyncio.sleep(5)
        paused.creator.pause(paused=True)
        await asyncio.sleep(10)
        paused.creator.pause(paused=False)

    together(steps, api, rate=40.0)
    assert between(api.requests, 9, 14) >= 0.97 * 200


def test_the_last_rows_of_one_are_sent_at_the_rate_of_all():
    api = FakeApi(0.05)

    async def steps(_record, start):
        short, long = start(most=60), start()
        await asyncio.sleep(6)
        await short.ended()
        await asyncio.sleep(14)
        return short, long

    short, _long = together(steps, api, rate=40.0)
    assert len(short.writer.outcomes) == 60
    assert between(api.requests, 10, 20) >= 0.97 * 400
