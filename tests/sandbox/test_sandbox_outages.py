"""Outages of the whole server, by time, by number of requests, and until further notice."""

import socket
import time
from collections.abc import Callable

import httpx
import pytest

from importer.errors import UsageError
from importer.sandbox import Sandbox, SandboxOptions
from importer.sandbox.outages import Outages

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]


def outages(*windows: str, since: float = 100.0) -> Outages:
    return Outages(SandboxOptions(outages=windows), since)


def test_a_window_of_time_counts_from_the_start() -> None:
    plan = outages("5-10", "20-21.5:refused")
    assert [plan.active(now) for now in (104.9, 105, 109.9, 110, 120, 121.5)] == [
        "",
        "503",
        "503",
        "",
        "refused",
        "",
    ]


def test_a_window_may_begin_with_a_request_and_last_some_seconds() -> None:
    plan = outages("#3+2:reset")
    assert [plan.request(number, 100.0 + number) for number in (1, 2, 3, 4, 5)] == [
        "",
        "",
        "reset",
        "reset",
        "",
    ]


@pytest.mark.parametrize("text", ["", "5", "5-", "5-6:no", "#+2", "#2", "#x+2", "1.2.3-4", "refused"])
def test_an_outage_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="FROM-TO"):
        outages(text)


def test_an_outage_of_503_answers_and_creates_nothing(start: Start, create: Create) -> None:
    sandbox = start(down="503")
    assert [create(sandbox, number).status_code for number in (1, 2)] == [503, 503]
    assert (sandbox.users(), sandbox.stats()["requests_during_outage"]) == ([], 2)
    sandbox.set(down="")
    assert create(sandbox).status_code == 200


def test_a_refused_outage_is_a_closed_port_that_opens_again_with_its_users(start: Start, create: Create) -> None:
    sandbox = start()
    create(sandbox, 1)
    sandbox.set(down="refused")
    for _ in range(3):
        with pytest.raises(httpx.ConnectError, match="refused"):
            create(sandbox, 2)
    sandbox.set(down="")
    assert [create(sandbox, number).status_code for number in (1, 2)] == [409, 200]


def test_a_refused_outage_resets_connections_that_stand(
    start: Start, connect: Callable[[Sandbox], socket.socket]
) -> None:
    sandbox = start()
    sock = connect(sandbox)
    seen = b""
    while not seen.endswith(b"}"):
        seen += sock.recv(65_536)
    sandbox.set(down="refused")
    with pytest.raises(ConnectionResetError):
        sock.recv(1000)


def test_a_sandbox_ends_in_order_while_it_is_refused(create: Create) -> None:
    with Sandbox(SandboxOptions(down="refused")) as sandbox:
        pass
    with Sandbox(port=_port(sandbox)) as again:
        assert create(again).is_success


def test_an_outage_of_resets_breaks_each_request(start: Start, create: Create) -> None:
    sandbox = start(down="reset")
    with pytest.raises(httpx.ReadError):
        create(sandbox)
    assert (sandbox.users(), sandbox.stats()["requests_during_outage"]) == ([], 1)


def test_an_outage_that_hangs_lets_each_request_wait(start: Start, create: Create) -> None:
    sandbox = start(down="hang")
    with pytest.raises(httpx.ReadTimeout):
        create(sandbox, timeout=0.3)
    assert sandbox.users() == []


@pytest.mark.parametrize("window", ["0-0.5:refused", "#2+0.5:refused", "#2+0.5:reset", "#2+0.5:503"])
def test_a_window_ends_by_itself(start: Start, create: Create, window: str) -> None:
    sandbox = start(outages=(window,))
    seen: list[int | str] = []
    for number in range(1000):
        try:
            seen.append(create(sandbox, number).status_code)
        except httpx.HTTPError as exc:
            seen.append(type(exc).__name__)
        if {200} < set(seen) and seen[-1] == 200:
            break
        time.sleep(0.02)
    assert seen[-1] == 200
    assert set(seen) - {200} <= ({503} if window.endswith("503") else {"ConnectError", "ReadError"})
    assert len(set(seen)) >= 2


def test_windows_ordered_while_it_runs_count_from_the_order(start: Start, create: Create) -> None:
    sandbox = start()
    create(sandbox, 1)
    sandbox.set(outages=("#2+60",))
    assert [create(sandbox, number).status_code for number in (2, 3, 4)] == [200, 503, 503]
    sandbox.set(latency=1)
    assert create(sandbox, 5).status_code == 503
    sandbox.set(outages=())
    assert create(sandbox, 6).status_code == 200


def test_a_token_is_not_refreshed_during_an_outage(start: Start, client: httpx.Client) -> None:
    sandbox = start(down="503")
    headers = {"authorization": f"Bearer {sandbox.refresh_token}"}
    assert client.patch(sandbox.url + "/api/v1/oauth/token", headers=headers).status_code == 503
    assert sandbox.stats()["refreshes"] == 0


def _port(sandbox: Sandbox) -> int:
    return int(sandbox.url.rpartition(":")[2])
