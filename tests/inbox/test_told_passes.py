"""How a pass ended is told as it was: one that was cut short, and one that could not begin."""

import threading
from pathlib import Path

import pytest
from support.commands import Commands

from importer.cli.command_facts import Invocation
from importer.cli.inbox_command import _as_json, _as_text
from importer.errors import AlreadyRunning, ImporterError, Interrupted, StorageFailed, UsageError
from importer.inbox import passes as inbox_passes
from importer.inbox.folders import Folders
from importer.inbox.passes import Passes
from importer.inbox.sweep import Inbox
from importer.journal.lock import held
from importer.model import Summary
from importer.notify.ending import Ending
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings

PEOPLE = "phone,firstname\n+77010000001,Ann\n+77010000002,Bob\n"


class Heard:
    """What the watchdog and the channels were told."""

    def __init__(self) -> None:
        self.pings: list[int | str] = []
        self.told: list[tuple[int, bool]] = []

    def tell(self, _settings: Settings, endings: list[Ending], *, notified: bool = True) -> None:
        self.told += [(one.exit_code, notified) for one in endings]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    kept = Heard()
    monkeypatch.setattr(inbox_passes, "tell", kept.tell)
    monkeypatch.setattr(inbox_passes.watchdog, "started", lambda _url: kept.pings.append("start"))
    monkeypatch.setattr(inbox_passes.watchdog, "ended", lambda _url, code: kept.pings.append(code))
    return kept


class Interrupting:
    """An inbox in which somebody asks for the end during an import, or while a file is to settle."""

    def __init__(
        self,
        box: Path,
        home: Path,
        *,
        settle: float = 0,
        marker: bool = False,
        ends: bool = True,
        fails: ImporterError | None = None,
    ) -> None:
        settings = Settings(home=home)
        self.watch, self.ended, self.ends, self.fails = Watch(), threading.Event(), ends, fails
        inbox = Inbox(
            Folders(box), lambda _: settings, settings.inbox.source_of, self._import, lambda _: None, settle, marker
        )
        self.passes = Passes(inbox, settings, self.watch, self)  # type: ignore[arg-type]  # waits as an event does

    def wait(self, _seconds: float) -> None:
        self.watch.interrupt()

    def _import(self, _path: Path, _settings: Settings, _watch: Watch) -> Summary:
        if self.ends:
            self.watch.interrupt()
        if self.fails is not None:
            raise self.fails
        return Summary("run", "", 1, {}, (), (), 0)


def lay(box: Path, *names: str) -> None:
    for name in names:
        (box / name).write_text(PEOPLE, encoding="utf-8")


def test_a_pass_that_is_ended_between_two_files_ends_with_4(box: Path, tmp_path: Path, heard: Heard) -> None:
    lay(box, "a.csv", "b.csv")
    passes = Interrupting(box, tmp_path / "home").passes
    assert (passes.once(), passes.exit_code) == (4, 4)
    assert [one.exit_code for one in passes.files] == [0]
    assert "while files waited" in _as_text(passes).splitlines()[-1]
    assert "while files waited" in _as_json(passes, Invocation("inbox", "", ""))
    assert heard.pings == ["start", 4]
    assert heard.told == [(0, True), (4, True)]


def test_a_pass_that_is_ended_while_a_file_settles_ends_with_4(box: Path, tmp_path: Path, heard: Heard) -> None:
    lay(box, "a.csv")
    passes = Interrupting(box, tmp_path / "home", settle=10).passes
    assert (passes.once(), passes.exit_code, heard.pings) == (4, 4, ["start", 4])
    assert (box / "a.csv").is_file()


def test_a_pass_that_is_ended_in_its_last_file_has_cut_nothing_short(box: Path, tmp_path: Path, heard: Heard) -> None:
    lay(box, "a.csv")
    assert Interrupting(box, tmp_path / "home").passes.once() == 0
    lay(box, "a.csv", "b.csv")
    (box / "a.csv.done").touch()
    passes = Interrupting(box, tmp_path / "home", marker=True).passes
    assert passes.once() == 0, "nothing marked was left"
    assert heard.pings == ["start", 0] * 2


def test_a_pass_that_is_ended_in_its_only_file_tells_of_that_alone(box: Path, tmp_path: Path, heard: Heard) -> None:
    lay(box, "a.csv")
    ending = Interrupting(box, tmp_path / "home", fails=Interrupted("asked to end"))
    assert ending.passes.once() == 4
    assert (heard.told, heard.pings) == ([(4, True)], ["start", 4])


def test_a_pass_that_nobody_ends_takes_all_and_one_of_a_command_that_stays_is_never_short(
    box: Path, tmp_path: Path, heard: Heard
) -> None:
    lay(box, "a.csv", "b.csv")
    assert Interrupting(box, tmp_path / "home", ends=False).passes.once() == 0
    lay(box, "a.csv", "b.csv")
    passes = Interrupting(box, tmp_path / "home").passes
    passes.stay()
    assert (passes.exit_code, heard.pings[-1]) == (0, 0)


def test_a_share_that_is_away_is_told_to_everybody_and_by_who_stays_once(
    box: Path, tmp_path: Path, heard: Heard
) -> None:
    passes = Interrupting(box, tmp_path / "home", ends=False).passes
    passes.once()
    box.rename(tmp_path / "away")
    for _ in range(3):
        with pytest.raises(StorageFailed):
            passes.once(stays=True)
    assert heard.told == [(4, True), (4, False), (4, False)]
    assert heard.pings == ["start", 0, 4, 4, 4]
    (tmp_path / "away").rename(box)
    passes.once(stays=True)
    box.rename(tmp_path / "away")
    with pytest.raises(ImporterError):
        passes.once(stays=True)
    assert heard.told[-1] == (4, True), "it is away anew"


def test_a_folder_that_no_lock_can_lie_in_is_told_and_no_journal_spoken_of(
    box: Path, tmp_path: Path, heard: Heard
) -> None:
    passes = Interrupting(box, tmp_path / "home").passes
    (box / "working" / ".lock").mkdir(parents=True)
    with pytest.raises(StorageFailed, match="lock file") as failed:
        passes.once()
    assert "ournal" not in str(failed.value)
    assert (heard.told, heard.pings) == ([(4, True)], [4])


def test_a_pass_beside_another_tells_nobody(box: Path, tmp_path: Path, heard: Heard) -> None:
    passes = Interrupting(box, tmp_path / "home").passes
    with held(box / "working" / ".lock", wait=False), pytest.raises(AlreadyRunning):
        passes.once()
    assert (heard.told, heard.pings) == ([], [])


def test_an_inbox_that_is_not_there_or_a_source_that_is_configured_wrongly_is_told(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path, heard: Heard
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[inbox]\ndir = "{tmp_path / "nowhere"}"\n', encoding="utf-8")
    config.chmod(0o600)
    assert importer("inbox", "--config", config).code == 2
    assert importer("inbox", tmp_path / "nowhere", "--config", config).code == 2, "as a scheduler names it"
    assert importer("inbox", tmp_path / "mistyped", "--config", config).code == 2
    assert len(heard.pings) == 2, "another one than the configured: it was mistyped"
    config.write_text('[[inbox.source]]\nmatch = "a*"\nprofile = "none.toml"\n', encoding="utf-8")
    assert importer("inbox", box, "--config", config).code == 2
    assert (heard.told, heard.pings) == ([(2, True)] * 3, [2, 2, 2])
    assert importer("inbox").code == 2
    assert len(heard.pings) == 3, "nobody named a folder: the command was mistyped"


def test_a_token_that_cannot_be_read_or_folders_that_cannot_be_made_are_told(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(*_: object) -> None:
        raise UsageError("the pipe gave no token")

    with monkeypatch.context() as patch:
        patch.setattr("importer.creating.endpoint.token_choice.pipes_read", empty)
        assert importer("inbox", box).code == 2
    (box / "working").touch()
    assert importer("inbox", box, "--release", "a.csv").code == 4
    assert (heard.told, heard.pings) == ([(2, True), (4, True)], [2, 4])
    (box / "working").unlink()
    assert importer("inbox", box, "--release", "a.csv").code == 2
    assert len(heard.pings) == 2, "a name that was mistyped"
