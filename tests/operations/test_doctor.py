"""The doctor says of each thing that a run needs whether it is well, and what to do; it creates nobody."""

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from support.commands import Commands, write_users

from importer.sandbox import Sandbox


def lines(out: str) -> dict[str, tuple[str, str]]:
    """About → (level, text)."""
    found = [line.split(maxsplit=1) for line in out.splitlines()]
    return {rest.partition(": ")[0]: (level, rest.partition(": ")[2]) for level, rest in found}


def test_where_all_is_well_it_ends_with_0_and_nothing_was_sent(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["+77010000001"])
    importer("run", users)
    requests = sandbox.stats()["requests"]
    ended = importer("doctor")
    assert (ended.code, {level for level, _ in lines(ended.out).values()}) == (0, {"ok"})
    assert set(lines(ended.out)) == {"state folder", "journal", "token", "address", "clock"}
    assert "1 run," in lines(ended.out)["journal"][1]
    assert sandbox.stats()["requests"] == requests
    assert sandbox.token not in ended.out


def jwt(seconds: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode()).decode().rstrip("=")
    return f"head.{claims}.sign"


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [("", 2, "no token"), (-7200, 2, "expired 2.0 h ago"), (3600, 1, "get a new one soon"),
     (90 * 86400 + 60, 0, "lives for 90 days")],
)  # fmt: skip
def test_the_tokens_life_is_told(importer: Commands, sandbox: Sandbox, token: int | str, code: int, words: str) -> None:
    ended = importer("doctor", FREEDOM_ID_TOKEN=jwt(token) if isinstance(token, int) else token)
    assert ended.code == code
    assert words in lines(ended.out)["token"][1]


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:9", "Connection refused"), ("https://nobody.invalid", "the name is not known here"),
     ("http://api.example", "https")],
)  # fmt: skip
def test_an_address_that_cannot_be_reached_says_why(importer: Commands, sandbox: Sandbox, url: str, words: str) -> None:
    ended = importer("doctor", "--url", url)
    assert (ended.code, lines(ended.out)["address"][0]) == (2, "error")
    assert words in lines(ended.out)["address"][1]


ASKED: list[tuple[str, str]] = []
HTML, JSON = "text/html; charset=utf-8", "application/json"


@pytest.fixture
def answering() -> Iterator[Callable[[int, str, bytes, str], str]]:
    """A server that gives one answer to whatever it is asked; its address."""
    answer: list[tuple[int, str, bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            ASKED.append((self.command, self.path))
            status, content, body, location = answer[0]
            self.send_response(status)
            self.send_header("Content-Type", content)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def at(*given: Any) -> str:
            ASKED.clear()
            answer[:] = [given]
            return f"http://127.0.0.1:{server.server_port}"

        yield at
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((503, HTML, b"<html>Service Unavailable</html>", ""), "is in trouble (HTTP 503, a web page to OPTIONS)"),
        ((502, JSON, b'{"message": "x"}', ""), "is in trouble (HTTP 502, in JSON to OPTIONS)"),
        ((504, HTML, b"", ""), "is in trouble (HTTP 504 to OPTIONS)"),
        ((302, HTML, b"<html>", "https://login.example.com/?t=1"), "302, a redirect to https://login.example.com "),
        ((308, HTML, b"", ""), "answers as no API does (HTTP 308 to OPTIONS)"),
        ((200, HTML, b"<html>Log in</html>", ""), "answers as no API does (HTTP 200, a web page to OPTIONS)"),
        ((404, HTML, b"<html>nginx</html>", ""), "answers as no API does (HTTP 404, a web page to OPTIONS)"),
        ((501, HTML, b"<html>Unsupported", ""), "answers as no API does (HTTP 501, a web page to OPTIONS)"),
    ],
)  # fmt: skip
def test_an_address_where_no_api_answers_is_a_warning_that_says_what_does(
    importer: Commands, sandbox: Sandbox, answering: Callable[..., str], answer: tuple[Any, ...], words: str
) -> None:
    ended = importer("doctor", "--url", answering(*answer))
    assert (ended.code, lines(ended.out)["address"][0]) == (1, "warning")
    assert words in lines(ended.out)["address"][1]
    assert ASKED == [("OPTIONS", "/api/v1/oauth/user")]


@pytest.mark.parametrize(
    "answer",
    [
        *((status, JSON, b'{"message": "x"}', "") for status in (200, 400, 401, 403, 404, 405, 429, 501)),
        (204, JSON, b"", ""),
        (405, HTML, b"", ""),
        (405, "text/plain", b"Method Not Allowed", ""),
    ],
)
def test_an_api_that_takes_no_options_or_nobody_without_a_token_is_well(
    importer: Commands, sandbox: Sandbox, answering: Callable[..., str], answer: tuple[Any, ...]
) -> None:
    ended = importer("doctor", "--url", answering(*answer))
    assert (ended.code, lines(ended.out)["address"][0]) == (0, "ok")
    assert f"HTTP {answer[0]} to OPTIONS" in lines(ended.out)["address"][1]


def test_a_damaged_journal_a_foreign_folder_and_a_missing_inbox_are_errors(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    importer("run", write_users(tmp_path / "users.csv", ["+77010000001"]))
    (home / "journal.db").write_bytes(b"garbage" * 1000)
    config = tmp_path / "c.toml"
    config.write_text(f'[inbox]\ndir = "{tmp_path}/nowhere"\n', encoding="utf-8")
    config.chmod(0o600)
    ended = importer("doctor", "--config", config)
    assert ended.code == 2
    assert {about for about, (level, _) in lines(ended.out).items() if level == "error"} == {"journal", "inbox"}
    home.chmod(0o777)
    assert lines(importer("doctor").out)["state folder"][0] == "error"


def test_the_nights_own_things_are_looked_at_and_a_test_message_is_sent_only_when_asked_for(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "foreign").write_text("json://127.0.0.1:9", encoding="utf-8")
    (tmp_path / "foreign").chmod(0o666)
    config = tmp_path / "c.toml"

    def looked(text: str, *arguments: str) -> dict[str, tuple[str, str]]:
        config.write_text(text, encoding="utf-8")
        config.chmod(0o600)
        return lines(importer("doctor", "--config", config, *arguments).out)

    with socket.create_server(("127.0.0.1", 0)) as nobody:
        channel = f"json://127.0.0.1:{nobody.getsockname()[1]}/secret"
    good = (
        f'healthcheck = "https://hc.example/secret"\nmetrics = "{tmp_path}/importer.prom"\n'
        f'[notify]\nurls = ["{channel}"]\n[inbox]\ndir = "{tmp_path}/inbox"\n'
        '[[inbox.source]]\nmatch = "hr_*"\nname = "hr"\n'
    )
    found = looked(good)
    assert {level for level, _ in found.values()} == {"ok"}
    assert {"healthcheck", "metrics", "sources", "notification channel 1"} <= set(found)
    assert "secret" not in str(found)
    assert "failed" in looked(good, "--send-test")["notification channel 1"][1]
    bad = (
        'healthcheck = "hc.example/secret"\nmetrics = "/nowhere/importer.prom"\n'
        f'[notify]\nurls = ["env:NO_SUCH_NAME", "file:{tmp_path}/foreign", "nonsense://secret"]\n'
        '[[inbox.source]]\nmatch = "hr_*"\nprofile = "gone.toml"\n'
    )
    found = looked(bad)
    for about, words in {
        "healthcheck": "its address is none",
        "metrics": "cannot be written",
        "sources": "gone.toml",
        "notification channel 1": "NO_SUCH_NAME",
        "notification channel 2": "chmod go-w",
        "notification channel 3": "none that apprise knows",
    }.items():
        assert (found[about][0], words in found[about][1]) == ("error", True), (about, found[about])
    assert "secret" not in str(found)


def test_doctor_says_what_it_does_before_it_waits_for_anybody(importer):
    ended = importer("doctor", "--url", "http://127.0.0.1:9", FREEDOM_ID_TOKEN="t")
    first, second = ended.err.splitlines()[:2]
    assert "doctor.started checking that everything a run needs is there" in first
    assert "looking.began" in second


def test_what_stands_where_a_folder_or_figures_are_to_be_is_an_error(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    box, prom = tmp_path / "inbox", tmp_path / "prom"
    box.mkdir()
    prom.mkdir()
    (box / "done").touch()
    (prom / "theirs.prom").write_text("node_load1 1\n", encoding="utf-8")
    given = {"IMPORTER_INBOX": f'{{"dir": "{box}"}}'}
    found = lines(importer("doctor", **given, IMPORTER_METRICS=str(prom)).out)
    assert found["inbox"] == ("error", f"{box}/done is no folder: move it away")
    assert found["metrics"][0] == "error"
    found = lines(importer("doctor", IMPORTER_METRICS=str(prom / "theirs.prom")).out)
    assert (found["metrics"][0], "holds no metrics of this program" in found["metrics"][1]) == ("error", True)


def test_a_journal_that_is_none_is_told_beside_everything_else(importer: Commands, sandbox: Sandbox) -> None:
    ended = importer("doctor", IMPORTER_JOURNAL="mysql://there")
    told = lines(ended.out)
    assert (ended.code, told["journal"][0], told["token"][0]) == (2, "error", "ok")
    assert "only sqlite:///PATH" in told["journal"][1]
