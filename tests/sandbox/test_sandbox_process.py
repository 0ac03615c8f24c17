"""The sandbox as a process of its own: killed, started again, left alone, and its file of users."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from support.sandbox_process import SandboxProcess

from importer.errors import UsageError
from importer.sandbox import Sandbox, SandboxOptions

Create = Callable[..., httpx.Response]
COMMAND = [sys.executable, "-m", "importer.sandbox"]


def test_a_killed_sandbox_comes_back_on_its_port_with_its_users_seed_and_options(create: Create) -> None:
    with SandboxProcess(SandboxOptions(faults=("cut@3",), error_share=0.0)) as sandbox:
        url, seed, pid = sandbox.url, sandbox.seed, sandbox.pid
        first = create(sandbox, 1, email="a@example.com").json()["freedom_id"]
        sandbox.set(conflict_id="top")
        sandbox.kill()
        with pytest.raises(httpx.ConnectError):
            create(sandbox, 2)
        sandbox.restart()
        assert (sandbox.url, sandbox.seed, sandbox.stats()["seed"]) == (url, seed, seed)
        assert sandbox.pid != pid
        assert create(sandbox, 1).json()["freedom_id"] == first
        create(sandbox, 2, email="a@example.com")
        with pytest.raises(httpx.RemoteProtocolError):
            create(sandbox, 3)
        sandbox.restart()
        users = sandbox.users()
        assert [user["phone"] for user in users] == [f"+7701000000{number}" for number in (1, 2, 3)]
        assert [user["email_saved"] for user in users] == [True, False, False]
        assert users[0]["body"]["email"] == "a@example.com"
        assert sandbox.stats()["answers_lost"] == 1


def test_a_refused_sandbox_can_still_be_asked_and_opened_again(create: Create) -> None:
    with SandboxProcess() as sandbox:
        sandbox.set(down="refused")
        with pytest.raises(httpx.ConnectError):
            create(sandbox)
        assert sandbox.stats()["created"] == 0
        sandbox.set(down="")
        assert create(sandbox).is_success
        with pytest.raises(UsageError, match="no_such"):
            sandbox.set(no_such=1)
        assert "seed=" in repr(sandbox)


def test_a_refreshed_pair_outlives_a_restart(create: Create, client: httpx.Client) -> None:
    with SandboxProcess() as sandbox:
        headers = {"authorization": "Bearer sandbox-refresh-token"}
        pair = client.patch(sandbox.url + "/api/v1/oauth/token", headers=headers).json()
        sandbox.restart()
        assert create(sandbox, token="sandbox-token").status_code == 401
        assert create(sandbox, token=pair["access_token"]).status_code == 200


def test_a_token_given_anew_ends_the_pair_that_was_kept(tmp_path: Path, create: Create, client: httpx.Client) -> None:
    path = str(tmp_path / "users.jsonl")
    with Sandbox(SandboxOptions(state=path)) as sandbox:
        headers = {"authorization": f"Bearer {sandbox.refresh_token}"}
        client.patch(sandbox.url + "/api/v1/oauth/token", headers=headers)
        kept = sandbox.token
    with Sandbox(SandboxOptions(state=path)) as sandbox:
        assert sandbox.token == kept
    with Sandbox(SandboxOptions(state=path, token="another")) as sandbox:
        assert create(sandbox, token="another").status_code == 200


def test_the_token_stands_in_no_argument_of_the_process() -> None:
    with SandboxProcess(SandboxOptions(token="top-secret")) as sandbox:
        assert b"top-secret" not in Path(f"/proc/{sandbox.pid}/cmdline").read_bytes()


def test_a_sandbox_ends_when_who_started_it_is_gone() -> None:
    process = subprocess.Popen([*COMMAND, "--options", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["url"].startswith("http://127.0.0.1:")
    process.stdin.close()
    try:
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_quietly(number: signal.Signals, client: httpx.Client) -> None:
    command = [*COMMAND, "--quota", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = json.loads(process.stdout.readline())
        assert client.get(told["control"] + "/_sandbox/options").json()["quota"] == 5.0
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


@pytest.mark.parametrize(
    "words", [["--host", "0.0.0.0"], ["--quota-kind", "guess"], ["--faults", "no@1"], ["--port", "99999"]]
)
def test_a_wrong_option_ends_it_with_2_and_a_reason(words: list[str]) -> None:
    done = subprocess.run([*COMMAND, *words], capture_output=True, check=False, timeout=30)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr


def test_a_process_that_can_not_start_is_told() -> None:
    with pytest.raises(UsageError, match="ended before"), SandboxProcess(SandboxOptions(faults=("no@1",))):
        pass


def test_the_file_of_users_is_for_its_owner_only(tmp_path: Path, create: Create) -> None:
    path = tmp_path / "users.jsonl"
    with Sandbox(SandboxOptions(state=str(path))) as sandbox:
        create(sandbox)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_last_line_that_was_cut_is_dropped_and_written_over(tmp_path: Path, create: Create) -> None:
    path = tmp_path / "users.jsonl"
    for expected, number in enumerate((1, 2, 3)):
        with Sandbox(SandboxOptions(state=str(path))) as sandbox:
            assert len(sandbox.users()) == expected
            create(sandbox, number)
        with path.open("ab") as file:
            file.write(b'{"freedom_id": "' + b"c" * 1000)
    with Sandbox(SandboxOptions(state=str(path))) as sandbox:
        assert [user["phone"][-1] for user in sandbox.users()] == ["1", "2", "3"]


@pytest.mark.parametrize("content", [b"phone,email\n", b"[1]\n", b'{"other": 1}\n'])
def test_a_file_of_something_else_is_refused_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="state file"):
        Sandbox(SandboxOptions(state=str(path)))
    assert path.read_bytes() == content


def test_a_state_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="state file"):
        Sandbox(SandboxOptions(state=str(tmp_path / "none" / "users.jsonl")))


def test_bodies_are_left_out_where_that_is_ordered(create: Create) -> None:
    with Sandbox(SandboxOptions(keep_bodies=False)) as sandbox:
        create(sandbox)
        assert sandbox.users()[0]["body"] == {}
