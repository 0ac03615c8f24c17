"""An unknown quota is found and used, over real sockets; --rate caps; latency is hidden by concurrency."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chaos.kit import ROOT, Shop, tell
from postgresql_server import serving
from support.sandbox_process import SandboxProcess

from importer.journal import Journal
from importer.sandbox import SandboxOptions

PER_SECOND = 40


def test_a_rate_given_by_the_operator_is_never_exceeded(shop: Shop):
    users = shop.users(90, bad=False)
    assert shop.run("run", users.path, "--rate", 30).code == 0
    stats = shop.sandbox.stats()
    seconds = [int(second) for second in stats["accepted_per_second"]]
    assert max(stats["accepted_per_second"].values()) <= 30 + 3
    assert max(seconds) - min(seconds) >= 2
    tell("--rate 30", requests=stats["requests"], most_in_a_second=max(stats["accepted_per_second"].values()))


SECONDS = 60

CASES = (
    {"quota_kind": "bucket", "retry_after": "seconds"},
    {"quota_kind": "window", "retry_after": "date"},
    {"quota_kind": "window", "retry_after": "seconds"},
    {"quota_kind": "sliding", "retry_after": "missing"},
)
"""How the server counts; all at once, on a machine that has time for it."""


def shares(shop: Shop, seconds: int) -> tuple[float, float]:
    """Use of the quota, and share of 429, over the first ``seconds`` since the first request."""
    stats = shop.sandbox.stats()
    first = min(int(second) for second in stats["accepted_per_second"])
    within = range(first, first + seconds)
    accepted = sum(stats["accepted_per_second"].get(str(second), 0) for second in within)
    refused = sum(stats["throttled_per_second"].get(str(second), 0) for second in within)
    return accepted / (PER_SECOND * seconds), refused / max(1, accepted + refused)


@pytest.mark.chaos
@pytest.mark.timeout(200)
def test_an_unknown_quota_is_found_and_used(tmp_path, warm, seed):
    with contextlib.ExitStack() as stack:
        shops = []
        for number, how in enumerate(CASES):
            options = SandboxOptions(seed=seed, quota=float(PER_SECOND), latency=30.0, jitter=6.0, **how)
            folder = tmp_path / str(number)
            folder.mkdir()
            shop = Shop(folder, stack.enter_context(SandboxProcess(options)), warm)
            stack.callback(shop.leave)
            users = shop.users(PER_SECOND * (SECONDS + 25), bad=False)
            shops.append((shop, shop.start("run", users.path), how))
        for shop, running, _how in shops:
            assert running.until(lambda shop=shop: shop.requests() > 0), running.err
        found, began = [], time.monotonic()
        for due, least, most in ((20, 0.8, 0.05), (SECONDS, 0.85, 0.03)):
            time.sleep(max(0.0, began + due + 1 - time.monotonic()))
            for shop, _running, how in shops:
                use, refused = shares(shop, due)
                name = f"quota of {PER_SECOND}/s ({how['quota_kind']}, Retry-After {how['retry_after']}) over {due} s"
                tell(name, use=f"{use:.1%}", share_of_429=f"{refused:.1%}", least=least, most=most)
                found.append((name, use >= least, refused <= most))
    assert all(used and few for _, used, few in found), found


@pytest.mark.chaos
def test_latency_is_hidden_by_concurrency(shop: Shop):
    shop.sandbox.set(latency=100.0)
    users = shop.users(3000, bad=False)
    assert shop.run("run", users.path, "--concurrency", 32).code == 0
    stats = shop.sandbox.stats()
    assert stats["max_in_flight"] <= 32
    full = sorted(stats["accepted_per_second"].values())[-8:]
    tell("100 ms latency, 32 at once", possible=320, rows_per_second=f"{sum(full) / len(full):.0f}")


@pytest.fixture
def server():
    with serving() as found:
        if found is None:
            pytest.skip("PostgreSQL's server is not installed")
        yield found


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "retry_after"), [("window", "seconds"), ("sliding", "missing"), ("bucket", "date")])
def test_four_processes_that_share_a_budget_find_and_use_a_quota_as_one(
    tmp_path, server, seed, kind, retry_after, monkeypatch
):
    from_, seconds, script = 60, 90, Path(__file__).with_name("shared_worker.py")
    schema = f"budget{seed}{kind}"
    server.execute(f"CREATE SCHEMA {schema}")
    options = SandboxOptions(
        seed=seed, quota=float(PER_SECOND), latency=30.0, jitter=6.0, quota_kind=kind, retry_after=retry_after
    )
    with SandboxProcess(options) as sandbox, contextlib.ExitStack() as stack:
        monkeypatch.setenv("IMPORTER_HOME", str(tmp_path))
        environ = {
            **os.environ,
            "FREEDOM_ID_TOKEN": sandbox.token,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
        }
        Journal.open(address := server.address("postgres", schema)).close()
        processes = []
        for number in range(4):
            command = [sys.executable, script, address, sandbox.url, str(number), str(seconds + 5)]
            processes.append(stack.enter_context(subprocess.Popen([str(one) for one in command], env=environ)))
            stack.callback(processes[-1].kill)
        assert [process.wait(seconds + 120) for process in processes] == [0] * 4
        stats = sandbox.stats()
    first = min(int(second) for second in stats["accepted_per_second"])
    figures = []
    for start, end in ((0, from_), (from_, seconds)):
        within = [str(second) for second in range(first + start, first + end)]
        accepted = sum(stats["accepted_per_second"].get(second, 0) for second in within)
        refused = sum(stats["throttled_per_second"].get(second, 0) for second in within)
        figures.append((accepted / (PER_SECOND * (end - start)), refused / max(1, accepted + refused)))
        name = f"4 processes, quota of {PER_SECOND}/s ({kind}, Retry-After {retry_after}), seconds {start} to {end}"
        tell(name, use=f"{figures[-1][0]:.1%}", share_of_429=f"{figures[-1][1]:.1%}")
    assert figures[1][0] >= 0.90, figures
    assert figures[1][1] <= 0.05, figures
