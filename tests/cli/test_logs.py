"""What goes to stderr and to a log file: for a person or as JSON, dated, and without personal data."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer.sandbox import Sandbox

PHONES = ["+77010000001", "+77010000002", "123"]


def test_every_line_on_stderr_is_one_json_object_however_it_ends(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    for arguments in (
        ("run", users, "-v"),
        ("run", users, "--max-invalid", "0", "--fresh"),
        ("run", tmp_path / "gone.csv"),
        ("run", users, "--url", "ftp://x"),
        ("validate", users, "--region", "nowhere"),
    ):
        ended = importer(*arguments, "--log-format", "json")
        lines = [json.loads(line) for line in ended.err.splitlines()]
        assert lines
        for line in lines:
            assert {"time", "level", "event", "message"} <= set(line)
            assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert (lines[-1]["event"] == "error") == (ended.code > 1), arguments


def test_a_run_tells_its_start_and_its_end(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, IMPORTER_LOG_FORMAT="json")
    told = {line["event"]: line["message"] for line in map(json.loads, ended.err.splitlines())}
    assert {"run.started", "run.ended"} <= set(told)
    assert "exit code 1, 3 rows (2 created, 1 invalid)" in told["run.ended"]
    assert not any(phone[1:] in ended.err for phone in PHONES[:2])


def test_a_log_file_keeps_dated_lines_of_all_commands(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users, kept = write_users(tmp_path / "users.csv", PHONES), tmp_path / "importer.log"
    for _ in range(2):
        importer("run", users, "--log-file", kept)
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert sum("importing users.csv" in line for line in lines) == 2
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (INFO|WARNING) ", line) for line in lines)


@pytest.mark.parametrize("place", ["/nowhere/importer.log", "."])
def test_a_log_file_that_cannot_be_written_is_an_error_before_anything_is_read(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, place: str
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, "--log-file", place)
    assert (ended.code, f"--log-file {place}" in ended.err) == (2, True)
