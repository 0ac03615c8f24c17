"""The wall clock is set while a run is going on: by hours, forwards and backwards."""

import json
from pathlib import Path

import pytest
from chaos.kit import Shop, tell

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
