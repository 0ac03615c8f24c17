"""Files made to take memory or time end within 30 s and 500 MB, with exit 3 and a sentence."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from inputs.hostile import HOSTILE, Hostile

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 30
MOST_MEGABYTES = 500


def validated(path: Path) -> tuple[int, str, float, float]:
    """Exit code, message, CPU seconds and peak memory (MB) of ``importer validate`` in a process of its own."""
    environ = {"IMPORTER_HOME": str(path.parent / "home"), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    with (path.parent / "said").open("w+b") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "importer", "validate", str(path)],
            stdout=subprocess.DEVNULL, stderr=said, env=environ, cwd=path.parent,
        )  # fmt: skip
        deadline = threading.Timer(3 * MOST_SECONDS, process.kill)
        deadline.start()
        _, status, usage = os.wait4(process.pid, 0)
        deadline.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        message = said.read().decode(errors="replace")
    return process.returncode, message, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ends_well(case: Hostile, folder: Path, *, heavy: bool) -> None:
    path = folder / case.name
    case.build(path, heavy)
    code, message, seconds, megabytes = validated(path)
    print(f"{case.name}: {path.stat().st_size:,} bytes, exit {code}, {seconds:.1f} s, {megabytes:.0f} MB: {message}")
    path.unlink()
    assert code in case.codes, message
    assert "Traceback" not in message
    assert len(message) < 3_000
    if code == 3:
        assert case.name in message
        assert case.words in message
    assert seconds < MOST_SECONDS
    assert megabytes < MOST_MEGABYTES


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_file_ends_within_bounds(tmp_path, case):
    ends_well(case, tmp_path, heavy=False)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_file_of_full_size_ends_within_bounds(tmp_path, case):
    ends_well(case, tmp_path, heavy=True)
