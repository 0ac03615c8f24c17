"""kill -9 at random moments: what was acknowledged is there, and the same steps go on."""

import json
import random
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.books import contradictions

from importer.journal import Journal, Run
from importer.model import Status

pytestmark = pytest.mark.sqlite_only  # those of a server: test_journal_server

API = "https://api.example"
_NAMESPACE = uuid.UUID(int=7)

Spawn = Callable[..., Any]


def expected_id(row: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, str(row)))


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    print(f"seed {seed}")  # noqa: T201 (pytest shows it with a failure, which can then be replayed)
    return random.Random(seed)


def test_a_kill_while_the_journal_is_made_leaves_none_or_a_whole_one(
    spawn: Spawn, location: str, chance: random.Random
) -> None:
    for _ in range(15):
        child = spawn("create", location=location)
        child.kill_after(chance.uniform(0.0, 0.05))
        acknowledged = [line for line in child.lines() if line]
        with Journal.open(location) as journal:
            assert {run.id for run in journal.runs()} >= set(acknowledged)
            assert journal.known(API, ["+77010000001"]) == {}
        if not acknowledged:
            shutil.rmtree(Path(location).parent)


def test_processes_that_make_the_journal_at_once_all_get_the_same_one(spawn: Spawn, location: str) -> None:
    children = [spawn("create", location=location) for _ in range(6)]
    for child in children:
        child.wait()
    made = {child.lines()[0] for child in children}
    with Journal.open(location) as journal:
        assert len(made) == 6
        assert {run.id for run in journal.runs()} == made


def test_a_chunk_whose_plan_was_acknowledged_outlives_a_kill_and_others_are_whole_or_absent(
    spawn: Spawn, location: str, chance: random.Random, make_run: Callable[[Journal], Run]
) -> None:
    with Journal.open(location) as journal:
        run_id = make_run(journal).id
    for _ in range(4):
        child = spawn("plan", location=location, run_id=run_id, step=2000, end=400_000)
        child.wait_for("2002")
        child.kill_after(chance.uniform(0.0, 0.1))
        with Journal.open(location) as journal:
            count = journal.row_count(run_id)
            assert count % 2000 == 0
            assert count >= max(int(line) for line in child.lines()) - 2
            journal.clear_plan(run_id)
            assert journal.row_count(run_id) == 0


def test_a_kill_while_rows_are_in_flight_loses_no_outcome_and_leaves_each_lost_one_in_doubt(
    spawn: Spawn,
    location: str,
    chance: random.Random,
    make_run: Callable[[Journal], Run],
    make_frame: Callable[..., pd.DataFrame],
) -> None:
    rows = range(2, 2002)
    with Journal.open(location) as journal:
        run_id = make_run(journal).id
        journal.plan(run_id, make_frame(rows))
    started: set[int] = set()
    finished: set[int] = set()
    kills = 0
    while True:
        child = spawn("send", location=location, run_id=run_id, pause=0.001)
        child.wait_for("opened")
        child.kill_after(chance.uniform(0.005, 0.08) * (1 + kills / 10))  # longer each time: it ends on any machine
        for line in child.lines()[1:]:
            word, _, row = line.partition(" ")
            (started if word == "started" else finished).add(int(row))
        with Journal.open(location) as journal:
            found = journal.outcomes(run_id, 2, 2001)
            left = journal.unfinished(run_id, 2, 2001)
            known = journal.known(API, [f"+7701{row:07d}" for row in rows])
            done = found.index[found["status"] == "created"]
            assert set(done) >= finished
            assert found.loc[done, "freedom_id"].to_dict() == {row: expected_id(row) for row in done}
            assert known == {f"+7701{row:07d}": expected_id(row) for row in done}
            assert all(left[row] for row in started - set(done))
            assert len(left) + len(done) == len(rows)
            assert sum(left.values()) <= 32 * (kills + 1)
            assert contradictions(journal, run_id) == []
            if not left:
                break
        kills += 1
        assert kills < 200
    assert kills


def test_a_kill_while_the_ledger_is_sorted_loses_no_freedom_id(
    spawn: Spawn, location: str, chance: random.Random, make_run: Callable[[Journal], Run]
) -> None:
    rows = range(2, 12_002)
    phones = [f"+7701{row:07d}" for row in rows]
    with Journal.open(location) as journal:
        run_id = make_run(journal).id
    spawn("plan", location=location, run_id=run_id, step=12_000, end=12_002).wait()
    spawn("send", location=location, run_id=run_id).wait()
    for _ in range(5):
        child = spawn("look_up", location=location, phones=phones[:2])
        child.wait_for("opened")
        child.kill_after(chance.uniform(0.0, 0.03))
    with Journal.open(location) as journal:
        assert journal.known(API, phones) == {phone: expected_id(row) for phone, row in zip(phones, rows, strict=True)}
        assert contradictions(journal, run_id) == []


def test_a_kill_during_a_purge_leaves_a_journal_that_purges_on(
    spawn: Spawn,
    location: str,
    chance: random.Random,
    make_run: Callable[..., Run],
    make_frame: Callable[..., pd.DataFrame],
) -> None:
    with Journal.open(location) as journal:
        for number in range(6):
            run = make_run(journal, identity=f"{number:064x}")
            journal.plan(run.id, make_frame(range(2, 202), status="invalid", errors=json.dumps([["", "x", "y"]])))
            (journal.run_folder(run.id) / "input").write_text("a person", encoding="utf-8")
    for _ in range(4):
        spawn("purge", location=location).kill_after(chance.uniform(0.0, 0.05))
    spawn("purge", location=location).wait()
    with Journal.open(location) as journal:
        assert {str(run.state) for run in journal.runs()} == {"purged"}
        assert [folder.name for folder in journal.folder.iterdir()] == ["locks"]
        for run in journal.runs():
            assert set(journal.outcomes(run.id, 2, 201)["errors"]) == {""}


def test_a_file_that_may_not_grow_stops_the_writer_and_the_run_goes_on_when_it_may(
    spawn: Spawn,
    location: str,
    make_run: Callable[[Journal], Run],
    make_frame: Callable[..., pd.DataFrame],
) -> None:
    with Journal.open(location) as journal:
        run_id = make_run(journal).id
        journal.plan(run_id, make_frame(range(2, 3002)))
    child = spawn("send", location=location, run_id=run_id, limit_bytes=600_000)
    child.wait()
    said = child.lines()
    assert said[-1] == "StorageFailed"
    finished = {int(line.split()[1]) for line in said if line.startswith("finished")}
    with Journal.open(location) as journal:
        done = journal.counts(run_id).get(Status.CREATED, 0)
        assert len(finished) <= done < 3000
    spawn("send", location=location, run_id=run_id).wait()
    with Journal.open(location) as journal:
        assert journal.counts(run_id) == {Status.CREATED: 3000}
        assert contradictions(journal, run_id) == []
