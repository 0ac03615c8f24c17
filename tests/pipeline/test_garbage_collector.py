"""Sending spares the garbage collector what was there before, and leaves it as it was found."""

import gc
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.commands import write_users

from importer import Status, Watch, load, run
from importer.creating.spared_collector import spared_collector

PHONES = [f"+7701000{number:04d}" for number in range(1, 6)]


class Counting(Watch):
    """How many objects the collector leaves alone, and how many it waits for, each time that rows are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen: list[int] = []
        self.awaited: list[int] = []

    def counted(self, counts: dict[str, int], *, note: str = "") -> None:
        self.frozen.append(gc.get_freeze_count())
        self.awaited.append(gc.get_threshold()[0])
        super().counted(counts, note=note)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "home"))
    return {"sandbox": True, "output": tmp_path / "out.csv"}


def test_while_rows_are_sent_what_was_loaded_before_is_left_alone_and_afterwards_nothing_is(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    watch = Counting()
    summary = run(write_users(tmp_path / "users.csv", PHONES), load(settings), watch)
    assert summary.statuses == {Status.CREATED: 5}
    assert max(watch.frozen) > 10_000
    assert gc.get_freeze_count() < 10_000, "Python 3.12 has some of its own"


@pytest.mark.parametrize(("before", "meanwhile"), [(700, 50_000), (90_000, 90_000), (0, 0)])
def test_while_rows_are_sent_collections_are_seldom_and_who_has_none_gets_none(
    tmp_path: Path, settings: dict[str, object], before: int, meanwhile: int
) -> None:
    found, watch = gc.get_threshold(), Counting()
    gc.set_threshold(before, *found[1:])
    try:
        run(write_users(tmp_path / "users.csv", PHONES), load(settings), watch)
        assert meanwhile in watch.awaited
        assert gc.get_threshold() == (before, *found[1:])
    finally:
        gc.set_threshold(*found)


def test_who_froze_objects_before_as_the_command_line_does_finds_them_frozen_and_has_seldom_collections_too(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    watch = Counting()
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        run(write_users(tmp_path / "users.csv", PHONES), load(settings), watch)
        assert gc.get_freeze_count() == pytest.approx(before, rel=0.01), "some of them may have gone meanwhile"
        assert 50_000 in watch.awaited
    finally:
        gc.unfreeze()


def test_of_two_runs_at_once_the_last_one_leaves_the_collector_as_the_first_found_it() -> None:
    found = gc.get_threshold()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(spared_collector())
        second.enter_context(spared_collector())
        first.close()
        assert gc.get_threshold()[0] == 50_000
        assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == found
    assert gc.get_freeze_count() < 10_000
