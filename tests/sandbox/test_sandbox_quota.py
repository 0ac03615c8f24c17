"""Quotas of every kind: counted right on a clock of the test's own, and told as ordered over sockets."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial

import httpx
import pytest

from importer.sandbox import Sandbox, SandboxOptions
from importer.sandbox.rate_limits import Concurrent, FixedWindow, RateLimit, SlidingWindow, TokenBucket, make_rate_limit
from importer.sandbox.replies import over_quota
from importer.sandbox.service import Service

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]


def accepted(quota: RateLimit, *times: float) -> list[bool]:
    return [quota.take(now) == 0 for now in times]


def test_a_token_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3)
    assert accepted(bucket, 100, 100, 100, 100) == [True, True, True, False]
    assert accepted(bucket, 100.5, 100.5, 101) == [True, False, True]
    assert accepted(bucket, 900, 900, 900, 900) == [True, True, True, False]


def test_a_token_bucket_says_how_long_until_its_next_token() -> None:
    bucket = TokenBucket(rate=4, burst=1)
    assert [bucket.take(10), bucket.take(10), bucket.take(10.125)] == [0, 0.25, 0.125]


def test_a_strict_token_bucket_punishes_who_does_not_wait() -> None:
    bucket = TokenBucket(rate=1, burst=2, counts_refused=True)
    assert accepted(bucket, 0.0, 0, 0, 0, 1.5, 1.5) == [True, True, False, False, False, False]


def test_a_fixed_window_forgets_at_its_edge() -> None:
    window = FixedWindow(limit=2, seconds=10)
    assert accepted(window, 8, 9, 9.9, 10, 10, 10) == [True, True, False, True, True, False]
    assert window.take(13) == 7


def test_a_sliding_window_never_lets_more_through_in_any_of_its_length() -> None:
    window = SlidingWindow(limit=2, seconds=10)
    assert accepted(window, 8, 9, 10, 18, 18.5, 19) == [True, True, False, True, False, True]
    assert window.take(20) == 8


def test_a_strict_sliding_window_counts_what_it_refused() -> None:
    window = SlidingWindow(limit=1, seconds=10, counts_refused=True)
    assert accepted(window, 0, 5, 11, 22) == [True, False, False, True]
    assert window.take(23) == 10


def test_a_quota_of_concurrent_requests_frees_what_has_ended() -> None:
    quota = Concurrent(limit=1)
    assert accepted(quota, 0, 0) == [True, False]
    quota.release()
    assert accepted(quota, 0) == [True]


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("bucket", TokenBucket(5, 5)),
        ("window", FixedWindow(10, 2)),
        ("sliding", SlidingWindow(10, 2)),
        ("concurrent", Concurrent(5)),
    ],
)
def test_each_kind_can_be_ordered(kind: str, made: RateLimit) -> None:
    assert make_rate_limit(SandboxOptions(quota=5, quota_kind=kind, quota_window=2)) == made


def test_without_an_order_there_is_no_quota() -> None:
    assert make_rate_limit(SandboxOptions()) is None


def test_requests_over_the_quota_are_answered_429_and_counted(start: Start, create: Create) -> None:
    sandbox = start(quota=0.1, quota_burst=3)
    assert [create(sandbox, number).status_code for number in range(5)] == [200, 200, 200, 429, 429]
    stats = sandbox.stats()
    assert (stats["throttled"], stats["accepted"], stats["created"]) == (2, 3, 3)
    assert sum(stats["throttled_per_second"].values()) == 2


def test_retry_after_is_given_in_whole_seconds(start: Start, create: Create) -> None:
    sandbox = start(quota=0.1, quota_burst=1)
    create(sandbox)
    assert create(sandbox, 2).headers["retry-after"] in {"9", "10"}


@pytest.mark.parametrize(("wait", "value"), [(0.2, b"1"), (1.0, b"1"), (9.2, b"10")])
def test_retry_after_is_never_shorter_than_the_wait(wait: float, value: bytes) -> None:
    assert (b"retry-after", value) in over_quota(wait, 0.0, SandboxOptions()).headers


def test_a_request_over_the_quota_frees_no_place() -> None:
    service = Service(SandboxOptions(quota=1, quota_kind="concurrent"))
    ask = partial(service.admit, b"Bearer sandbox-token", b"application/json", b'{"phone": "+77010000001"}')
    first, second = ask(), ask()
    service.release(second)
    assert [first.accepted, second.accepted, ask().accepted] == [True, False, False]
    service.release(first)
    assert ask().accepted


def test_retry_after_is_given_as_http_date(start: Start, create: Create) -> None:
    sandbox = start(quota=0.1, quota_burst=1, retry_after="date", retry_after_seconds=100)
    create(sandbox)
    ahead = parsedate_to_datetime(create(sandbox, 2).headers["retry-after"]).timestamp() - time.time()
    assert 90 < ahead <= 101


@pytest.mark.parametrize(("kind", "value"), [("missing", None), ("garbage", "soon"), ("seconds", "7")])
def test_retry_after_is_left_out_or_wrong_or_fixed_as_ordered(
    start: Start, create: Create, kind: str, value: str | None
) -> None:
    sandbox = start(quota=0.1, quota_burst=1, retry_after=kind, retry_after_seconds=7, quota_status=503)
    create(sandbox)
    answer = create(sandbox, 2)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, value)


def test_a_request_that_has_ended_makes_room_for_the_next(start: Start, create: Create) -> None:
    sandbox = start(quota=1, quota_kind="concurrent", faults=("reset_after@2",))
    assert create(sandbox, 1).is_success
    with pytest.raises(httpx.ReadError):
        create(sandbox, 2)
    assert create(sandbox, 3).is_success


def test_a_refused_token_uses_no_quota(start: Start, create: Create) -> None:
    sandbox = start(quota=0.1, quota_burst=1)
    assert [create(sandbox, token="other").status_code for _ in range(3)] == [401] * 3
    assert create(sandbox).status_code == 200


def test_a_quota_changed_while_it_runs_is_in_force_at_once(start: Start, create: Create) -> None:
    sandbox = start(quota=0.1, quota_burst=1)
    create(sandbox)
    sandbox.set(latency=1)
    assert create(sandbox, 2).status_code == 429
    sandbox.set(quota=0)
    assert create(sandbox, 2).status_code == 200
