"""kill -9: the same command goes on, and nobody is lost, doubled or called somebody else's."""

import random
import time

import pytest
from chaos.kit import Shop, Users, chance, tell

AT_ONCE = 48 + 12
"""Requests under way, and answers that wait for their commit: a quarter more workers than requests."""

SLACK = 3.0
"""Seconds before a kill in which an answer may still have been on its way to the disk of a busy machine."""


def killed_at_random(shop: Shop, users: Users, kills: int, chance: random.Random, longest: float):
    """Kill the same command again and again; the moments of the kills, on the server's clock."""
    moments: list[float] = []
    while len(moments) < kills:
        running = shop.start("run", users.path, "--concurrency", 48, "-q")
        if chance.random() < 0.7:
            running.until(shop.has_requests(chance.randrange(1, 200)))
            time.sleep(chance.uniform(0.0, 0.1))
        else:
            time.sleep(chance.uniform(0.0, longest))
        moment = time.time()
        if running.kill().code != -9:
            break
        moments.append(moment)
    return moments


def age(created: float, moments: list[float]) -> float:
    """Seconds from the creation of a user to the kill that lost its answer; 0 when that came in between."""
    return min(max(0.0, at - created) for at in moments if at > created - 1.0)


def assert_nothing_lost(shop: Shop, users: Users, moments: list[float], **figures: object) -> None:
    ended = shop.run("run", users.path, "--json")
    assert ended.code == 1, ended.err
    settled = shop.settle(users)
    shop.assert_whole(settled, users)
    unconfirmed = settled.unconfirmed
    ages = [age(settled.users[phone]["created_at"], moments) for phone in unconfirmed]
    assert max(ages, default=0.0) < SLACK, "an answer that had been read was not on disk soon enough"
    assert len(unconfirmed) <= AT_ONCE * len(moments)
    tell(
        "kill -9",
        kills_survived=len(moments),
        rows=len(users.cells),
        lost=len(users.sendable - settled.users.keys()),
        doubled=len(settled.rows) - len(users.cells),
        created=settled.statuses["created"],
        unconfirmed=len(unconfirmed),
        unconfirmed_per_kill=round(len(unconfirmed) / max(1, len(moments)), 1),
        at_once=48,
        oldest_lost_answer_ms=round(1000 * max(ages, default=0.0)),
        **figures,
    )


def test_a_command_killed_at_random_moments_finishes_when_it_is_given_again(shop: Shop, seed: int):
    shop.sandbox.set(latency=60.0, jitter=40.0)
    users = shop.users(1_000)
    moments = killed_at_random(shop, users, 3, chance(seed), longest=0.8)
    assert_nothing_lost(shop, users, moments)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_two_hundred_kills_lose_nothing_and_double_nothing(shop: Shop, seed: int):
    shop.sandbox.set(latency=50.0, jitter=40.0)
    users = shop.users(30_000)
    moments = killed_at_random(shop, users, 200, chance(seed), longest=1.0)
    shop.cold = True
    assert_nothing_lost(shop, users, moments, start="forked")


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_the_installed_command_survives_kills_too(shop: Shop, seed: int):
    shop.cold = True
    shop.sandbox.set(latency=80.0, jitter=60.0)
    users = shop.users(2_000)
    moments = killed_at_random(shop, users, 6, chance(seed), longest=4.0)
    assert_nothing_lost(shop, users, moments, start="python -m importer")


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_kills_among_random_faults_lose_nothing(shop: Shop, seed: int):
    faults = dict.fromkeys(("error_share", "reset_before_share", "reset_after_share", "cut_share", "html_share"), 0.02)
    shop.sandbox.set(latency=50.0, jitter=40.0, **faults)
    users = shop.users(2_000)
    moments = killed_at_random(shop, users, 10, chance(seed), longest=1.0)
    ended = shop.run("run", users.path, "--json")
    assert ended.code == 1, ended.err
    settled = shop.settle(users)
    assert set(settled.statuses) <= {"created", "unconfirmed", "invalid"}, settled.statuses
    assert settled.users.keys() == users.sendable
    tell(
        "kill -9 among 10 % faults",
        kills_survived=len(moments),
        rows=len(users.cells),
        lost=len(users.sendable - settled.users.keys()),
        created=settled.statuses["created"],
        unconfirmed=settled.statuses["unconfirmed"],
        answers_lost_by_faults=shop.sandbox.stats()["answers_lost"],
    )


def test_with_an_id_in_the_conflict_a_killed_row_gets_it_back(shop: Shop):
    shop.sandbox.set(latency=100.0, conflict_id="top")
    users = shop.users(300, bad=False)
    running = shop.start("run", users.path)
    running.until(shop.has_requests(100))
    running.kill()
    assert shop.run("run", users.path).code == 0
    settled = shop.settle(users)
    assert all(row["freedom_id"] == settled.users[row["phone"]]["freedom_id"] for row in settled.rows)


WRITER = "importer.journal.writer.writer:JournalWriter"
GROUP = "importer.journal.commits.commit_group:CommitGroup"
PENDING = "importer.writing.pending_file:PendingFile"
STEPS = {
    "first creation, key written": ("importer.journal.database.creation:create_key", "after", 1),
    "first creation, tables half made": ("sqlalchemy:Table.create", "before", 3),
    "first creation, before the rename": ("importer.journal.database.creation:sync_file", "after", 1),
    "first creation, after the rename": ("importer.journal.database.creation:sync_folder", "before", 1),
    "the run is recorded": ("importer.journal.journal:Journal.create_run", "after", 1),
    "the input's copy is begun": ("importer.planning.input_copy:_copied", "before", 1),
    "the input's copy has no name yet": ("importer.planning.input_copy:_copied", "after", 1),
    "the input is copied": ("importer.pipeline:keep_copy", "after", 1),
    "planning, before its commit": ("importer.journal.journal:Journal.plan", "before", 1),
    "planning, after its commit": ("importer.journal.journal:Journal.plan", "after", 1),
    "planned": ("importer.journal.journal:Journal.update_run", "after", 1),
    "before the first intent is committed": (f"{WRITER}._write", "before", 1),
    "intent committed, nothing sent": (f"{WRITER}._write", "after", 1),
    "before the 40th request leaves": ("importer.freedom_id.client:FreedomId.create", "before", 40),
    "the first answer is read, not committed": ("importer.freedom_id.client:FreedomId.create", "after", 1),
    "the 40th answer is read, not committed": ("importer.freedom_id.client:FreedomId.create", "after", 40),
    "outcomes written, not committed": (f"{GROUP}._store_outcomes", "after", 9),
    "outcomes committed, nobody told": ("importer.journal.writer.group_store:GroupStore.store", "after", 12),
    "the last outcome is committed": ("importer.pipeline:create_rows", "after", 1),
    "the output is half written": ("importer.writing.delimited_writer:DelimitedWriter.write", "after", 1),
    "the output is complete": (f"{PENDING}.prepare", "after", 1),
    "the draft of the manifest is renamed": (f"{PENDING}.publish", "after", 1),
    "between the renames of rejected and output": (f"{PENDING}.publish", "after", 2),
    "the output is renamed": (f"{PENDING}.publish", "after", 4),
    "the manifest is missing": ("importer.pipeline:write_manifest", "before", 1),
    "all is done": ("importer.pipeline:write_manifest", "after", 1),
}
SHORT = (
    "before the first intent is committed",
    "before the 40th request leaves",
    "the 40th answer is read, not committed",
    "between the renames of rejected and output",
)


def killed_at_a_step(shop: Shop, step: str) -> None:
    what, when, number = STEPS[step]
    users = shop.users(150)
    ended = shop.run("run", users.path, crash=[[what, when, number, "kill"]])
    assert ended.code == -9, f"the step was not reached: {ended.err}"
    requests = shop.requests()
    assert shop.run("run", users.path).code == 1
    settled = shop.settle(users)
    shop.assert_whole(settled, users)
    answered = requests if "answer" in step or "outcomes written" in step else 0
    sent = shop.requests()
    assert sent <= len(users.sendable) + 32 + answered
    drafts = [*shop.folder.glob(".importer-*"), *shop.home.rglob("*.new"), *shop.home.rglob("*.tmp")]
    assert not drafts, "what a killed command left is swept away"
    assert not list(shop.folder.glob("*.2.*")), "nobody has touched an output"
    tell(f"killed at: {step}", unconfirmed=settled.statuses["unconfirmed"], requests=sent, rows=len(users.sendable))


@pytest.mark.parametrize("step", SHORT)
def test_a_kill_at_a_step_of_the_journal_is_made_good(shop: Shop, step: str):
    killed_at_a_step(shop, step)


@pytest.mark.chaos
@pytest.mark.parametrize("step", [step for step in STEPS if step not in SHORT])
def test_a_kill_at_any_other_step_is_made_good(shop: Shop, step: str):
    killed_at_a_step(shop, step)


def test_a_killed_copy_of_the_input_never_serves_for_an_input_that_is_gone(shop: Shop):
    users = shop.users(40_000)
    ended = shop.run("run", users.path, crash=[["importer.planning.input_copy:_copied", "after", 1, "kill"]])
    assert ended.code == -9
    copy = next(shop.home.rglob("input*"), None)
    if copy is not None:
        copy.write_bytes(copy.read_bytes()[:500_000])
    users.path.unlink()
    ended = shop.run("run", users.path)
    assert ended.code == 3
    assert shop.requests() == 0
