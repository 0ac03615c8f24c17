"""SIGINT and SIGTERM at any step: what is under way ends, the output is there, the same command goes on."""

import signal
import time

import pytest
from chaos.kit import Shop, Users, tell

BOTH = (signal.SIGINT, signal.SIGTERM)
STEPS = {
    "reading": "importer.validation.causes:CauseTally.add",
    "copying": "importer.pipeline:keep_copy",
    "planning": "importer.journal.journal:Journal.plan",
}


def goes_on(shop: Shop, users: Users) -> None:
    ended = shop.run("run", users.path)
    assert ended.code == 0, ended.err
    settled = shop.settle(users)
    assert settled.statuses == {"created": len(users.cells)}
    shop.assert_whole(settled, users)


def stopped_while_sending(shop: Shop, number: signal.Signals) -> None:
    shop.sandbox.set(latency=100.0)
    users = shop.users(400, bad=False)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(100)), running.err
    began = time.monotonic()
    running.signal(number)
    ended = running.wait()
    seconds = time.monotonic() - began
    assert ended.code == 4
    settled = shop.settle(users)
    assert set(settled.statuses) == {"created", "not_sent"}
    assert settled.statuses["created"] == len(settled.users) == shop.requests(), "what was under way has ended"
    goes_on(shop, users)
    assert shop.requests() == len(users.cells)
    tell(f"{number.name} while sending", created=settled.statuses["created"], unconfirmed=0, seconds=f"{seconds:.1f}")


def test_sigterm_while_sending_ends_what_is_under_way_and_loses_no_answer(shop: Shop):
    stopped_while_sending(shop, signal.SIGTERM)


@pytest.mark.chaos
def test_sigint_while_sending_ends_what_is_under_way_and_loses_no_answer(shop: Shop):
    shop.cold = True
    stopped_while_sending(shop, signal.SIGINT)


def stopped_while_waiting(shop: Shop, number: signal.Signals, situation: str) -> None:
    users = shop.users(60, bad=False)
    if situation == "outage":
        shop.sandbox.set(down="503")
    elif situation == "backoff":
        shop.sandbox.set(poison=users.phones)
    else:
        shop.sandbox.set(quota=1.0, quota_burst=1, retry_after_seconds=300.0)
    running = shop.start("run", users.path, environ={"IMPORTER_BACKOFF": "30"})
    assert running.until(shop.has_requests(2)), running.err
    time.sleep(0.3)
    began = time.monotonic()
    running.signal(number)
    ended = running.wait()
    seconds = time.monotonic() - began
    assert ended.code == 4, ended.err
    assert shop.settle(users).statuses["not_sent"] >= 59
    shop.sandbox.set(down="", poison=[], quota=0.0)
    assert shop.run("run", users.path).code == 0
    assert shop.settle(users).statuses == {"created": 60}
    tell(f"{number.name} in {situation}", seconds=f"{seconds:.1f}", spent=0)


def test_sigint_ends_the_wait_of_an_outage(shop: Shop):
    stopped_while_waiting(shop, signal.SIGINT, "outage")


@pytest.mark.chaos
@pytest.mark.parametrize("situation", ["outage", "backoff", "Retry-After"])
def test_sigterm_ends_every_wait(shop: Shop, situation: str):
    stopped_while_waiting(shop, signal.SIGTERM, situation)


def stopped_before_sending(shop: Shop, step: str, number: signal.Signals) -> None:
    users = shop.users(100, bad=False)
    ended = shop.run("run", users.path, crash=[[STEPS[step], "before", 1, number.name]])
    assert ended.code == 4, ended.err
    assert shop.requests() == 0
    goes_on(shop, users)


def test_sigterm_while_planning_sends_nothing_and_the_same_command_goes_on(shop: Shop):
    stopped_before_sending(shop, "planning", signal.SIGTERM)


@pytest.mark.chaos
@pytest.mark.parametrize(("step", "number"), list(zip(STEPS, (*BOTH, signal.SIGINT), strict=True)))
def test_a_signal_before_anything_is_sent_sends_nothing(shop: Shop, step: str, number: signal.Signals):
    stopped_before_sending(shop, step, number)


@pytest.mark.chaos
def test_a_signal_while_a_large_file_is_read_is_heeded_soon(shop: Shop):
    users = shop.users(400_000, bad=False)
    running = shop.start("run", users.path, "-v")
    assert running.until(lambda: "checking" in running.err), running.err
    time.sleep(0.5)
    began = time.monotonic()
    running.signal(signal.SIGTERM)
    ended = running.wait()
    assert ended.code == 4
    assert shop.requests() == 0
    tell("SIGTERM while 400,000 rows are read", seconds=f"{time.monotonic() - began:.1f}")


def test_a_signal_while_the_output_is_written_lets_it_be_written(shop: Shop):
    users = shop.users(60, bad=False)
    step = ["importer.writing.delimited_writer:DelimitedWriter.write", "before", 1, "SIGTERM"]
    ended = shop.run("run", users.path, crash=[step])
    assert ended.code == 0, ended.err
    assert shop.settle(users).statuses == {"created": 60}


def test_a_second_signal_leaves_at_once_and_the_run_still_goes_on(shop: Shop):
    shop.sandbox.set(down="hang")
    users = shop.users(60, bad=False)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(2)), running.err
    running.signal(signal.SIGTERM)
    assert running.until(lambda: "once more" in running.err)
    time.sleep(0.2)
    began = time.monotonic()
    running.signal(signal.SIGINT)
    assert running.wait().code == 4
    assert time.monotonic() - began < 5, "the ten seconds for what is under way are not waited for"
    assert not shop.output(users).exists()
    shop.sandbox.set(down="")
    goes_on(shop, users)
