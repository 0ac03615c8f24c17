"""The wall clock is set while a run is going on: by hours, forwards and backwards."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from chaos.kit import Shop, tell
from postgresql_server import Server, serving

pytestmark = pytest.mark.chaos

HOUR = 3600


@pytest.mark.parametrize("steps", [(2 * HOUR, -24 * HOUR), (-2 * HOUR, 400 * 24 * HOUR), (-20_000 * HOUR, 0)])
def test_a_run_whose_clock_is_set_goes_on_as_if_it_were_not(
    shop: Shop, moved_clock: dict[str, str], steps: tuple[int, ...]
):
    shop.cold = True
    shop.sandbox.set(latency=200.0)
    users = shop.users(600)
    running = shop.start("run", users.path, "--rate", "40", environ=moved_clock)
    kept = []
    for at, step in enumerate((*steps, steps[0])):
        assert running.until(shop.has_requests(60))
        Path(moved_clock["MOVED_CLOCK"]).write_text(str(step), encoding="utf-8")
        if at:
            (record,) = shop.home.glob("journal.runs/*/progress.json")
            kept.append(json.loads(record.read_bytes())["done"])
    ended = running.wait()
    assert ended.code == 1, ended.err
    assert kept == sorted(set(kept)), "progress is told all the while"
    settled = shop.settle(users)
    shop.assert_whole(settled, users)
    assert "unconfirmed" not in settled.statuses
    again = shop.run("run", users.path, "--fresh", environ=moved_clock)
    assert again.code == 1, again.err
    assert {row["import_status"] for row in shop.rows(users)} == {"already_imported", "invalid"}
    tell("a clock that is set", steps=steps, created=settled.statuses["created"])


@pytest.fixture
def moved_server(moved_clock: dict[str, str]) -> Iterator[tuple[Server, Path]]:
    """A database server whose clock a file moves; it runs as another user, so that the file lies in a folder of its."""
    with serving() as server:
        if server is None:
            pytest.skip("PostgreSQL's server is not installed")
        server.stop()
        shutil.copy(moved_clock["LD_PRELOAD"], server.folder / "moved_clock.so")
        clock = server.folder / "clock"
        clock.write_text("0", encoding="utf-8")
        os.environ |= {"LD_PRELOAD": str(server.folder / "moved_clock.so"), "MOVED_CLOCK": str(clock)}
        try:
            server.start()
        finally:
            for name in moved_clock:
                del os.environ[name]
        yield server, clock


@pytest.mark.timeout(300)
def test_a_cluster_goes_on_when_the_clock_of_its_database_is_set(shop: Shop, moved_server: tuple[Server, Path]):
    server, clock = moved_server
    with psycopg.connect(server.address("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE books ENCODING 'UTF8' TEMPLATE template0")
    shop.cold = True
    shop.sandbox.set(latency=100.0, quota=20.0, quota_burst=5, retry_after_seconds=1.0)
    users = shop.users(600, bad=False)
    given = ("run", users.path, "--cluster", "local:2", "--journal", server.address("books"), "--concurrency", "8")
    running = shop.start(*given)
    rows = []
    for step in (-2 * HOUR, 2 * HOUR, 0):
        assert running.until(shop.has_requests(100), 90), running.err
        before = shop.requests()
        clock.write_text(str(step), encoding="utf-8")
        time.sleep(8)
        rows.append(shop.requests() - before)
    assert min(rows) > 20, "nobody is silent for the hours by which it was set"
    ended = running.wait()
    assert ended.code in {0, 1}, ended.err
    statuses = [row["import_status"] for row in shop.rows(users)]
    assert set(statuses) <= {"created", "unconfirmed"}
    assert len(shop.sandbox.users()) == len(statuses) == 600
    tell("a database's clock that is set", requests_in_8_s=rows, unconfirmed=statuses.count("unconfirmed"))
