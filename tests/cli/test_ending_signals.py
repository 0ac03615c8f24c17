"""A command that the system holds up, where no handler of Python's can run, ends all the same."""

import signal
import subprocess
import sys

import pytest

HELD_UP = """
import ctypes, sys
from importer.cli.ending_signals import heeding

libc, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
asked = lambda caught: print("asked", caught.name, flush=True)
with heeding(asked, lambda: print("held up", flush=True), patience=float(sys.argv[1])):
    print("ready", flush=True)
    for _ in range(2):
        libc.pthread_mutex_lock(mutex)  # the second one never returns, whatever signal comes
"""


@pytest.fixture
def held_up():
    started: list[subprocess.Popen[str]] = []

    def start(patience: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HELD_UP, str(patience)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout
        assert started[-1].stdout.readline() == "ready\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_command_that_does_not_come_back_from_a_call_in_time_leaves_with_exit_4(held_up, number):
    process = held_up(0.3)
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
