"""A command that the system holds up, where no handler of Python's can run, ends all the same."""

import signal
import subprocess
import sys

import pytest

HELD_UP = """
import ctypes, sys, threading
from importer.cli.ending_signals import heeding

libc, mutex, known = ctypes.CDLL(None), ctypes.create_string_buffer(64), threading.Event()

def asked(caught):
    print("asked", caught.name, flush=True)
    known.set()

with heeding(asked, lambda: print("held up", flush=True), patience=float(sys.argv[1])):
    print("ready", flush=True)
    if sys.argv[2] == "later":
        known.wait()
    for _ in range(2):
        libc.pthread_mutex_lock(mutex)  # the second one never returns, whatever signal comes
"""


@pytest.fixture
def held_up():
    started: list[subprocess.Popen[str]] = []

    def start(patience: float, call: str = "the one it meets") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HELD_UP, str(patience), call]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout
        assert started[-1].stdout.readline() == "ready\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        with process:  # waits, and closes the pipe
            pass


@pytest.mark.parametrize(
    ("number", "call"),
    [(one, "the one it meets") for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] + [(signal.SIGTERM, "later")],
)
def test_a_command_that_does_not_come_back_from_a_call_in_time_leaves_with_exit_4(held_up, number, call):
    process = held_up(0.3, call)
    process.send_signal(number)
    told, _ = process.communicate(timeout=30)
    assert (process.returncode, told) == (4, f"asked {number.name}\nheld up\n")


def test_a_second_signal_ends_a_command_that_is_held_up_at_once(held_up):
    process = held_up(3600)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "asked SIGTERM\n"
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=30)
    assert (process.returncode, told) == (4, "")
