"""Access tokens that die, refresh tokens that work once, and rights that are missing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from importer.sandbox import Fault, Sandbox, SandboxOptions
from importer.sandbox.tokens import Tokens

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]
TOKEN = "/api/v1/oauth/token"


@pytest.fixture
def refresh(client: httpx.Client) -> Callable[..., httpx.Response]:
    def patch(sandbox: Sandbox, token: str = "", timeout: float = 10) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or sandbox.refresh_token}"}
        return client.patch(sandbox.url + TOKEN, headers=headers, timeout=timeout)

    return patch


def test_a_token_dies_after_its_number_of_requests(start: Start, create: Create) -> None:
    sandbox = start(token_requests=2)
    assert [create(sandbox, number).status_code for number in (1, 2, 3, 4)] == [200, 200, 401, 401]
    assert len(sandbox.users()) == 2


def test_a_token_dies_after_its_seconds() -> None:
    tokens = Tokens(SandboxOptions(token="t", token_seconds=5), now=100)
    assert [tokens.admits(b"Bearer t", now) for now in (100, 104.9, 105, 200)] == [True, True, False, False]


def test_a_refresh_gives_a_whole_new_pair(start: Start, create: Create, refresh: Create) -> None:
    sandbox = start(token_requests=1)
    create(sandbox, 1)
    pair = refresh(sandbox).json()
    assert set(pair) == {"id", "access_token", "refresh_token", "access_expire_at", "refresh_expire_at"}
    expiry = datetime.strptime(pair["access_expire_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert timedelta(days=6) < expiry - datetime.now(UTC) < timedelta(days=8)
    assert create(sandbox, 2, token="sandbox-token").status_code == 401
    assert create(sandbox, 2, token=pair["access_token"]).status_code == 200
    assert create(sandbox, 3, token=pair["access_token"]).status_code == 401


def test_the_expiry_that_is_told_is_the_one_that_is_ordered(start: Start, refresh: Create) -> None:
    told = refresh(start(token_seconds=60)).json()["access_expire_at"]
    expiry = datetime.strptime(told, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert timedelta(seconds=30) < expiry - datetime.now(UTC) <= timedelta(seconds=60)


def test_a_refresh_token_works_once(start: Start, refresh: Create) -> None:
    sandbox = start()
    second = refresh(sandbox).json()["refresh_token"]
    assert refresh(sandbox, "sandbox-refresh-token").status_code == 401
    assert refresh(sandbox, second).status_code == 200
    stats = sandbox.stats()
    assert (stats["refreshes"], stats["refreshes_refused"], stats["requests"]) == (2, 1, 0)
    assert stats["token_by_status"] == {"200": 2, "401": 1}


def test_an_access_token_is_no_refresh_token(start: Start, refresh: Create) -> None:
    sandbox = start()
    assert refresh(sandbox, sandbox.token).status_code == 401


def test_without_a_refresh_token_there_is_no_refresh(start: Start, client: httpx.Client) -> None:
    sandbox = start(refresh_token="")
    headers = [{}, {"authorization": "Bearer"}, {"authorization": "Bearer x"}]
    assert [client.patch(sandbox.url + TOKEN, headers=each).status_code for each in headers] == [401] * 3


def test_a_token_replaced_while_it_runs_is_the_only_one(start: Start, create: Create) -> None:
    sandbox = start(token_requests=1)
    create(sandbox, 1)
    sandbox.set(token="replaced")
    assert sandbox.token == "replaced"
    assert create(sandbox, 2, token="sandbox-token").status_code == 401
    assert create(sandbox, 2).status_code == 200


def test_other_changes_leave_the_token_that_was_refreshed(start: Start, create: Create, refresh: Create) -> None:
    sandbox = start()
    token = refresh(sandbox).json()["access_token"]
    sandbox.set(latency=1)
    assert create(sandbox, token=token).status_code == 200


ANSWERED = {
    "error": {500, 502, 503, 504},
    "html": {502},
    "forbidden": {403},
    "unauthorized": {401},
    "redirect": {307},
}


@pytest.mark.parametrize(("fault", "statuses"), ANSWERED.items())
def test_a_refresh_that_goes_wrong_leaves_the_pair(
    start: Start, refresh: Create, fault: str, statuses: set[int]
) -> None:
    sandbox = start(refresh_fault=fault, refresh_fault_times=1)
    assert refresh(sandbox).status_code in statuses
    assert refresh(sandbox).status_code == 200


@pytest.mark.parametrize("fault", ["reset_before", "close_before", "hang_before"])
def test_a_refresh_broken_before_it_is_done_leaves_the_pair(start: Start, refresh: Create, fault: str) -> None:
    sandbox = start(refresh_fault=fault)
    with pytest.raises(httpx.HTTPError):
        refresh(sandbox, timeout=0.3)
    assert sandbox.refresh_token == "sandbox-refresh-token"


@pytest.mark.parametrize("fault", ["reset_after", "close_after", "hang_after", "cut", "headers", "error_after", "odd"])
def test_a_refresh_broken_after_it_is_done_ends_the_old_pair(start: Start, refresh: Create, fault: str) -> None:
    sandbox = start(refresh_fault=fault, seed=1)
    try:
        answer = refresh(sandbox, timeout=0.3)
    except httpx.HTTPError:
        pass
    else:
        assert "access_token" not in answer.text
    assert sandbox.refresh_token != "sandbox-refresh-token"
    assert sandbox.stats()["answers_lost"] == 0


def test_every_fault_can_be_ordered_for_a_refresh() -> None:
    assert all(SandboxOptions(refresh_fault=fault).refresh_fault == fault for fault in Fault)


def test_a_token_without_the_right_is_answered_403(start: Start, create: Create) -> None:
    sandbox = start(forbidden=True)
    assert (create(sandbox).status_code, sandbox.users()) == (403, [])


def test_the_right_may_be_lost_after_some_requests(start: Start, create: Create) -> None:
    sandbox = start(forbidden_after=2)
    assert [create(sandbox, number).status_code for number in (1, 2, 3, 4)] == [200, 200, 403, 403]
