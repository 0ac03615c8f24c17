"""Files made to take memory or time end within 30 s and 500 MB, with exit 3 and a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from inputs.hostile import HOSTILE, Hostile
from inputs.importing import Importing

from importer.errors import RefusedFile

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 30
MOST_MEGABYTES = 500


LAUNCHER = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""
"""A small process in between: Linux counts the memory of the one that starts a program as the program's own."""


def validated(path: Path) -> tuple[int, str, float, float]:
    """Exit code, message, CPU seconds and peak memory (MB) of ``importer validate`` in a process of its own."""
    environ = {"IMPORTER_HOME": str(path.parent / "home"), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "importer", "validate", str(path)]
    ended = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command],
        capture_output=True, text=True, check=True, env=environ, cwd=path.parent, timeout=4 * MOST_SECONDS,
    )  # fmt: skip
    code, seconds, megabytes = json.loads(ended.stdout)
    return code, ended.stderr, seconds, megabytes


def ends_well(case: Hostile, folder: Path, *, heavy: bool) -> None:
    path = folder / case.name
    case.build(path, heavy)
    code, message, seconds, megabytes = validated(path)
    size = path.stat().st_size
    figures = f"{case.name}: {size:,} bytes, exit {code}, {seconds:.1f} s, {megabytes:.0f} MB: {message}"
    print(figures)  # noqa: T201 (figures, with pytest -s)
    path.unlink()
    assert code in case.codes, message
    assert "Traceback" not in message
    assert len(message) < 3_000
    if code == 3:
        assert message.splitlines()[-1].startswith("error: ")
        assert case.words in message
    assert seconds < MOST_SECONDS
    assert megabytes < MOST_MEGABYTES


def outcome(importing: Importing, path: Path) -> tuple[int, str]:
    """Exit code and message of validating the file in this process."""
    try:
        return importing.validate(path).exit_code, ""
    except RefusedFile as exc:
        return exc.exit_code, str(exc)


IN_A_PROCESS_OF_ITS_OWN = ("zip_bomb.xlsx", "one_text_everywhere.xlsx")


@pytest.mark.parametrize(
    "case", [one for one in HOSTILE if one.name not in IN_A_PROCESS_OF_ITS_OWN], ids=lambda case: case.name
)
def test_a_hostile_file_is_refused_with_a_sentence(importing: Importing, tmp_path, case):
    path = tmp_path / case.name
    case.build(path, False)
    code, said = outcome(importing, path)
    assert code in case.codes
    assert code != 3 or case.words in said
    assert len(said) < 1_000


@pytest.mark.parametrize(
    "case", [one for one in HOSTILE if one.name in IN_A_PROCESS_OF_ITS_OWN], ids=lambda case: case.name
)
def test_a_hostile_file_ends_within_bounds(tmp_path, case):
    ends_well(case, tmp_path, heavy=False)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_file_of_full_size_ends_within_bounds(tmp_path, case):
    ends_well(case, tmp_path, heavy=True)
