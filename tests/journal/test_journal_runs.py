"""Runs: made, found, changed, told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from importer.errors import BooksDontBalance, UsageError
from importer.journal import Journal, Run, RunState
from importer.journal.states import RUN_TRANSITIONS

MakeRun = Callable[..., Run]
MakeFrame = Callable[..., pd.DataFrame]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def test_a_run_comes_back_as_it_was_made(location: str, make_run: MakeRun) -> None:
    with Journal.open(location, clock=Clock()) as journal:
        made = make_run(journal)
        folder = journal.run_folder(made.id)
    assert folder.is_dir()
    with Journal.open(location, read_only=True) as journal:
        assert journal.get_run(made.id) == made
        assert journal.run_folder(made.id) == folder
    assert len(made.id) == 12
    assert int(made.id, 16) >= 0
    assert made.state is RunState.PLANNING
    assert made.settings == {"mapping": {"phone": [0]}}
    assert made.created_at == made.updated_at == "2026-03-01T12:00:01.000+00:00"
    assert (made.finished_at, made.rows, made.counts, made.exit_code) == ("", 0, {}, None)
    assert made.version


def test_changes_are_kept_with_their_time_and_the_end_has_one_of_its_own(location: str, make_run: MakeRun) -> None:
    with Journal.open(location, clock=Clock()) as journal:
        run = make_run(journal)
        running = journal.update_run(run.id, state=RunState.RUNNING, rows=3, settings={"a": ["б"]})
        finished = journal.update_run(run.id, state=RunState.FINISHED, counts={"created": 3}, exit_code=0)
        assert journal.get_run(run.id) == finished
    assert (running.rows, running.settings, running.finished_at) == (3, {"a": ["б"]}, "")
    assert finished.counts == {"created": 3}
    assert finished.exit_code == 0
    assert finished.finished_at == finished.updated_at == "2026-03-01T12:00:03.000+00:00"


def test_the_newest_run_of_an_identity_is_the_one_to_go_on_with(journal: Journal, make_run: MakeRun) -> None:
    first, second, other = make_run(journal), make_run(journal), make_run(journal, identity="ef" * 32)
    assert journal.find_run("ab" * 32) == second
    assert journal.find_run("00" * 32) is None
    assert [run.id for run in journal.runs()] == [other.id, second.id, first.id]
    assert [run.id for run in journal.runs(limit=1)] == [other.id]


def test_a_purged_run_is_not_gone_on_with(journal: Journal, make_run: MakeRun) -> None:
    run = make_run(journal)
    journal.update_run(run.id, state=RunState.PURGED)
    assert journal.find_run(run.identity) is None


def test_a_run_is_named_by_the_beginning_of_its_id(journal: Journal, make_run: MakeRun) -> None:
    runs = [make_run(journal) for _ in range(40)]
    wanted = runs[7]
    assert journal.get_run(wanted.id[:11].upper()) == wanted
    shared = next(run.id[0] for run in runs if sum(other.id.startswith(run.id[0]) for other in runs) > 1)
    with pytest.raises(UsageError, match="More than one"):
        journal.get_run(shared)


@pytest.mark.parametrize("prefix", ["", "zz", "%", "_"])
def test_a_run_that_is_not_there_is_told(journal: Journal, make_run: MakeRun, prefix: str) -> None:
    make_run(journal)
    with pytest.raises(UsageError, match="no run"):
        journal.get_run(prefix)
    with pytest.raises(UsageError, match="no run"):
        journal.counts(prefix)


WAYS = {
    RunState.PLANNING: (),
    RunState.RUNNING: (RunState.RUNNING,),
    RunState.STOPPED: (RunState.RUNNING, RunState.STOPPED),
    RunState.FINISHED: (RunState.RUNNING, RunState.FINISHED),
    RunState.PURGED: (RunState.PURGED,),
}


def test_every_state_but_purged_can_be_left_and_only_along_the_table(journal: Journal, make_run: MakeRun) -> None:
    assert WAYS.keys() == RUN_TRANSITIONS.keys() == set(RunState)
    for before, followers in RUN_TRANSITIONS.items():
        for after in RunState:
            run = make_run(journal)
            for step in WAYS[before]:
                journal.update_run(run.id, state=step)
            if after is before or after in followers:
                assert journal.update_run(run.id, state=after).state is after
            else:
                with pytest.raises(ValueError, match="cannot go"):
                    journal.update_run(run.id, state=after)


def test_what_a_run_is_cannot_be_changed(journal: Journal, make_run: MakeRun) -> None:
    run = make_run(journal)
    with pytest.raises(TypeError, match="identity"):
        journal.update_run(run.id, identity="00" * 32)


def test_a_record_that_makes_no_sense_is_damage(journal: Journal, make_run: MakeRun) -> None:
    make_run(journal)
    with journal.database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET settings = '{'")
    with pytest.raises(BooksDontBalance):
        journal.runs()


def test_a_run_that_is_only_planned_can_be_forgotten_and_one_that_has_sent_cannot(
    journal: Journal, make_run: MakeRun, make_frame: MakeFrame
) -> None:
    planned, kept = make_run(journal), make_run(journal, identity="cd" * 32)
    for run in (planned, kept):
        journal.plan(run.id, make_frame(range(2, 12), note="repaired"))
        (journal.run_folder(run.id) / "input.csv").write_text("x", encoding="utf-8")
    journal.forget_run(planned.id)
    assert [run.id for run in journal.runs()] == [kept.id]
    assert not (journal.folder / planned.id).exists()
    journal.plan(kept.id, make_frame([12], status="created", freedom_id="00000000-0000-0000-0000-000000000001"))
    with pytest.raises(BooksDontBalance):
        journal.forget_run(kept.id)
    assert journal.row_count(kept.id) == 11
    assert (journal.folder / kept.id / "input.csv").exists()
