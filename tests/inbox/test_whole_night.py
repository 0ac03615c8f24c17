"""Nights as a scheduler starts them: real processes with cron's environment, real servers that hear of them."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from prometheus_client.parser import text_string_to_metric_families
from support.commands import read_rows

from importer.sandbox import Sandbox, SandboxOptions

ROOT = Path(__file__).parents[2]
CRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
"""The environment that cron gives, and where the program is: as an installed one knows by itself."""


class Ears:
    """A web hook, a watchdog and a mail server that keep what they hear."""

    def __init__(self) -> None:
        self.pings: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.mails: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[tuple[int, int]]:
        """The ports: of HTTP and of SMTP."""
        ears = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                ears.pings.append(self.path.removeprefix("/hc"))
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                ears.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Mails:
            async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (as above)
                ears.mails.append(envelope.content.decode())
                return "250 OK"

        with socket.create_server(("127.0.0.1", 0)) as free:
            smtp = free.getsockname()[1]
        controller = Controller(Mails(), hostname="127.0.0.1", port=smtp)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        controller.start()
        try:
            yield server.server_address[1], smtp
        finally:
            controller.stop()
            server.shutdown()
            thread.join()
            server.server_close()


@dataclass
class Night:
    """An inbox with its configuration, and what is around it."""

    folder: Path
    sandbox: Sandbox
    ears: Ears
    shown: str = ""

    @property
    def box(self) -> Path:
        return self.folder / "inbox"

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "importer", "inbox", "--config", self.folder / "nightly.toml", *arguments]
        return subprocess.Popen(
            list(map(str, command)), env=CRON, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def passes(self, *arguments: object) -> int:
        return self.ended(self.start(*arguments))

    def ended(self, process: "subprocess.Popen[str]") -> int:
        out, err = process.communicate(timeout=100)
        assert "Traceback" not in err, err
        self.shown += out + err
        return process.returncode

    def put(
        self, name: str, rows: int, *, first: int = 0, bad: int = 0, columns: tuple[str, ...] = ("firstname",)
    ) -> Path:
        """A file of so many people, the last of them with phones that are none."""
        path = self.box / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["phone", *columns])
            for number in range(rows):
                phone = f"12{number}" if number >= rows - bad else f"+7701{first + number:07d}"
                writer.writerow([phone, *("Aigerim" for _ in columns)])
        os.utime(path, (time.time() - 3600, time.time() - 3600 + len(list(self.box.iterdir()))))
        return path

    def filed(self, kind: str) -> list[str]:
        return sorted(folder.name.partition("-")[2] for folder in (self.box / kind).glob("*/*"))

    def waiting(self) -> list[str]:
        return sorted(path.name for where in (self.box, self.box / "working") for path in where.glob("[!.]*.csv"))


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    ears, box = Ears(), tmp_path / "inbox"
    box.mkdir()
    with Sandbox(SandboxOptions()) as sandbox, ears.listening() as (http, smtp):
        texts = {
            "token": sandbox.token,
            "channel": f"mailto://127.0.0.1:{smtp}?from=importer@x.kz&to=ops@x.kz&mode=insecure",
            "clients.toml": 'region = "KZ"\ndate_order = "dmy"\n',
            "nightly.toml": f"""
url = "{sandbox.url}"
token_file = "{tmp_path}/token"
home = "{tmp_path}/home"
settle = "1s"
outage_limit = "0s"
concurrency = 4
healthcheck = "http://127.0.0.1:{http}/hc"
metrics = "{tmp_path}/importer.prom"
log_format = "json"
log_file = "{tmp_path}/importer.log"
[inbox]
dir = "{box}"
[notify]
urls = ["file:{tmp_path}/channel", "json://127.0.0.1:{http}/told"]
on = ["success", "rejected-rows", "refused", "stopped"]
[[inbox.source]]
match = "clients_*.csv"
name = "clients"
profile = "clients.toml"
max_invalid = "2%"
max_shrink = "20%"
columns = "same"
""",
        }
        for name, text in texts.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            (tmp_path / name).chmod(0o600)
        yield Night(tmp_path, sandbox, ears)


def figures(path: Path) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    samples = (sample for family in families for sample in family.samples if not sample.name.endswith("_created"))
    return {(one.name.removeprefix("freedom_id_importer_"), *one.labels.values()): one.value for one in samples}


@pytest.mark.timeout(900)
def test_a_week_of_nights_is_imported_once_told_to_everybody_and_survives_what_happens(night: Night) -> None:
    content = a_slow_copy_waits_for_the_next_pass(night)
    the_same_again_is_filed_and_sent_nowhere(night, content)
    bad_files_are_refused_and_one_is_released(night)
    while_the_api_is_down_the_file_waits(night)
    of_two_passes_the_second_leaves_and_the_first_is_killed(night)
    everybody_was_created_once_and_every_file_is_filed(night)
    all_were_told(night)
    nobodys_data_is_in_what_was_told(night)


def a_slow_copy_waits_for_the_next_pass(night: Night) -> str:
    night.put("others.csv", 3, first=500)
    path = night.put("clients_1.csv", 100, columns=("firstname", "city"))
    content, ended = path.read_text(encoding="utf-8"), threading.Event()
    path.write_text("", encoding="utf-8")

    def copy() -> None:
        with path.open("a", encoding="utf-8") as file:
            for line in content.splitlines(keepends=True):
                file.write(line)
                file.flush()
                ended.wait(0.3)

    writer = threading.Thread(target=copy)
    writer.start()
    try:
        assert night.passes() == 0
    finally:
        ended.set()
        writer.join()
    assert (night.filed("done"), night.waiting()) == (["others.csv"], ["clients_1.csv"])
    assert night.passes() == 0
    assert len(night.sandbox.users()) == 103
    return content


def the_same_again_is_filed_and_sent_nowhere(night: Night, content: str) -> None:
    requests = night.sandbox.stats()["requests"]
    (night.box / "clients_2.csv").write_text(content, encoding="utf-8")
    assert night.passes() == 0
    assert night.sandbox.stats()["requests"] == requests


def bad_files_are_refused_and_one_is_released(night: Night) -> None:
    """Halved, a column lost, 3 % bad."""
    requests = night.sandbox.stats()["requests"]
    night.put("clients_3.csv", 50, columns=("firstname", "city"))
    night.put("clients_4.csv", 100)
    night.put("clients_5.csv", 100, bad=3, columns=("firstname", "city"))
    assert night.passes() == 3
    reasons = [path.read_text(encoding="utf-8") for path in sorted((night.box / "refused").rglob("reason.txt"))]
    for words, reason in zip(("50.0% fewer", 'lost "city"', "3 of 100 rows are invalid"), reasons, strict=True):
        assert words in reason
    assert night.sandbox.stats()["requests"] == requests
    assert night.passes("--release", "clients_5.csv") == 1
    (record,) = (night.box / "done").rglob("clients_5.csv.released.json")
    assert {"released_by", "released_at"} <= json.loads(record.read_text(encoding="utf-8")).keys()


def while_the_api_is_down_the_file_waits(night: Night) -> None:
    night.sandbox.set(error_share=1.0)
    night.put("clients_6.csv", 110, columns=("firstname", "city"))
    assert night.passes() == 4
    assert (night.box / "working" / "clients_6.csv").is_file()
    night.sandbox.set(error_share=0.0)


def of_two_passes_the_second_leaves_and_the_first_is_killed(night: Night) -> None:
    """The second tells nobody; what the first leaves the next pass takes up."""
    night.sandbox.set(hang_before_share=1.0)
    requests, heard = night.sandbox.stats()["requests"], len(night.ears.pings)
    with night.start() as first:
        try:
            while night.sandbox.stats()["requests"] == requests and first.poll() is None:
                time.sleep(0.1)
            first.send_signal(signal.SIGSTOP)  # it is at work until the second has looked
            assert night.passes() == 4
            assert night.ears.pings[heard:] == ["/start"]
        finally:
            first.kill()
        night.ended(first)
    night.sandbox.set(hang_before_share=0.0)
    assert night.passes() == 0


def everybody_was_created_once_and_every_file_is_filed(night: Night) -> None:
    phones = [user["body"]["phone"] for user in night.sandbox.users()]
    assert (len(phones), len(set(phones))) == (113, 113)
    assert night.waiting() == []
    assert night.filed("done") == [f"clients_{number}.csv" for number in (1, 2, 5, 6)] + ["others.csv"]
    assert night.filed("refused") == [f"clients_{number}.csv" for number in (3, 4, 5)]
    (result,) = (night.box / "done").rglob("clients_6.result.csv")
    assert len({row["freedom_id"] for row in read_rows(result)}) == 110


def all_were_told(night: Night) -> None:
    ears = night.ears
    assert [ping for ping in ears.pings if ping != "/start"] == ["", "", "", "/3", "", "/4", ""]
    titles = [told["title"].removeprefix("Freedom ID import: ") for told in ears.told]
    assert titles == [
        "others.csv (*): success, exit code 0",
        "clients_1.csv (clients): success, exit code 0",
        "clients_2.csv (clients): success, exit code 0",
        "clients_3.csv (clients): refused, exit code 3",
        "clients_4.csv (clients): refused, exit code 3",
        "clients_5.csv (clients): refused, exit code 3",
        "clients_5.csv (clients): rejected-rows, exit code 1",
        "clients_6.csv (clients): stopped, exit code 4",
        "clients_6.csv (clients): success, exit code 0",
    ]
    assert len(ears.mails) == len(ears.told)
    found = figures(night.folder / "importer.prom")
    assert found["rows_total", "*", "created"] == 3
    assert found["rows_total", "clients", "created"] == 110
    assert found["outages_total", "clients"] == 1
    assert (found["exit_code", "clients"], found["exit_code", "*"]) == (0, 0)
    assert found["last_success_timestamp_seconds", "clients"] == found["last_run_timestamp_seconds", "clients"]


def nobodys_data_is_in_what_was_told(night: Night) -> None:
    log = (night.folder / "importer.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert all(line["run"] and line["source"] for line in lines if line["event"] == "gates.passed")
    events = {line["event"] for line in lines}
    assert {"inbox.started", "file.taken", "creating.began", "file.filed", "file.refused", "inbox.ended"} <= events
    for text in (log, night.shown, *night.ears.mails, *(told["message"] for told in night.ears.told)):
        assert "Aigerim" not in text
        assert "77010000" not in text  # four digits may stand in the boundary of a mail, or in a run's id
        assert night.sandbox.token not in text
