"""An unknown quota is found and used, over real sockets; --rate caps; latency is hidden by concurrency."""

import time

import pytest
from chaos.kit import Shop, tell

PER_SECOND = 80


def test_a_rate_given_by_the_operator_is_never_exceeded(shop: Shop):
    users = shop.users(90, bad=False)
    assert shop.run("run", users.path, "--rate", 30).code == 0
    stats = shop.sandbox.stats()
    seconds = [int(second) for second in stats["accepted_per_second"]]
    assert max(stats["accepted_per_second"].values()) <= 30 + 3
    assert max(seconds) - min(seconds) >= 2
    tell("--rate 30", requests=stats["requests"], most_in_a_second=max(stats["accepted_per_second"].values()))


def measured(shop: Shop, seconds: int, most_refused: float, least_used: float, **quota: object) -> None:
    shop.sandbox.set(quota=float(PER_SECOND), latency=30.0, **quota)
    users = shop.users(PER_SECOND * (seconds + 10), bad=False)
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(1)), running.err
    time.sleep(seconds)
    stats = shop.sandbox.stats()
    running.kill()
    first = min(int(second) for second in stats["accepted_per_second"])
    within = range(first, first + seconds)
    accepted = sum(stats["accepted_per_second"].get(str(second), 0) for second in within)
    refused = sum(stats["throttled_per_second"].get(str(second), 0) for second in within)
    use, share = accepted / (PER_SECOND * seconds), refused / max(1, accepted + refused)
    how = " ".join(str(value) for value in quota.values())
    tell(f"quota of {PER_SECOND}/s ({how}) over {seconds} s", use=f"{use:.1%}", share_of_429=f"{share:.1%}")
    assert share <= most_refused
    assert use >= least_used


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("kind", "retry_after"), [("bucket", "seconds"), ("window", "date"), ("bucket", "missing"), ("sliding", "seconds")]
)
def test_an_unknown_quota_is_found_and_used_within_twenty_seconds(shop: Shop, kind: str, retry_after: str):
    measured(shop, 20, 0.05, 0.90, quota_kind=kind, retry_after=retry_after)


@pytest.mark.chaos
def test_an_unknown_quota_is_used_over_a_minute(shop: Shop):
    measured(shop, 60, 0.02, 0.95, quota_kind="bucket", retry_after="seconds")


@pytest.mark.chaos
def test_latency_is_hidden_by_concurrency(shop: Shop):
    shop.sandbox.set(latency=100.0)
    users = shop.users(4000, bad=False)
    assert shop.run("run", users.path, "--concurrency", 32).code == 0
    stats = shop.sandbox.stats()
    assert stats["max_in_flight"] <= 32
    full = sorted(stats["accepted_per_second"].values())[-8:]
    tell("100 ms latency, 32 at once", possible=320, rows_per_second=f"{sum(full) / len(full):.0f}")
