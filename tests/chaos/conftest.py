"""A sandbox in its own process, a state folder and a seed for every test; the program is loaded once."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from chaos.kit import Shop, Warm, tell
from support.sandbox_process import SandboxProcess

from importer.sandbox import SandboxOptions


@pytest.fixture(scope="session")
def warm():
    process = Warm()
    yield process
    process.close()


@pytest.fixture
def seed(request):
    """What all chance of a test is drawn from; CHAOS_SEED replays it."""
    found = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    tell(f"seed of {request.node.name}", CHAOS_SEED=found)
    return found


@pytest.fixture
def shop(tmp_path, warm, seed):
    """A shop of its own; its commands are forked from a loaded process, unless a test makes it ``cold``."""
    with SandboxProcess(SandboxOptions(seed=seed)) as sandbox:
        made = Shop(tmp_path, sandbox, warm)
        yield made
        made.leave()


@pytest.fixture
def moved_clock(tmp_path):
    """The environment of a command whose wall clock is moved by what the file ``MOVED_CLOCK`` says."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler: the clock of a process cannot be moved")
    library, offset = tmp_path / "moved_clock.so", tmp_path / "clock"
    source = Path(__file__).with_name("moved_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    offset.write_text("0", encoding="utf-8")
    return {"LD_PRELOAD": str(library), "MOVED_CLOCK": str(offset)}
