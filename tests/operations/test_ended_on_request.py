"""What an operator does beside a run ends when it is asked to, and leaves nothing half done."""

from pathlib import Path

import pytest
from support.commands import Commands, write_users

from importer import Watch, load, runs
from importer.errors import Interrupted
from importer.operations.journal_copies import backup, copy_journal, restore
from importer.operations.purge import purge, purge_by_itself
from importer.sandbox import Sandbox


class Asked(Watch):
    """Is asked to end the ``at``-th time that it is told of progress; counts how often it was told."""

    def __init__(self, at: int = 0) -> None:
        super().__init__()
        self._at, self.told, self.steps = at, 0, list[str]()

    def began(self, step: str, total: int | None = None) -> None:
        self.steps.append(step)

    def advanced(self, rows: int) -> None:
        self.told += 1
        if self.told == self._at:
            self.interrupt()


def test_a_backup_a_copy_a_restore_and_a_purge_end_when_they_are_asked_to(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["8 701 000 00 01"])
    assert importer("run", users).code == importer("run", users, "--fresh").code == 0
    settings, there = load(), sorted(path.name for path in tmp_path.iterdir())
    unasked = Asked()
    assert backup(tmp_path / "first.tar", settings, unasked) == 2
    for at in (1, unasked.told):  # the last time: before the archive is written
        with pytest.raises(Interrupted):
            backup(tmp_path / "whole.tar", settings, Asked(at))
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*there, "first.tar"])
    assert backup(tmp_path / "whole.tar", settings, Watch()) == 2
    other = load({"home": tmp_path / "other", "journal": ""})
    with pytest.raises(Interrupted):
        restore(tmp_path / "whole.tar", other, Asked(1))
    with pytest.raises(Interrupted):
        copy_journal(str(tmp_path / "home" / "journal.db"), str(other.home / "journal.db"), settings, Asked(1))
    assert not runs(other)
    assert restore(tmp_path / "whole.tar", other, Watch()) == len(runs(other)) == 2
    with pytest.raises(Interrupted):
        purge("0d", other, Asked(1))
    assert {each["state"] for each in runs(other)} == {"finished"}
    with pytest.raises(Interrupted):
        purge("0d", other, Asked(4))
    assert {each["state"] for each in runs(other)} == {"purged"}
    assert len(list(other.home.glob("journal.runs/*/input*"))) == 1
    assert (other.home / "journal.runs" / "space-kept").exists()  # whoever purges next gives it back
    assert purge("0d", other, Watch()).runs == []
    assert not list(other.home.glob("journal.runs/*/input*"))
    assert not (other.home / "journal.runs" / "space-kept").exists()


def test_who_was_asked_to_end_leaves_the_purge_to_the_next_run(importer: Commands, sandbox: Sandbox) -> None:
    watch = Asked()
    watch.interrupt()
    purge_by_itself(load({"retention_days": 1}), watch)
    assert watch.steps == []
    other = Asked()
    purge_by_itself(load({"retention_days": 1}), other)
    assert other.steps == ["purging"]
