"""What goes to stderr and to a log file: for a person or as JSON, dated, and without personal data."""

import errno
import json
import logging
import os
import re
import time
from datetime import datetime
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer.cli.live_bar import LineWatch
from importer.cli.logs import configure_logging
from importer.sandbox import Sandbox
from importer.settings import Settings

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


def test_a_log_file_is_its_owners_alone_also_when_it_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "importer.log"
    before = os.umask(0)
    try:
        with monkeypatch.context() as small:
            small.setattr("importer.cli.logs._FILE_BYTES", 100)
            configure_logging(Settings(log_file=kept, quiet=True))
            for _ in range(2):
                logging.getLogger("importer").error("%s", "x" * 60)
        configure_logging(Settings())
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in tmp_path.glob("importer.log*")]
    assert len(modes) > 1
    assert set(modes) == {0o600}


@pytest.mark.parametrize(("pinned", "safe"), [("importer.log", 7), ("importer.log.1", 1)])
def test_a_log_file_that_cannot_be_moved_goes_on_and_is_told_once_and_no_older_one_is_pushed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pinned: str, safe: int
) -> None:
    """Mounted into a container by itself; or the older one is somebody else's."""
    kept, move = tmp_path / "importer.log", os.rename

    def moved(source: Path, target: Path) -> None:
        if Path(source).name == pinned:
            raise OSError(errno.EBUSY, "Device or resource busy")
        move(source, target)

    older = [tmp_path / f"importer.log.{number}" for number in range(1, 8)]
    for path in older:
        path.write_text(path.name, encoding="utf-8")
    monkeypatch.setattr("os.rename", moved)
    monkeypatch.setattr("importer.cli.logs._FILE_BYTES", 100)
    for begun in range(2):  # by the next command, too
        configure_logging(Settings(log_file=kept, log_format="json"))
        for number in range(5):
            logging.getLogger("importer").info("%s", f"line {begun}.{number} " + "x" * 60)
    configure_logging(Settings())
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in told if line["event"] == "log.failed"] == ["warning"] * 2
    assert "Device or resource busy" in next(line["message"] for line in told if line["event"] == "log.failed")
    lines = [json.loads(line)["message"] for line in kept.read_text(encoding="utf-8").splitlines()]
    assert [line[:8] for line in lines if "line" in line[:4]] == [f"line {of}.{at}" for of in (0, 1) for at in range(5)]
    assert [path.read_text(encoding="utf-8") for path in older[:safe]] == [path.name for path in older[:safe]]


def test_a_log_file_that_was_moved_away_or_removed_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "importer.log"
    monkeypatch.setattr("importer.cli.logs._FILE_BYTES", 300)
    configure_logging(Settings(log_file=kept))
    logging.getLogger("importer").info("line 0")
    for gone in (lambda: kept.rename(tmp_path / "elsewhere"), kept.unlink):
        gone()
        for number in range(9):
            logging.getLogger("importer").info("%s", f"line {number} " + "x" * 60)
        assert "line 8" in kept.read_text(encoding="utf-8")
        assert [path.name for path in tmp_path.glob("importer.log.*")], "and is begun anew when it is full again"
    configure_logging(Settings())
    assert "moved out of the way" not in capsys.readouterr().err


def test_a_log_file_whose_disk_is_full_is_told_once_in_the_log_s_own_format(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, "--log-file", "/dev/full", "--log-format", "json")
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert ended.code == 1
    assert [line["message"] for line in lines if line["event"] == "log.failed"] == [
        "--log-file /dev/full cannot be written: No space left on device; lines are missing there"
    ]


@pytest.mark.parametrize("place", ["/nowhere/importer.log", "."])
def test_a_log_file_that_cannot_be_written_is_an_error_before_anything_is_read(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, place: str
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, "--log-file", place)
    assert (ended.code, f"--log-file {place}" in ended.err) == (2, True)


def test_a_run_that_goes_well_tells_gates_and_phases_and_whose_run_each_line_is(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, kept = write_users(tmp_path / "users.csv", PHONES), tmp_path / "importer.log"
    ended = importer(
        "run", users, "--source", "crm", "--max-invalid", "50%", "--log-format", "json", "--log-file", kept
    )
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert lines == [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    events = [line["event"] for line in lines]
    wanted = ["run.started", "gates.passed", "planning.began", "creating.began", "writing.began", "run.ended"]
    assert [event for event in events if event in wanted] == wanted
    (gates,) = (line["message"] for line in lines if line["event"] == "gates.passed")
    assert "3 rows, 1 invalid of 1 allowed" in gates
    assert {line["source"] for line in lines} == {"crm"}
    run = importer("runs", "latest", "--json").json["id"]
    after = lines[events.index("gates.passed") :]
    assert {line["run"] for line in after} == {run}
    text = importer("run", users, "--source", "crm").err.splitlines()[-1]
    assert re.fullmatch(rf"\d{{4}}-\S+T\S+[+-]\d\d:\d\d INFO run.ended \[source crm, run {run}\] .*exit code 1.*", text)


def test_a_file_that_is_no_log_is_left_as_it_is(importer: Commands, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    before = users.read_bytes()
    ended = importer("validate", users, "--log-file", users)
    assert (ended.code, f"--log-file {users}" in ended.err) == (2, True)
    assert users.read_bytes() == before


@pytest.mark.parametrize("head", [b"", b"\0\0\0\0", b"\n", b'{"time": "2026-'])
def test_a_log_that_a_power_cut_has_damaged_is_gone_on_with(importer: Commands, tmp_path: Path, head: bytes) -> None:
    users, kept = write_users(tmp_path / "users.csv", PHONES), tmp_path / "importer.log"
    kept.write_bytes(head)
    assert importer("validate", users, "--log-file", kept).code == 1
    assert kept.stat().st_size > len(head)


def test_a_log_file_keeps_progress_once_a_minute_and_the_error_that_ended_a_command(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    kept = tmp_path / "importer.log"
    assert importer("run", tmp_path / "gone.csv", "--log-file", kept).code == 3
    assert "ERROR" in kept.read_text(encoding="utf-8").splitlines()[-1]
    importer("runs", "--log-format", "json")  # closes that file
    configure_logging(Settings(log_file=kept))
    log = logging.getLogger("importer")
    for seconds in (0, 9, 18, 61, 70, 130):
        record = log.makeRecord("importer", logging.INFO, "", 0, f"after {seconds}", (), None)
        record.event, record.drawn, record.created = "creating.progress", True, 1e9 + seconds
        log.handle(record)
    importer("runs")
    told = [line for line in kept.read_text(encoding="utf-8").splitlines() if "after" in line]
    assert [re.search(r"after (\d+)", line)[1] for line in told] == ["0", "61", "130"]  # type: ignore[index]


def test_what_a_wrong_option_says_is_json_too_where_every_line_is(importer: Commands, tmp_path: Path) -> None:
    for arguments in (("run", "--nonsense"), ("run",), ("nonsense",)):
        ended = importer(*arguments, "--log-format=json")
        assert ended.code == 2
        assert [json.loads(line)["event"] for line in ended.err.splitlines()] == ["error"]


def test_while_nothing_is_done_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings())
    watch = LineWatch(every=0.01)
    watch.began("writing", 2)
    watch.idle()
    time.sleep(0.1)
    watch.ended()
    assert "progress" not in capsys.readouterr().err
