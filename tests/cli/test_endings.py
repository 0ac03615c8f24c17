"""How a command ends when its surroundings are odd: real processes, because the exit code is a process's."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from chaos.kit import Running, Warm
from support.commands import Commands, read_rows, write_users


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))}
    return kept | {"IMPORTER_HOME": str(tmp_path / "home")}


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_users(tmp_path / "users.csv", [f"+7701000000{number}" for number in range(5)])


@pytest.fixture
def begin(warm: Warm, environ: dict[str, str], tmp_path: Path) -> Callable[..., Running]:
    """Starts a command in a process of its own, forked from one that has the program loaded."""

    def start(*arguments: object, **more: str) -> Running:
        out, err = tmp_path / "out.txt", tmp_path / "err.txt"
        for path in (out, err):
            path.touch()
        names = {"cwd": str(tmp_path), "environ": environ | more, "out": str(out), "err": str(err)}
        return Running(warm.fork({"args": [str(one) for one in arguments], **names}), out, err)

    return start


def shell(line: str, environ: dict[str, str], cwd: Path) -> int:
    """The exit code of a line of bash."""
    return subprocess.run(["bash", "-c", line], env=environ, cwd=cwd, check=False, timeout=60).returncode


@pytest.mark.parametrize(
    "streams",
    [
        ">&-",
        "2>&-",
        ">&- 2>&-",
        "<&- >&- 2>&-",
        ">/dev/full",
        "2>/dev/full",
        ">/dev/full 2>&1",
        "| true",
        "2>&1 | true",
    ],
)
def test_standard_streams_that_fail_change_neither_exit_code_nor_output(
    streams: str, environ: dict[str, str], users: Path, tmp_path: Path
) -> None:
    command = f"{sys.executable} -m importer run {users} --sandbox -v {streams}; exit ${{PIPESTATUS[0]}}"
    assert shell(command, environ, tmp_path) == 0
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_status"] for row in rows] == ["created"] * 5


def test_a_working_folder_that_is_gone_changes_no_exit_code(
    environ: dict[str, str], users: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"rmdir {gone}; {sys.executable} -m importer run {users} --sandbox"
    assert shell(command, environ, gone) == 0
    assert len(read_rows(tmp_path / "users.result.csv")) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_resumably_with_exit_4(
    number: signal.Signals, begin: Callable[..., Running], users: Path, tmp_path: Path
) -> None:
    running = begin("run", users, "--sandbox", "--rate", "0.5", "-v")
    assert running.until(lambda: "creating 5 rows" in running.err)
    running.signal(number)
    ended = running.wait(60)
    assert ended.code == 4, ended.err
    rows = read_rows(tmp_path / "users.result.csv")
    assert len(rows) == 5
    assert {row["import_status"] for row in rows} <= {"created", "not_sent"}
    assert "not_sent" in {row["import_status"] for row in rows}


def test_ctrl_c_while_the_program_loads_ends_with_4_and_no_traceback(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    command, path = [sys.executable, "-m", "importer", "runs"], f"{tmp_path}:{Path(__file__).parents[2]}"
    ended = subprocess.run(command, env=environ | {"PYTHONPATH": path}, cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (4, b"")


@pytest.mark.parametrize("what", ["BaseException('a panic')", "BrokenPipeError(32, 'no pipe of ours')"])
def test_a_defect_ends_with_70_and_no_traceback(
    what: str, environ: dict[str, str], users: Path, tmp_path: Path
) -> None:
    """A panic of native code is a BaseException: the broadest kind there is. Of EPIPE typer would make 1."""
    code = (
        "import sys, importer.cli.import_commands as commands\n"
        f"def broken(given): raise {what}\n"
        "commands.settings_from = broken\n"
        f"sys.argv = ['importer', 'validate', {str(users)!r}, '--json']\n"
        "from importer.cli.app import main\n"
        "sys.exit(main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 70
    assert "Traceback" not in ended.stderr
    assert "report it" in ended.stderr
    assert json.loads(ended.stdout)["exit_code"] == 70


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "users.csv", "--sandbox"], 0),
        (["validate", "broken.csv"], 1),
        (["run", "users.csv"], 2),
        (["run", "users.csv", "--max-invalid", "many"], 2),
        (["validate", "missing.csv"], 3),
        (["run", "users.csv", "--url", "https://127.0.0.1:1", "--outage-limit", "0"], 4),
    ],
)
def test_json_is_one_object_with_the_same_keys_on_every_exit(
    arguments: list[str], code: int, begin: Callable[..., Running], users: Path, tmp_path: Path
) -> None:
    write_users(tmp_path / "broken.csv", ["12"])
    ended = begin(*arguments, "--json", **({"FREEDOM_ID_TOKEN": "t"} if code == 4 else {})).wait()
    assert ended.code == code, ended.err
    told = ended.json
    assert told["exit_code"] == code
    assert {"command", "api", "started_at", "ended_at", "version", "message"} <= set(told)
    assert told["command"] == arguments[0]
    assert told["started_at"] <= told["ended_at"]


@pytest.mark.parametrize(
    "arguments",
    [["run", "users.csv", "--no-such-option"], ["validate"], ["no-such-command"], ["run", "u", "--limit", "x"]],
)
def test_a_command_that_cannot_be_understood_is_told_as_json_too(arguments: list[str], importer: Commands) -> None:
    ended = importer(*arguments, "--json")
    assert ended.code == 2
    assert (ended.json["exit_code"], ended.json["error"], ended.json["command"]) == (2, "UsageError", arguments[0])
    assert ended.json["message"]
