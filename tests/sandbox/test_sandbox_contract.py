"""The documented contract of Create user, and the shapes that its undocumented errors may take."""

import asyncio
import logging
import socket
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from importer.errors import UsageError
from importer.sandbox import Sandbox, SandboxOptions, create_app
from importer.sandbox.server import SandboxProtocol, SandboxServer

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]
USER = "/api/v1/oauth/user"


def test_a_new_phone_is_answered_with_a_uuid_of_version_4(start: Start, create: Create) -> None:
    answer = create(start(), email="a@example.com", firstname="Аружан", date_of_birth="2000-02-29", country="KAZ")
    assert answer.status_code == 200
    assert uuid.UUID(answer.json()["freedom_id"]).version == 4


def test_a_phone_is_created_once(start: Start, create: Create) -> None:
    sandbox = start()
    first, second = create(sandbox), create(sandbox)
    assert second.status_code == 409
    (user,) = sandbox.users()
    assert (user["freedom_id"], user["attempts"]) == (first.json()["freedom_id"], 2)


def test_a_taken_email_is_skipped_without_an_error(start: Start, create: Create) -> None:
    sandbox = start()
    assert create(sandbox, 1, email="a@example.com").is_success
    assert create(sandbox, 2, email="A@example.com").is_success
    assert [user["email_saved"] for user in sandbox.users()] == [True, False]


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer other"}, {"authorization": "sandbox-token"}])
def test_a_request_without_the_token_is_answered_401_and_creates_nothing(
    start: Start, client: httpx.Client, header: dict[str, str]
) -> None:
    sandbox = start()
    answer = client.post(sandbox.url + USER, json={"phone": "+77010000001"}, headers=header)
    assert (answer.status_code, sandbox.users()) == (401, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "87010000001"),
        ("phone", "+77010000001\n"),
        ("phone", "+٧٧٠١٠٠٠٠٠٠١"),
        ("phone", "+123456789"),
        ("phone", "+1234567890123456"),
        ("phone", 77010000001),
        ("phone", None),
        ("email", "a@b"),
        ("email", "a b@example.com"),
        ("email", ""),
        ("date_of_birth", "31.12.1999"),
        ("date_of_birth", "1999-02-29"),
        ("date_of_birth", "1999-2-9"),
        ("country", "kaz"),
        ("country", "KZ"),
        ("gender", "m"),
        ("gender", "female"),
        ("firstname", 5),
        ("lastname", ""),
        ("identifier", 900101300123),
        ("nationality", ["казах"]),
    ],
)
def test_a_field_that_breaks_its_rule_is_named_in_a_422(
    start: Start, create: Create, field: str, value: object
) -> None:
    sandbox = start()
    answer = create(sandbox, **{field: value})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert sandbox.users() == []


def test_all_broken_fields_are_named_at_once(start: Start, create: Create) -> None:
    errors = create(start(), phone="8701", gender="x", country="KZ").json()["errors"]
    assert set(errors) == {"phone", "gender", "country"}


def test_a_phone_that_only_the_pattern_knows_is_accepted(start: Start, create: Create) -> None:
    assert create(start(), phone="+1234567890").status_code == 200


@pytest.mark.parametrize("shape", ["400", "200"])
def test_field_errors_come_in_the_envelope_that_is_ordered(start: Start, create: Create, shape: str) -> None:
    answer = create(start(invalid_shape=shape), phone="8701")
    assert answer.status_code == int(shape)
    assert "phone" in answer.json()["error"]["errors"]


def test_a_missing_phone_a_list_and_broken_json_are_refused(start: Start, client: httpx.Client) -> None:
    sandbox = start()
    headers = {"authorization": "Bearer sandbox-token", "content-type": "application/json"}
    bodies = (b"{}", b"[]", b'{"phone": ', b"\xff")
    statuses = [client.post(sandbox.url + USER, content=body, headers=headers).status_code for body in bodies]
    assert statuses == [422, 422, 400, 400]


def test_a_body_that_is_not_declared_json_is_answered_415(start: Start, client: httpx.Client) -> None:
    sandbox = start()
    answer = client.post(sandbox.url + USER, content=b"{}", headers={"authorization": "Bearer sandbox-token"})
    assert answer.status_code == 415


def test_a_body_over_a_megabyte_is_answered_413(start: Start, create: Create) -> None:
    assert create(start(), nationality="x" * 1_100_000).status_code == 413


CONFLICTS: list[tuple[str, int, Callable[[Any], bool]]] = [
    ("409", 409, lambda body: body["error"]["code"] == "phone_taken"),
    ("422", 422, lambda body: list(body["errors"]) == ["phone"]),
    ("200", 200, lambda body: body["error"]["code"] == 100301),
    ("400-ru", 400, lambda body: body["error"]["message"] == "Пользователь с таким телефоном уже существует"),
]


@pytest.mark.parametrize(("shape", "status", "fits"), CONFLICTS)
def test_a_taken_phone_is_answered_in_the_shape_that_is_ordered(
    start: Start, create: Create, shape: str, status: int, fits: Callable[[Any], bool]
) -> None:
    sandbox = start(conflict_shape=shape)
    create(sandbox)
    answer = create(sandbox)
    assert answer.status_code == status
    assert fits(answer.json())
    assert "freedom_id" not in answer.text


def test_mixed_conflicts_take_every_shape(start: Start, create: Create) -> None:
    sandbox = start(conflict_shape="mixed")
    for number in range(8):
        create(sandbox, number)
    assert {create(sandbox, number).status_code for number in range(8)} == {409, 422, 200, 400}


@pytest.mark.parametrize("place", ["top", "error", "data"])
@pytest.mark.parametrize("shape", ["409", "422", "200", "400-ru"])
def test_a_conflict_carries_the_freedom_id_where_it_is_ordered(
    start: Start, create: Create, shape: str, place: str
) -> None:
    sandbox = start(conflict_shape=shape, conflict_id=place)
    freedom_id = create(sandbox).json()["freedom_id"]
    body = create(sandbox).json()
    assert (body if place == "top" else body[place])["freedom_id"] == freedom_id


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", USER), ("DELETE", USER), ("POST", "/api")])
def test_any_other_address_or_method_is_an_error_in_json(
    start: Start, client: httpx.Client, method: str, path: str
) -> None:
    answer = client.request(method, start().url + path)
    assert answer.status_code in {404, 405}
    assert answer.json()["error"]["code"] == answer.status_code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "8.8.8.8", "example.com", ""])
def test_an_address_that_is_not_loopback_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="loopback"):
        SandboxServer(create_app(), host)


def test_a_taken_port_is_refused(start: Start) -> None:
    port = int(start().url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"port {port}"), Sandbox(port=port):
        pass


def test_the_control_addresses_say_what_the_methods_say(start: Start, client: httpx.Client, create: Create) -> None:
    sandbox = start()
    create(sandbox, 1)
    create(sandbox, 1)
    assert client.get(sandbox.url + "/_sandbox/users").json() == sandbox.users()
    stats = client.get(sandbox.url + "/_sandbox/stats").json()
    assert stats["by_status"] == {"200": 1, "409": 1}
    assert stats["accepted"] == sum(sandbox.stats()["accepted_per_second"].values()) == 2
    assert stats["created"] == 1


def test_options_are_changed_over_http_while_it_runs(start: Start, client: httpx.Client, create: Create) -> None:
    sandbox = start()
    answer = client.post(sandbox.url + "/_sandbox/faults", json={"forbidden": True})
    assert answer.json()["forbidden"] is True
    assert create(sandbox).status_code == 403
    refused = client.post(sandbox.url + "/_sandbox/faults", json={"forbidden": False, "no_such": 1})
    assert (refused.status_code, create(sandbox).status_code) == (400, 403)


def test_a_change_that_is_no_json_object_is_refused(start: Start, client: httpx.Client) -> None:
    url = start().url + "/_sandbox/faults"
    assert [client.post(url, content=body).status_code for body in (b"", b"[]", b"{")] == [400] * 3


def test_many_clients_at_once_get_one_user_per_phone(start: Start) -> None:
    sandbox, answers = start(), []

    def work(first: int) -> None:
        with httpx.Client(trust_env=False, headers={"authorization": "Bearer sandbox-token"}) as client:
            for number in range(first, first + 20):
                body = {"phone": f"+7701{number:07d}"}
                answers.append((body["phone"], client.post(sandbox.url + USER, json=body)))

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {phone: answer.json()["freedom_id"] for phone, answer in answers if answer.is_success}
    assert told == {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert len(told) == 40


def test_no_personal_data_reaches_the_logs(
    start: Start, create: Create, caplog: pytest.LogCaptureFixture, client: httpx.Client
) -> None:
    caplog.set_level(logging.DEBUG)
    sandbox = start(faults=("error@2", "reset_after@3", "odd@4"))
    person = {"email": "secret@example.com", "firstname": "Тайна"}
    create(sandbox, 1, **person)
    create(sandbox, 1, **person)
    with pytest.raises(httpx.HTTPError):
        create(sandbox, 2, **person)
    create(sandbox, 3, phone="8701-secret")
    client.post(sandbox.url + USER, content=b'{"phone": "+77010000009')
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any(word in line for line in ours for word in ("7701", "8701", "secret", "Тайна"))


def test_answers_are_not_held_back_by_the_network_stack() -> None:
    """Without TCP_NODELAY head and body of an answer wait 40 ms for each other."""
    server = SandboxServer(create_app())
    held: list[int] = []

    class Watching(SandboxProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            sock = transport.get_extra_info("socket")
            held.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    server.config.http = Watching
    thread = threading.Thread(target=lambda: asyncio.run(server.run_until_stopped()))
    thread.start()
    server.ready.wait()
    httpx.get(server.url + "/_sandbox/stats", trust_env=False)
    server.stop()
    thread.join()
    assert held == [1]


def test_the_app_serves_without_our_own_server_too() -> None:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(SandboxOptions(token="t")))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.post(USER, json={"phone": "+77010000001"}, headers={"authorization": "Bearer t"})

    assert "freedom_id" in orjson.loads(asyncio.run(main()).content)
