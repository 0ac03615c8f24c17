"""Who is told how an import ended: by mail and web hook, a watchdog, a file of figures; never with personal data."""

import email
import email.policy
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from prometheus_client.parser import text_string_to_metric_families
from support.commands import Commands, write_users

from importer.cli.app import main
from importer.model import Status, Summary
from importer.notify.apprise_channels import notify, sent
from importer.notify.ending import Ending
from importer.notify.metrics import write_metrics
from importer.sandbox import Sandbox
from importer.settings.notify_options import Event, NotifySettings

PHONES = ["+77010000001", "+77010000002", "123"]


class Hook:
    """A web server that keeps what it was asked for; ``fails`` requests are answered 500 first."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.fails = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hook.asked.append((self.command, self.path, json.loads(body) if body else None))
                failing, hook.fails = hook.fails > 0, max(0, hook.fails - 1)
                self.send_response(500 if failing else 301 if self.path == "/moved" else 200)
                self.send_header("Location", "/")
                self.end_headers()

            do_GET = do_POST = answer  # noqa: N815 (the library's names)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Mails:
    """Keeps the mails that an SMTP server gets."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (the library's name)
        self.texts.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def mails() -> Iterator[tuple[Mails, int]]:
    kept = Mails()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


def config(folder: Path, text: str) -> Path:
    path = folder / "nightly.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_people_are_told_by_mail_and_web_hook_without_personal_data(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, hook: Hook, mails: tuple[Mails, int]
) -> None:
    kept, port = mails
    (tmp_path / "channel").write_text(f"json://127.0.0.1:{hook.port}/told", encoding="utf-8")
    told = config(tmp_path, f'[notify]\nurls = ["env:MAIL", "file:{tmp_path}/channel"]\n')
    mail = f"mailto://127.0.0.1:{port}?from=importer@x.kz&to=ops@x.kz&mode=insecure"
    users = write_users(tmp_path / "users.csv", PHONES)
    assert importer("run", users, "--config", told, MAIL=mail).code == 1
    assert (hook.asked, kept.texts) == ([], [])
    ended = importer("run", users, "--config", told, "--fresh", "--notify", MAIL=mail)
    assert (ended.code, "channel" in ended.err) == (1, False), ended.err
    ((_, path, body),) = hook.asked
    assert (path, body["title"]) == ("/told", "Freedom ID import: users.csv: rejected-rows, exit code 1")
    assert "2 already_imported" in body["message"]
    assert "phone_pattern" in body["message"]
    assert str(tmp_path) in body["message"]
    assert len(kept.texts) == 1
    for text in (body["message"], kept.texts[0]):
        assert not any(phone[2:] in text for phone in PHONES[:2])
        assert sandbox.token not in text


def test_a_refused_file_tells_why_and_what_comes_next(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, hook: Hook
) -> None:
    told = config(tmp_path, f'[notify]\nurls = ["json://127.0.0.1:{hook.port}"]\non = ["refused"]\n')
    users = write_users(tmp_path / "users.csv", PHONES)
    assert importer("run", users, "--config", told, "--notify", "--max-invalid", "0").code == 3
    ((_, _, body),) = hook.asked
    assert "refused, exit code 3" in body["title"]
    assert "next: importer run" in body["message"]


def test_a_defect_is_told_to_the_channels_as_any_other_end(
    sandbox: Sandbox, tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise KeyError("+77010000000")

    told = config(tmp_path, f'[notify]\nurls = ["json://127.0.0.1:{hook.port}"]\non = ["stopped"]\n')
    users = write_users(tmp_path / "users.csv", PHONES)
    monkeypatch.setattr("importer.pipeline.open_input", broken)
    monkeypatch.setattr("sys.argv", ["importer", "run", str(users), "--config", str(told), "--notify"])
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "home"))
    assert main() == 70
    ((_, _, body),) = hook.asked
    assert "exit code 70" in body["title"]
    assert "a defect of the importer (KeyError)" in body["message"]
    assert PHONES[0] not in body["message"]


@pytest.mark.parametrize("url", ["json://127.0.0.1:9/secret", "nonsense://secret", "no address at all secret"])
def test_a_channel_that_fails_is_told_in_the_log_and_changes_nothing(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, url: str
) -> None:
    told = config(tmp_path, f'[notify]\nurls = ["{url}"]\non = ["success"]\n')
    users = write_users(tmp_path / "users.csv", PHONES[:1])
    ended = importer("run", users, "--config", told, "--notify")
    assert ended.code == 0
    assert "notification channel 1" in ended.err
    assert "secret" not in ended.err


def test_a_hook_that_sends_elsewhere_was_told_nothing(
    hook: Hook, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A POST that is sent on by 301 becomes a GET without the message, and its answer is fine."""
    monkeypatch.setattr(logging.getLogger("importer"), "propagate", True)  # a command before kept it to itself
    ending = [Ending("users.csv", "", 4, message="a")]
    notify(NotifySettings(urls=(f"json://127.0.0.1:{hook.port}/moved",)), ending)
    assert "notification channel 1: failed" in caplog.text
    assert [(method, path) for method, path, _ in hook.asked] == [("POST", "/moved")]


def test_channels_that_are_silent_are_waited_for_at_once_and_the_others_are_told(hook: Hook) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = [f"json://127.0.0.1:{silent.getsockname()[1]}/{number}" for number in range(3)]
        began = time.monotonic()
        told = [*sent(NotifySettings(urls=(*quiet, f"json://127.0.0.1:{hook.port}", "x://y")), [("a", "b")])]
    assert time.monotonic() - began < 10
    assert [bool(failure) for failure in told] == [True, True, True, False, True]
    assert len(hook.asked) == 1


@pytest.mark.parametrize("form", ["", "&format=html"])
def test_a_mail_has_its_lines_and_takes_no_name_for_html(mails: tuple[Mails, int], form: str) -> None:
    kept, port = mails
    address = f"mailto://127.0.0.1:{port}?from=importer@x.kz&to=ops@x.kz&mode=insecure{form}"
    notify(NotifySettings(urls=(address,)), [Ending("users.csv", "", 3, message="a", folder="<a href='x'>b</a>")])
    (text,) = kept.texts
    for part in email.message_from_string(text, policy=email.policy.default).walk():
        if part.get_content_type() == "text/html":
            assert "<br" in part.get_content()
            assert "<a href" not in part.get_content()
        elif not part.is_multipart():
            assert part.get_content().splitlines()[:2] == ["a", "files: <a href='x'>b</a>"]


def test_the_watchdog_hears_of_start_and_end_once_a_pass(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, hook: Hook
) -> None:
    box = tmp_path / "inbox"
    box.mkdir()
    told = config(tmp_path, f'healthcheck = "http://127.0.0.1:{hook.port}/ping/uuid"\n')
    write_users(box / "a.csv", PHONES)
    write_users(box / "b.csv", PHONES[:1])
    hook.fails = 1
    assert importer("inbox", box, "--config", told, "--settle", "0s").code == 1
    assert [path for _, path, _ in hook.asked] == ["/ping/uuid/start", "/ping/uuid/start", "/ping/uuid"]
    hook.asked.clear()
    (box / "c.xlsx").write_bytes(b"none")
    assert importer("inbox", box, "--config", told, "--settle", "0s").code == 3
    assert [path for _, path, _ in hook.asked] == ["/ping/uuid/start", "/ping/uuid/3"]


def figures(path: Path) -> dict[tuple[str, ...], float]:
    found = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                name = sample.name.removeprefix("freedom_id_importer_")
                found[name, *sample.labels.values()] = sample.value
    return found


def test_figures_add_up_over_the_nights_and_a_night_that_sent_nothing_adds_no_rows(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    metrics = tmp_path / "importer.prom"
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users, "--metrics", metrics)
    first = figures(metrics)
    assert first["rows_total", "-", "created"] == 2
    assert first["rows_total", "-", "invalid"] == 1
    assert (first["requests_total", "-"], first["exit_code", "-"]) == (2, 1)
    assert first["last_success_timestamp_seconds", "-"] == first["last_run_timestamp_seconds", "-"]
    importer("run", users, "--metrics", metrics)
    assert figures(metrics)["rows_total", "-", "created"] == 2
    write_users(tmp_path / "more.csv", ["+77010000009"])
    importer("run", tmp_path / "more.csv", "--metrics", metrics)
    assert figures(metrics)["rows_total", "-", "created"] == 3
    (tmp_path / "more.csv").write_text("nothing", encoding="utf-8")
    importer("run", tmp_path / "more.csv", "--metrics", metrics)
    last = figures(metrics)
    assert last["exit_code", "-"] == 3
    assert last["last_run_timestamp_seconds", "-"] > last["last_success_timestamp_seconds", "-"]
    metrics.write_text("garbage {", encoding="utf-8")
    assert importer("run", users, "--metrics", metrics).code == 1


def test_a_sources_own_channels_hear_of_its_files_and_the_common_ones_of_all_others(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, hook: Hook
) -> None:
    box = tmp_path / "inbox"
    box.mkdir()
    base = f"json://127.0.0.1:{hook.port}"
    told = config(
        tmp_path,
        f'[notify]\nurls = ["{base}/all"]\non = ["success", "refused"]\n'
        f'[[inbox.source]]\nmatch = "hr_*"\nname = "hr"\nmin_rows = 2\n'
        f'[inbox.source.notify]\nurls = ["{base}/hr"]\non = ["refused"]\n',
    )
    write_users(box / "hr_1.csv", PHONES[:1])
    write_users(box / "b\nc.csv", PHONES[1:2])
    assert importer("inbox", box, "--config", told, "--settle", "0s").code == 3
    titles = {path: body["title"] for _, path, body in hook.asked}
    assert titles == {
        "/hr": "Freedom ID import: hr_1.csv (hr): refused, exit code 3",
        "/all": "Freedom ID import: b c.csv (*): success, exit code 0",
    }
    (text,) = (body["message"] for _, path, body in hook.asked if path == "/hr")
    assert f"next: importer inbox {box} --release hr_1.csv" in text
    assert f"files: {box}/refused/" in text


def test_who_wants_to_hear_of_changes_does_when_there_are_some(hook: Hook) -> None:
    @dataclass(frozen=True)
    class Compared(Summary):
        changes: Any = None

    def ending(changed: int) -> Ending:
        return Ending("a.csv", "", 0, Compared("run", "", 5, {}, (), (), 0, changes=SimpleNamespace(changed=changed)))

    told = NotifySettings(urls=(f"json://127.0.0.1:{hook.port}",), on=("changed",))
    notify(told, [ending(0)])
    assert hook.asked == []
    notify(told, [ending(3)])
    assert "3 rows of known people have changed" in hook.asked[0][2]["message"]
    assert Ending("a.csv", "", 0).events == {Event.SUCCESS}


def test_figures_of_a_run_that_was_resumed_count_each_row_once_and_another_user_may_read_them(tmp_path: Path) -> None:
    def ending(code: int, before: int, **statuses: int) -> Ending:
        counts = {Status(name): count for name, count in statuses.items()}
        summary = Summary("run", "", 10, counts, (), (), code, requests=5, created_before=before)
        return Ending("a.csv", "crm", code, summary)

    metrics = tmp_path / "importer.prom"
    before = os.umask(0o077)
    try:
        write_metrics(metrics, [ending(4, 0, created=4, invalid=2, not_sent=4)])
        write_metrics(metrics, [ending(1, 4, created=8, invalid=2)])
    finally:
        os.umask(before)
    found = figures(metrics)
    assert (found["rows_total", "crm", "created"], found["rows_total", "crm", "invalid"]) == (8, 2)
    assert ("rows_total", "crm", "not_sent") not in found
    assert metrics.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", ["phone\n+77010000001\n", 'metrics = "/var/lib/freedom_id_importer.prom"\n'])
def test_figures_replace_no_file_of_somebody_elses(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other"
    other.write_text(content, encoding="utf-8")
    write_metrics(other, [Ending("a.csv", "a", 0, None)])
    assert other.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("content", ["# HELP freedom_id_importer_rows {", "\0\0\0\0"])
def test_figures_that_are_damaged_begin_anew(tmp_path: Path, content: str) -> None:
    figures = tmp_path / "importer.prom"
    figures.write_text(content, encoding="utf-8")
    write_metrics(figures, [Ending("a.csv", "a", 0, None)])
    assert 'freedom_id_importer_exit_code{source="a"} 0.0' in figures.read_text(encoding="utf-8")
