"""Each fault, over real sockets: what the client sees, and whether the user exists afterwards."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable

import httpx
import pytest

from importer.errors import UsageError
from importer.sandbox import Fault, Sandbox, SandboxOptions
from importer.sandbox.fault_injection import FaultPlan
from importer.sandbox.server_options import AFTER_CREATING

Start = Callable[..., Sandbox]
Create = Callable[..., httpx.Response]
Connect = Callable[[Sandbox], socket.socket]

BROKEN: dict[str, type[Exception]] = {
    "reset_before": httpx.ReadError,
    "reset_after": httpx.ReadError,
    "close_before": httpx.RemoteProtocolError,
    "close_after": httpx.RemoteProtocolError,
    "hang_before": httpx.ReadTimeout,
    "hang_after": httpx.ReadTimeout,
    "cut": httpx.RemoteProtocolError,
    "headers": httpx.RemoteProtocolError,
}


@pytest.mark.parametrize(("fault", "error"), BROKEN.items())
def test_a_broken_connection_is_seen_as_what_it_is(
    start: Start, create: Create, fault: str, error: type[Exception]
) -> None:
    sandbox = start(faults=(f"{fault}@1",))
    with pytest.raises(error) as raised:
        create(sandbox, timeout=0.5)
    assert type(raised.value) is error
    assert len(sandbox.users()) == sandbox.stats()["answers_lost"] == int(Fault(fault) in AFTER_CREATING)
    assert sandbox.stats()["faults"] == {fault: 1}


ANSWERED = [
    ("error", {500, 502, 503, 504}, "application/json"),
    ("error_after", {500, 502, 503, 504}, "application/json"),
    ("html", {502}, "text/html; charset=utf-8"),
    ("forbidden", {403}, "application/json"),
    ("unauthorized", {401}, "application/json"),
    ("redirect", {307}, None),
    ("odd", {200, 202, 204}, "application/json"),
]


@pytest.mark.parametrize(("fault", "statuses", "kind"), ANSWERED)
def test_a_wrong_answer_has_its_status_and_kind(
    start: Start, create: Create, fault: str, statuses: set[int], kind: str | None
) -> None:
    sandbox = start(faults=(f"{fault}@1",))
    answer = create(sandbox)
    assert answer.status_code in statuses
    assert answer.headers.get("content-type") == kind
    assert len(sandbox.users()) == sandbox.stats()["answers_lost"] == int(Fault(fault) in AFTER_CREATING)


@pytest.mark.parametrize("fault", Fault)
def test_the_request_after_a_fault_meets_the_user_only_if_the_fault_came_after_creating(
    start: Start, create: Create, fault: str
) -> None:
    sandbox = start(faults=(f"{fault}@1",), huge_bytes=2_000, drip_interval=0.0001)
    with contextlib.suppress(httpx.HTTPError):
        create(sandbox, timeout=0.5)
    assert create(sandbox).status_code == (409 if fault in AFTER_CREATING else 200)
    (user,) = sandbox.users()
    assert user["attempts"] == 2


@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_reset_is_a_real_rst(start: Start, connect: Connect, fault: str) -> None:
    sock = connect(start(faults=(f"{fault}@1",)))
    with pytest.raises(ConnectionResetError):
        sock.recv(1000)


@pytest.mark.parametrize("fault", ["close_before", "close_after"])
def test_a_close_ends_the_connection_without_a_byte(start: Start, connect: Connect, fault: str) -> None:
    assert connect(start(faults=(f"{fault}@1",))).recv(1000) == b""


def test_a_hang_ends_without_an_answer_after_its_time(start: Start, connect: Connect) -> None:
    assert connect(start(faults=("hang_after@1",), hang_seconds=0.1)).recv(1000) == b""


def test_a_cut_answer_promises_more_than_it_sends(start: Start, connect: Connect) -> None:
    head, _, body = _read_all(connect(start(faults=("cut@1",)))).partition(b"\r\n\r\n")
    assert b"content-length: 53" in head
    assert body.startswith(b'{"freedom_id":"')
    assert len(body) < 53


def test_a_dripping_answer_comes_whole_to_who_waits(start: Start, create: Create) -> None:
    sandbox = start(faults=("drip@1",), drip_interval=0.005)
    assert create(sandbox).json()["freedom_id"] == sandbox.users()[0]["freedom_id"]
    _until(lambda: sandbox.stats()["in_flight"] == 0)
    assert (sandbox.stats()["answers_lost"], sandbox.users()[0]["answered"]) == (0, True)


@pytest.mark.parametrize("fault", ["huge", "bomb"])
def test_a_large_answer_that_is_read_to_its_end_is_not_lost(start: Start, create: Create, fault: str) -> None:
    sandbox = start(faults=(f"{fault}@1",), huge_bytes=200_000)
    assert create(sandbox).json()["freedom_id"]
    _until(lambda: sandbox.stats()["in_flight"] == 0)
    assert (sandbox.stats()["answers_lost"], sandbox.users()[0]["answered"]) == (0, True)


def test_a_dripping_answer_that_is_left_is_lost_and_comes_byte_by_byte(start: Start, connect: Connect) -> None:
    sandbox = start(faults=("drip@1",), drip_interval=0.05)
    sock = connect(sandbox)
    assert [len(sock.recv(1000)) for _ in range(3)] == [1, 1, 1]
    sock.close()
    _until(lambda: sandbox.stats()["answers_lost"] == 1)


def test_a_huge_answer_has_the_size_that_is_ordered(start: Start, create: Create) -> None:
    sandbox = start(faults=("huge@1",), huge_bytes=3_000_000)
    answer = create(sandbox)
    assert len(answer.content) == 3_000_000
    assert answer.json()["freedom_id"] == sandbox.users()[0]["freedom_id"]


def test_a_huge_answer_stops_when_the_client_leaves(start: Start, connect: Connect) -> None:
    sandbox = start(faults=("huge@1",))
    sock = connect(sandbox)
    assert sock.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
    sock.close()
    _until(lambda: sandbox.stats()["answers_lost"] == 1)
    _until(lambda: sandbox.stats()["in_flight"] == 0)


def test_a_bomb_is_small_on_the_wire_and_huge_unpacked(start: Start, create: Create) -> None:
    sandbox = start(faults=("bomb@1",), huge_bytes=3_000_000)
    answer = create(sandbox)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.num_bytes_downloaded < 10_000
    assert len(answer.content) >= 3_000_000
    assert answer.json()["freedom_id"] == sandbox.users()[0]["freedom_id"]


def test_headers_go_on_until_the_client_leaves(start: Start, connect: Connect) -> None:
    sandbox = start(faults=("headers@1",))
    sock, seen = connect(sandbox), b""
    while len(seen) < 300_000:
        seen += sock.recv(65_536)
    assert b"\r\n\r\n" not in seen
    sock.close()
    _until(lambda: sandbox.stats()["in_flight"] == 0)


def test_a_redirect_that_is_followed_with_the_token_is_noticed(
    start: Start, create: Create, client: httpx.Client
) -> None:
    sandbox = start(faults=("redirect@1-2",))
    location = create(sandbox).headers["location"]
    client.post(location)
    assert (sandbox.stats()["redirects_followed"], sandbox.stats()["redirects_with_bearer"]) == (1, 0)
    client.follow_redirects = True
    create(sandbox)
    assert (sandbox.stats()["redirects_followed"], sandbox.stats()["redirects_with_bearer"]) == (2, 1)


def test_a_redirect_leads_where_it_is_ordered(start: Start, create: Create) -> None:
    answer = create(start(faults=("redirect@1",), redirect_status=302, redirect_url="http://elsewhere.example/"))
    assert (answer.status_code, answer.headers["location"]) == (302, "http://elsewhere.example/")


def test_odd_answers_never_hold_a_usable_freedom_id(start: Start, create: Create) -> None:
    sandbox = start(odd_share=1.0, seed=5)
    answers = [create(sandbox, number) for number in range(40)]
    ids = {user["freedom_id"] for user in sandbox.users()}
    assert len(ids) == 40
    assert all(answer.is_success and not any(each in answer.text for each in ids) for answer in answers)
    assert len({(answer.status_code, answer.text) for answer in answers}) == 8


def test_a_poison_phone_is_always_answered_500_and_its_neighbours_are_not(start: Start, create: Create) -> None:
    sandbox = start(poison=("+77010000002",))
    assert [create(sandbox, number).status_code for number in (1, 2, 2, 3, 2)] == [200, 500, 500, 200, 500]


def test_a_share_of_poison_phones_stays_the_same_phones(start: Start, create: Create) -> None:
    sandbox = start(poison_share=0.3, seed=7)
    first = [create(sandbox, number).status_code for number in range(40)]
    again = [create(sandbox, number).status_code for number in range(40)]
    assert 0 < first.count(500) < 40
    assert [status == 500 for status in first] == [status == 500 for status in again]


def test_a_fault_ordered_for_a_phone_strikes_its_first_attempts_only(start: Start, create: Create) -> None:
    sandbox = start(faults=("error@+77010000002:2",))
    assert [create(sandbox, number).is_success for number in (1, 2, 2, 2)] == [True, False, False, True]


def test_numbers_of_ordered_faults_count_from_the_order(start: Start, create: Create) -> None:
    sandbox = start()
    create(sandbox, 1)
    sandbox.set(faults=("error@2-3",))
    assert [create(sandbox, number).is_success for number in (2, 3, 4, 5)] == [True, False, False, True]


def test_random_statuses_are_the_ordered_ones(start: Start, create: Create) -> None:
    sandbox = start(error_share=1.0, error_statuses="408, 425", seed=3)
    assert {create(sandbox, number).status_code for number in range(20)} == {408, 425}


def test_random_faults_come_in_their_share() -> None:
    plan = FaultPlan(SandboxOptions(error_share=0.2, cut_share=0.1), seed=11)
    drawn = [plan.pick(number, f"+7701{number:07d}", 1) for number in range(5000)]
    assert abs(drawn.count(Fault.ERROR) / 5000 - 0.2) < 0.03
    assert abs(drawn.count(Fault.CUT) / 5000 - 0.1) < 0.03


def test_another_seed_gives_other_faults() -> None:
    options, phones = SandboxOptions(error_share=0.5), [f"+7701{number:07d}" for number in range(50)]
    one, two = ([FaultPlan(options, seed).pick(1, phone, 1) for phone in phones] for seed in (1, 2))
    assert one != two


def test_faults_drawn_per_phone_hold_for_all_its_attempts_where_that_is_ordered() -> None:
    plan = FaultPlan(SandboxOptions(error_share=0.5, fault_scope="phone", fault_attempts=0), seed=1)
    drawn = {frozenset(plan.pick(1, f"+7701{number:07d}", attempt) for attempt in range(1, 9)) for number in range(40)}
    assert drawn == {frozenset({Fault.ERROR}), frozenset({None})}


def test_the_seed_decides_the_faults_whatever_the_order_of_requests(start: Start, create: Create) -> None:
    def run(numbers: Iterable[int]) -> dict[int, bool]:
        sandbox = start(error_share=0.5, seed=4)
        return {number: create(sandbox, number).is_success for number in numbers}

    forward = run(range(30))
    assert forward == run(reversed(range(30)))
    assert len(set(forward.values())) == 2


def test_a_seed_is_drawn_and_told_when_none_is_given(start: Start) -> None:
    one, two = start(), start()
    assert one.seed != two.seed
    assert f"seed={one.seed}" in repr(one)
    assert one.stats()["seed"] == one.seed


def test_faults_drawn_per_phone_strike_its_first_attempts(start: Start, create: Create) -> None:
    sandbox = start(error_share=1.0, fault_scope="phone", fault_attempts=2)
    assert [create(sandbox).status_code >= 500 for _ in range(3)] == [True, True, False]


def test_faults_drawn_per_request_may_strike_any_attempt(start: Start, create: Create) -> None:
    sandbox = start(error_share=0.5, seed=9)
    outcomes = [create(sandbox, phone="+77010000001").status_code >= 500 for _ in range(30)]
    assert len(set(outcomes[5:])) == 2


def test_a_conflict_that_is_lost_is_no_lost_answer(start: Start, create: Create) -> None:
    sandbox = start(faults=("reset_after@2",))
    create(sandbox)
    with pytest.raises(httpx.ReadError):
        create(sandbox)
    assert sandbox.stats()["answers_lost"] == 0


@pytest.mark.parametrize(("place", "answered"), [("top", True), ("", False)])
def test_a_lost_user_counts_as_answered_once_a_conflict_tells_its_id(
    start: Start, create: Create, place: str, answered: bool
) -> None:
    sandbox = start(faults=("reset_after@1",), conflict_id=place)
    with pytest.raises(httpx.ReadError):
        create(sandbox)
    assert create(sandbox).status_code == 409
    _until(lambda: sandbox.stats()["in_flight"] == 0)
    assert (sandbox.users()[0]["answered"], sandbox.stats()["answers_lost"]) == (answered, 1)


def test_lost_answers_are_the_users_that_were_never_told(start: Start, create: Create) -> None:
    sandbox = start(reset_after_share=0.3, cut_share=0.2, odd_share=0.1, error_share=0.1, seed=21)
    for number in range(60):
        with contextlib.suppress(httpx.HTTPError):
            create(sandbox, number)
    untold = [user for user in sandbox.users() if not user["answered"]]
    assert sandbox.stats()["answers_lost"] == len(untold) > 10


def test_a_client_that_left_before_its_answer_is_counted_apart(start: Start, connect: Connect) -> None:
    sandbox = start(latency=300)
    connect(sandbox).close()
    _until(lambda: sandbox.stats()["answers_abandoned"] == 1)
    assert (sandbox.users()[0]["answered"], sandbox.stats()["answers_lost"]) == (False, 0)


def test_latency_lets_requests_wait_side_by_side(start: Start) -> None:
    sandbox = start(latency=200, jitter=50)

    def ask(number: int) -> None:
        body = {"phone": f"+7701{number:07d}"}
        url, headers = sandbox.url + "/api/v1/oauth/user", {"authorization": "Bearer sandbox-token"}
        assert httpx.post(url, json=body, headers=headers, trust_env=False).is_success

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.stats()["max_in_flight"] >= 2


def test_an_idle_connection_is_closed_after_its_time(start: Start, create: Create, connect: Connect) -> None:
    sandbox = start(keep_alive=1)
    sock = connect(sandbox)
    assert _read_all(sock).endswith(b"}")
    assert create(sandbox, 2).is_success


@pytest.mark.parametrize("fault", ["hang_before", "hang_after", "drip", "huge", "headers"])
def test_a_sandbox_ends_at_once_although_an_answer_is_under_way(connect: Connect, fault: str) -> None:
    options = SandboxOptions(faults=(f"{fault}@1",), drip_interval=60)
    with Sandbox(options) as sandbox:
        connect(sandbox)
        _until(lambda: sandbox.stats()["in_flight"] == 1)
    assert not any(thread.name == "sandbox" for thread in threading.enumerate())


@pytest.mark.parametrize("text", ["reset_after", "nothing@1", "error@", "error@x", "error@1-x", "error@+7701:x", "@1"])
def test_an_order_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="KIND@5"):
        Sandbox(SandboxOptions(faults=(text,)))


def _read_all(sock: socket.socket) -> bytes:
    seen = b""
    while part := sock.recv(65_536):
        seen += part
    return seen


def _until(fits: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not fits():
        assert time.monotonic() < end
        time.sleep(0.01)
