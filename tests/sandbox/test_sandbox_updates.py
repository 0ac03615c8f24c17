"""Update user: what the sandbox does with PUT, and that its faults strike it as they strike POST."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from importer.sandbox import Sandbox

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]
USER = "/api/v1/oauth/user"


@pytest.fixture
def update(client: httpx.Client) -> Callable[..., httpx.Response]:
    def put(sandbox: Sandbox, freedom_id: str, **fields: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {sandbox.token}"}
        return client.put(sandbox.url + USER, json={"freedom_id": freedom_id, **fields}, headers=headers)

    return put


def test_the_named_fields_change_and_the_others_stay(start: Start, create: Create, update: Create) -> None:
    sandbox = start()
    given = create(sandbox, firstname="Алия", email="a@example.com").json()["freedom_id"]
    answer = update(sandbox, given, firstname="Айгерим", phone="+77019999999")
    assert (answer.status_code, answer.json()) == (200, {"freedom_id": given})
    (user,) = sandbox.users()
    assert user["body"] == {"phone": "+77019999999", "firstname": "Айгерим", "email": "a@example.com"}
    assert (user["phone"], user["freedom_id"], user["updates"]) == ("+77019999999", given, 1)
    assert create(sandbox).is_success, "the old phone is free"
    assert sandbox.stats()["update_requests"] == 1


def test_an_api_that_clears_what_is_left_out_can_be_ordered(start: Start, create: Create, update: Create) -> None:
    sandbox = start(update_clears=True)
    given = create(sandbox, firstname="Алия", email="a@example.com").json()["freedom_id"]
    update(sandbox, given, firstname="Айгерим")
    assert sandbox.users()[0]["body"] == {"phone": "+77010000001", "firstname": "Айгерим"}


def test_what_cannot_be_updated_changes_nothing(start: Start, create: Create, update: Create) -> None:
    sandbox = start(conflict_shape="422")
    one = create(sandbox, 1, email="a@example.com").json()["freedom_id"]
    create(sandbox, 2, email="b@example.com")
    assert update(sandbox, one, phone="+77010000002").status_code == 422
    taken = update(sandbox, one, email="B@example.com")
    assert (taken.status_code, list(taken.json()["errors"])) == (422, ["email"])
    assert list(update(sandbox, "no uuid", gender="X").json()["errors"]) == ["gender", "freedom_id"]
    assert update(sandbox, "11111111-2222-4333-8444-555555555555").status_code == 404
    assert [user["updates"] for user in sandbox.users()] == [0, 0]
    assert update(sandbox, one, email="a@example.com").is_success, "its own address"


def test_faults_quota_and_outages_know_put(start: Start, create: Create, update: Create) -> None:
    sandbox = start(seed=1)
    given = create(sandbox).json()["freedom_id"]
    sandbox.set(faults=["error_after@+77010000001:1"])
    assert update(sandbox, given, firstname="A").status_code >= 500
    assert sandbox.users()[0]["body"]["firstname"] == "A", "it was done before the answer went wrong"
    sandbox.set(faults=[], down="503")
    assert update(sandbox, given, firstname="B").status_code == 503
    sandbox.set(down="", quota=0.1, quota_burst=1)
    statuses = {update(sandbox, given, firstname="C").status_code for _ in range(3)}
    assert 429 in statuses


def test_updates_outlive_the_process(start: Start, create: Create, update: Create, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    sandbox = start(state=state)
    given = create(sandbox, firstname="Алия").json()["freedom_id"]
    update(sandbox, given, firstname="Айгерим", phone="+77019999999", email="n@example.com")
    before = sandbox.users()[0]["body"]
    sandbox.__exit__(None, None, None)
    assert start(state=state).users()[0]["body"] == before
