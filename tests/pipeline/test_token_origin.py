"""Where a token may come from, through the real command."""

import os
import threading
import time
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer.creating.endpoint.token_choice import pipes_read, token_source
from importer.errors import Interrupted, UsageError
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import load


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_users(tmp_path / "users.csv", ["+77010000001"])


@pytest.fixture
def token(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("FREEDOM_ID_TOKEN")
    return sandbox.token


def test_a_command_prints_it(importer: Commands, token: str, users: Path) -> None:
    assert importer("run", users, "--token-command", f"echo {token}").code == 0


@pytest.mark.parametrize("command", ["false", "no-such-program", "sh -c 'echo secret; exit 3'", "'unclosed"])
def test_a_command_that_fails_is_named_and_nothing_of_what_it_printed(
    command: str, importer: Commands, token: str, users: Path
) -> None:
    ended = importer("run", users, "--token-command", command)
    assert ended.code == 2
    assert "--token-command" in ended.err
    assert "secret" not in ended.err


def test_a_command_may_leave_something_running_that_holds_its_output(token: str) -> None:
    command = f"sh -c 'echo {token}; sleep 30 &'"
    began = time.monotonic()
    assert token_source(load({"token_command": command})).current() == token
    assert time.monotonic() - began < 20


def test_what_a_command_prints_is_named_by_it_where_it_is_no_token() -> None:
    with pytest.raises(UsageError, match="--token-command"):
        token_source(load({"token_command": "echo two words"}))


@pytest.mark.parametrize("origin", ["a pipe", "a command"])
def test_whoever_waits_for_a_token_can_be_asked_to_end(origin: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)
    chosen = {"token_file": tmp_path / "token"} if origin == "a pipe" else {"token_command": "sleep 60"}
    watch = Watch()
    threading.Timer(0.3, watch.interrupt).start()
    with pytest.raises(Interrupted):
        token_source(load(chosen), watch)


def test_a_command_that_the_same_ctrl_c_ended_is_no_wrong_option() -> None:
    watch = Watch()
    watch.interrupt()
    with pytest.raises(Interrupted):
        token_source(load({"token_command": "sh -c 'kill -INT $$'"}), watch)


def test_the_sandbox_waits_for_no_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)
    settings = load({"token_file": tmp_path / "token", "sandbox": True})
    assert pipes_read({"a": settings}, Watch()) == {"a": settings}


def test_several_runs_of_one_command_share_what_a_pipe_gives_once(tmp_path: Path) -> None:
    pipe = tmp_path / "token"
    os.mkfifo(pipe, 0o600)
    threading.Thread(target=lambda: pipe.write_text("secret/token", encoding="utf-8"), daemon=True).start()
    settings = load({"token_file": pipe})
    found = pipes_read({"a": settings, "b": settings.model_copy(update={"region": "RU"})}, Watch())
    assert [token_source(one).current() for one in found.values()] == ["secret/token"] * 2
    assert found["b"].region == "RU"
    assert "secret" not in repr(found)


def test_a_pipe_is_read_once(importer: Commands, token: str, users: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "token"
    os.mkfifo(pipe, 0o600)
    writer = threading.Thread(target=lambda: pipe.write_text(token, encoding="utf-8"), daemon=True)
    writer.start()
    assert importer("run", users, "--token-file", pipe).code == 0
    writer.join(5)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_token_file_that_others_may_write_is_refused_with_the_command_that_mends_it(
    mode: int, importer: Commands, token: str, users: Path, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    file.chmod(mode)
    ended = importer("run", users, "--token-file", file)
    assert ended.code == 2
    assert f"chmod go-w '{file}'" in ended.err
    file.chmod(0o600)
    assert importer("run", users, "--token-file", file).code == 0
