"""A sandbox in its own process, a state folder and a seed for every test; the program is loaded once."""

import os
import random

import pytest
from chaos.kit import Shop, Warm, tell

from importer.sandbox import SandboxOptions, SandboxProcess


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
