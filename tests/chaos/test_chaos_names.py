"""A name server that takes every question and never answers: the commands that look names up end all the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chaos.kit import Shop, tell

NOWHERE = "https://api.freedompay.test"
END = 10.0
"""Seconds of the contract."""

SLOW = 10.0
"""Seconds more for a machine with other work; the resolver itself would take 150."""

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(
        subprocess.run(["unshare", "-rnm", "true"], capture_output=True, check=False).returncode != 0,
        reason="no namespaces of its own may be made here",
    ),
]


@pytest.fixture
def in_silence(shop: Shop):
    """What starts a command where no name is ever found, nor refused."""
    configuration = shop.folder / "resolv.conf"
    configuration.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n", encoding="utf-8")
    script = Path(__file__).with_name("silent_names.py")
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = ["unshare", "-rnm", sys.executable, script, configuration, sys.executable, "-m", "importer"]
        environ = shop.variables(FREEDOM_ID_URL=NOWHERE)
        process = subprocess.Popen(
            [*map(str, (*command, *arguments))],
            cwd=shop.folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def until(process: subprocess.Popen[str], words: str) -> str:
    """Read what it says up to some words."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[float, str]:
    """Ask it to end; seconds until it has, and what it said."""
    began = time.monotonic()
    os.kill(process.pid, number)
    said = process.communicate(timeout=END + SLOW)[0]
    return time.monotonic() - began, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_waits_for_a_name_ends_when_it_is_asked_to(shop: Shop, in_silence, number: signal.Signals):
    process = in_silence("run", shop.users(3).path)
    until(process, "creating")
    time.sleep(2)  # the question is under way
    seconds, said = ended(process, number)
    assert process.returncode == 4, said
    assert "3  not_sent" in said
    tell("a run that waits for a name", signal=number.name, ended_after=round(seconds, 1))


def test_a_pass_whose_watchdog_has_no_name_imports_all_the_same_and_ends_when_it_is_asked_to(shop: Shop, in_silence):
    """Each word to the watchdog took three look-ups of 150 s, and no signal ended them."""
    box = shop.folder / "box"
    box.mkdir()
    shop.users(3).path.rename(box / "users.csv")
    os.utime(box / "users.csv", (0, 0))
    settings = shop.folder / "nightly.toml"
    settings.write_text('healthcheck = "https://watch.test/uuid"\n[inbox]\ndir = "box"\n', encoding="utf-8")
    settings.chmod(0o600)
    process = in_silence("inbox", "--config", settings)
    until(process, "inbox.started")
    time.sleep(2)
    seconds, said = ended(process, signal.SIGTERM)
    assert "the watchdog could not be told of start" in said
    assert (box / "users.csv").is_file(), "nothing was begun any more"
    tell("a pass whose watchdog has no name", ended_after=round(seconds, 1))
    process = in_silence("inbox", "--config", settings, "--outage-limit", "1s", "--settle", "1s")
    said = until(process, "creating.began")
    assert "the watchdog could not be told of start" in said


def test_doctor_says_that_no_name_server_answers(in_silence):
    """It waited for 150 s, silent, and Ctrl-C did not end it."""
    said = in_silence("doctor").communicate(timeout=60)[0]
    assert "no name server answers" in said


def test_try_api_ends_when_it_is_asked_to(shop: Shop, in_silence):
    process = in_silence("try-api", "--yes", shop.users(1).path)
    until(process, "gates.passed")
    time.sleep(4)
    _, said = ended(process, signal.SIGTERM)
    assert "nothing was created" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_waits_for_the_name_of_its_journals_server_ends_when_it_is_asked_to(
    shop: Shop, in_silence, number: signal.Signals
):
    """The library of PostgreSQL looks the name up, for 150 s, and no handler of Python's ran meanwhile."""
    process = in_silence("run", shop.users(5).path, "--journal", "postgresql://journal.test/books")
    until(process, "so far")
    seconds, told = ended(process, number)
    assert (process.returncode, "the same command goes on" in told) == (4, True), told
    assert seconds < END + SLOW
