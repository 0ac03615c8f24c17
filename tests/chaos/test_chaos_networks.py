"""Real networks: slow answers, a stopped process, few connections, proxies that fail, repeated FreedomIDs."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from chaos.kit import Shop, tell

pytestmark = pytest.mark.chaos

QUICK = {"IMPORTER_BACKOFF": "0.2"}


@pytest.mark.parametrize(("seconds", "timeout", "rows"), [(5, "30s", 20), (30, "60s", 2)])
def test_slow_answers_are_waited_for(shop: Shop, seconds: int, timeout: str, rows: int):
    shop.sandbox.set(latency=seconds * 1000.0)
    users = shop.users(rows, bad=False)
    ended = shop.run("run", users.path, "--timeout", timeout, "--concurrency", rows)
    assert ended.code == 0, ended.err
    settled = shop.settle(users)
    assert settled.statuses == {"created": rows}
    assert shop.requests() == rows, "none is sent a second time"


def test_answers_slower_than_the_timeout_are_unconfirmed_and_no_row_is_lost(shop: Shop):
    shop.sandbox.set(latency=3000.0)
    users = shop.users(12, bad=False)
    running = shop.start("run", users.path, "--timeout", "1s", "--outage-limit", "60s", environ=QUICK)
    assert running.until(lambda: "all workers wait" in running.err), running.err
    shop.sandbox.set(latency=0.0)
    assert running.wait().code == 1
    settled = shop.settle(users)
    assert set(settled.statuses) <= {"created", "unconfirmed"}
    assert settled.users.keys() == users.sendable


@pytest.mark.parametrize("seconds", [3, 60])
def test_a_process_that_was_stopped_goes_on_and_loses_no_answer(shop: Shop, seconds: int):
    """SIGSTOP for longer than --timeout and --outage-limit: the answers that came meanwhile count."""
    shop.sandbox.set(latency=150.0)
    users = shop.users(400, bad=False)
    running = shop.start("run", users.path, "--timeout", "2s", "--outage-limit", "2s", environ=QUICK)
    assert running.until(shop.has_requests(100)), running.err
    running.signal(signal.SIGSTOP)
    time.sleep(seconds)
    running.signal(signal.SIGCONT)
    ended = running.wait()
    assert ended.code == 0, ended.err
    settled = shop.settle(users)
    assert settled.statuses == {"created": 400}
    tell(f"SIGSTOP for {seconds} s", rows=400, requests=shop.requests(), unconfirmed=0)


def test_a_process_that_was_stopped_in_an_outage_still_waits_for_its_limit(shop: Shop):
    users = shop.users(60, bad=False)
    shop.sandbox.set(down="503")
    running = shop.start("run", users.path, "--outage-limit", "12s", environ=QUICK)
    assert running.until(lambda: "all workers wait" in running.err), running.err
    running.signal(signal.SIGSTOP)
    time.sleep(20)
    running.signal(signal.SIGCONT)
    shop.sandbox.set(down="")
    assert running.wait().code == 0
    assert shop.settle(users).statuses == {"created": 60}


@pytest.mark.parametrize("limit", [1, 4, 16])
def test_a_server_of_few_connections_is_used_with_as_many(shop: Shop, limit: int):
    shop.sandbox.set(connection_limit=limit, latency=50.0)
    users = shop.users(200, bad=False)
    ended = shop.run("run", users.path, environ=QUICK)
    assert ended.code == 0, ended.err
    assert shop.settle(users).statuses == {"created": 200}
    stats = shop.sandbox.stats()
    assert stats["max_in_flight"] <= limit
    tell(f"{limit} connections", rows=200, requests=stats["requests"], connections=stats["connections"])


def test_few_open_files_are_a_limit_of_connections_too(shop: Shop):
    shop.sandbox.set(latency=200.0)
    users = shop.users(200, bad=False)
    command = f'ulimit -n 40; exec "{sys.executable}" -m importer run "{users.path}" --concurrency 200'
    ended = subprocess.run(
        ["bash", "-c", command],
        env=shop.variables(**QUICK),
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert shop.settle(users).statuses == {"created": 200}


def test_repeated_ids_end_the_run_and_stand_on_no_row(shop: Shop):
    users = shop.users(200, bad=False)
    shop.sandbox.set(latency=20.0, faults=["repeat_id@100-400"])
    ended = shop.run("run", users.path, "--json")
    assert ended.code == 5, ended.err
    told = json.loads(ended.out)
    rows = shop.rows(users)
    statuses = Counter(row["import_status"] for row in rows)
    assert 3 <= statuses["unconfirmed"] <= 1 + 3 + 32
    assert {row["import_error_code"] for row in rows if row["import_status"] == "unconfirmed"} == {
        "freedom_id_repeated"
    }
    ids = [row["freedom_id"] for row in rows if row["freedom_id"]]
    assert len(ids) == len(set(ids)) == statuses["created"]
    assert shop.run("verify", told["run"]).code == 5
    shop.sandbox.set(faults=[])
    assert shop.run("run", users.path).code == 5
    again = Counter(row["import_status"] for row in shop.rows(users))
    assert again == {"created": 200 - statuses["unconfirmed"], "unconfirmed": statuses["unconfirmed"]}
    tell("one FreedomID for many", rows=200, unconfirmed=statuses["unconfirmed"], created=again["created"])


def test_a_killed_run_whose_ids_repeated_is_put_right_by_the_next_command(shop: Shop):
    """Killed between the repeated answer and the end: what is on the disk still shows whose the ID cannot be.

    32 are under way at once: when the ninetieth request is there, the first 58 have their answers.
    """
    users = shop.users(100, bad=False)
    shop.sandbox.set(latency=200.0, faults=["repeat_id@50-51"])
    running = shop.start("run", users.path)
    assert running.until(shop.has_requests(90)), running.err
    running.kill()
    assert shop.run("run", users.path).code == 5
    rows = shop.rows(users)
    ids = [row["freedom_id"] for row in rows if row["freedom_id"]]
    assert len(ids) == len(set(ids))
    assert sum(row["import_error_code"] == "freedom_id_repeated" for row in rows) == 3


NO_LOOKUP = """
import socket, sys, time
def hang(*where, **what):
    print("looking up", flush=True)
    time.sleep(3600)
socket.getaddrinfo = hang
from importer.cli.app import main
sys.exit(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_a_hanging_look_up_ends_the_run_within_ten_seconds(shop: Shop, number: signal.Signals):
    users = shop.users(40, bad=False)
    environ = shop.variables(FREEDOM_ID_URL="https://api.example.kz")
    process = subprocess.Popen(
        [sys.executable, "-c", NO_LOOKUP, "run", str(users.path)],
        cwd=shop.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"looking up\n"
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    seconds = time.monotonic() - began
    assert process.returncode == 4, err
    assert seconds < 10
    assert {row["import_status"] for row in shop.rows(users)} == {"not_sent"}
    tell(f"{number.name} during a look-up that hangs", seconds=f"{seconds:.1f}")


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port at which a connection neither comes to be nor is refused."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_sigterm_during_a_hanging_connection_ends_the_run_within_ten_seconds(shop: Shop):
    users = shop.users(40, bad=False)
    with full_backlog() as port:
        running = shop.start("run", users.path, environ={"FREEDOM_ID_URL": f"http://127.0.0.1:{port}"})
        time.sleep(6)
        began = time.monotonic()
        running.signal(signal.SIGTERM)
        assert running.wait().code == 4
        assert time.monotonic() - began < 10
    assert {row["import_status"] for row in shop.rows(users)} == {"not_sent"}


STEPS = {
    "refused": (None, 4, "connection refused"),
    "no answer": (b"", 4, "the proxy does not let the connection through"),
    "407": (
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        4,
        "user name or password (407)",
    ),
    "403": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 4, "(403)"),
    "502": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 4, "(502)"),
    "503": (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 4, "(503)"),
    "closed after CONNECT": (b"HTTP/1.1 200 OK\r\n\r\n", 4, "the proxy does not let the connection through"),
    "not TLS": (b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n", 4, "TLS"),
}


@contextlib.contextmanager
def proxy(said: bytes | None) -> Iterator[str]:
    """A proxy that says this to every CONNECT and closes; None: nobody is there."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://user:s3cret-of-proxy@127.0.0.1:{listener.getsockname()[1]}"

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(5)
                    peer.recv(65_536)
                    peer.sendall(said or b"")
                    peer.shutdown(socket.SHUT_WR)
                    peer.recv(65_536)
            except OSError:
                if listener.fileno() < 0:
                    return

    if said is None:
        listener.close()
        yield address
        return
    threading.Thread(target=serve, daemon=True).start()
    yield address
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_proxy_that_fails_is_named_as_the_cause_and_spends_no_row(shop: Shop, step: str):
    said, code, words = STEPS[step]
    users = shop.users(20, bad=False)
    with proxy(said) as address:
        environ = {"FREEDOM_ID_URL": "https://api.example.kz", "HTTPS_PROXY": address, **QUICK}
        ended = shop.run("run", users.path, "--outage-limit", "4s", "--json", environ=environ)
    assert ended.code == code, ended.err
    assert words in json.loads(ended.out)["message"]
    rows = shop.rows(users)
    assert {row["import_status"] for row in rows} == {"not_sent"}
    assert all(row["import_error"] for row in rows)
    assert "s3cret-of-proxy" not in ended.out + ended.err + shop.output(users).read_text(encoding="utf-8")
    tell(f"proxy: {step}", message=json.loads(ended.out)["message"][:90])
