"""Two at once: one process owns a run; runs that share phones create each once."""

import signal

import pytest
from chaos.kit import PATIENCE, Shop, Users, tell


def test_the_second_start_of_the_same_file_says_who_is_running_and_sends_nothing(shop: Shop):
    shop.sandbox.set(latency=200.0)
    users = shop.users(300, bad=False)
    first = shop.start("run", users.path)
    assert first.until(shop.has_requests(10)), first.err
    second = shop.run("run", users.path, "--rate", 1000)
    assert second.code == 4
    assert f"process {first.pid} " in second.err
    assert "already being imported" in second.err
    first.signal(signal.SIGTERM)
    assert first.wait().code == 4
    shop.sandbox.set(latency=0.0)
    assert shop.run("run", users.path).code == 0
    settled = shop.settle(users)
    assert settled.statuses == {"created": 300}
    shop.assert_whole(settled, users)


def at_once(shop: Shop, files: list[Users]) -> None:
    running = [shop.start("run", users.path) for users in files]
    for one in running:
        assert one.wait(PATIENCE).code in {0, 1}, one.err
    phones = set().union(*(users.sendable for users in files))
    statuses = []
    for users in files:
        settled = shop.settle(users)
        assert set(settled.statuses) <= {"created", "already_imported", "unconfirmed"}, settled.statuses
        assert settled.users.keys() == phones
        statuses.append(settled.statuses)
    assert sum(found["created"] for found in statuses) == len(phones), "each phone was created once, and is known"
    tell(
        f"{len(files)} files at once",
        phones=len(phones),
        rows=sum(len(users.cells) for users in files),
        **{name: sum(found[name] for found in statuses) for name in ("created", "already_imported", "unconfirmed")},
    )


def test_two_files_that_share_phones_create_each_once(shop: Shop):
    shop.sandbox.set(latency=20.0)
    at_once(shop, [shop.users(300, first=first, bad=False, name=f"{first}.csv") for first in (0, 100)])


@pytest.mark.chaos
def test_six_files_that_share_phones_and_make_the_journal_together_create_each_once(shop: Shop):
    shop.sandbox.set(latency=10.0, jitter=10.0)
    at_once(shop, [shop.users(2_000, first=200 * number, bad=False, name=f"{number}.csv") for number in range(6)])
