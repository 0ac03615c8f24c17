"""Running things as processes of their own, with the time and memory they took."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
CLIENT, SERVER = ({CORES[0]}, CORES[1]) if len(CORES) > 1 else (set(CORES), None)
LONGEST = 900.0
"""Seconds after which a process is given up: a benchmark that hangs must say so."""


@dataclass(frozen=True)
class Took:
    """One process: wall and CPU seconds, peak resident megabytes, what it printed as JSON (if it did)."""

    wall: float
    cpu: float
    peak: float
    said: dict[str, Any] = field(default_factory=dict)


def took(
    command: Sequence[str | Path], home: Path, *, pinned: bool = False, fine: tuple[int, ...] = (0,), **environment: str
) -> Took:
    """Run a process to its end; raises SystemExit unless its exit code is among ``fine``."""
    with _started(command, home, pinned=pinned, **environment) as (process, began):
        watchdog = threading.Timer(LONGEST, process.kill)
        watchdog.start()
        printed = process.stdout.read() if process.stdout else b""
        _, status, used = os.wait4(process.pid, 0)
        watchdog.cancel()
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in fine:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    last = printed.decode().strip().rpartition("\n")[2]
    said = json.loads(last) if last.startswith("{") else {}
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def until(command: Sequence[str | Path], home: Path, happened: Any, **environment: str) -> float:
    """Seconds from a process's start until ``happened()`` gives a time (epoch); the process is killed then."""
    with _started(command, home, **environment) as (process, _):
        began = time.time()
        try:
            while time.time() - began < LONGEST and process.poll() is None:
                at = happened()
                if at:
                    return float(at - began)
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    raise SystemExit("what was waited for did not happen")


@contextmanager
def server() -> Iterator[str]:
    """The fast server on the other core; gives its address."""
    command = [sys.executable, str(HERE / "server.py"), *([str(SERVER)] if SERVER is not None else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


@contextmanager
def _started(
    command: Sequence[str | Path], home: Path, *, pinned: bool = False, **environment: str
) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    home.mkdir(parents=True, exist_ok=True)
    everything = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("IMPORTER_", "FREEDOM_ID_"))},
        "PYTHONPATH": str(ROOT),
        "IMPORTER_HOME": str(home),
        "FREEDOM_ID_TOKEN": "bench-token",
        **environment,
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=home,
        env=everything,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
    )
    if pinned and CLIENT:
        os.sched_setaffinity(process.pid, CLIENT)
    try:
        yield process, began
    finally:
        if process.returncode is None and process.poll() is None:
            process.kill()
