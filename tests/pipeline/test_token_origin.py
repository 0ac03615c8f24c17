"""Where a token may come from, through the real command."""

import os
import threading
from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer.sandbox import Sandbox


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
    assert "secret;" not in ended.err.replace(command, "").replace(repr(command), "")


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
