"""How a file of an inbox ended is told as it was: by a later pass, too, and once for each file."""

import shutil
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support.commands import Commands

from importer.errors import ApiUnavailable, RefusedFile, StorageFailed, UsageError
from importer.inbox import folders as inbox_folders
from importer.inbox import passes as inbox_passes
from importer.inbox.folders import DONE, REFUSED, Folders
from importer.inbox.passes import Passes
from importer.inbox.sweep import Inbox
from importer.model import Summary
from importer.notify.ending import Ending
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings
from importer.settings.notify_options import Event

PEOPLE = "phone,firstname\n+77010000001,Ann\n+77010000002,Bob\n"
ONE_IS_INVALID = "phone,firstname\n+77010000001,Ann\n12,Bob\n"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Ending, bool]]:
    """Each end that was told, and whether people were."""
    heard: list[tuple[Ending, bool]] = []

    def tell(_settings: Settings, endings: list[Ending], *, notified: bool) -> None:
        heard.extend((one, notified) for one in endings)

    monkeypatch.setattr(inbox_passes, "tell", tell)
    return heard


def ends(importer: Commands, box: Path, *options: object) -> dict[str, int]:
    ended = importer("inbox", box, "--settle", "0s", "--json", *options)
    files = {one["name"]: one["exit_code"] for one in ended.json["files"]}
    assert ended.code == max(files.values(), default=0)
    return files


def names(box: Path, kind: str) -> set[str]:
    return {folder.name.partition("-")[2] for folder in (box / kind).glob("*/*")}


def test_a_file_whose_ids_are_several_peoples_is_filed_as_that_and_the_next_one_taken(
    importer: Commands, sandbox: Sandbox, box: Path, told: list[tuple[Ending, bool]]
) -> None:
    (box / "a.csv").write_text(PEOPLE, encoding="utf-8")
    sandbox.set(repeat_id_share=1.0)
    assert ends(importer, box) == {"a.csv": 5}
    assert (box / "working" / "a.csv").is_file()
    sandbox.set(repeat_id_share=0.0)
    (box / "b.csv").write_text("phone\n+77010000003\n", encoding="utf-8")
    assert ends(importer, box) == {"a.csv": 5, "b.csv": 0}
    assert names(box, DONE) == {"a.csv", "b.csv"}
    ending = told[1][0]
    assert (ending.event, ending.again, "another phone's" in ending.message) == (Event.STOPPED, "", True)


@pytest.mark.parametrize("step", ["importer.pipeline.write_manifest", "importer.inbox.folders._moved"])
def test_rows_without_an_id_are_told_also_by_the_pass_that_only_files_them(
    importer: Commands,
    sandbox: Sandbox,
    box: Path,
    told: list[tuple[Ending, bool]],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """The run had finished; the kill came before its manifest, or the file could not be moved for one night."""
    (box / "a.csv").write_text(ONE_IS_INVALID, encoding="utf-8")
    taken = Folders(box)
    taken.prepare()
    taken.take(box / "a.csv")

    def full(*_: object) -> None:
        raise inbox_folders._failed(box, OSError(28, "No space left on device"))

    with monkeypatch.context() as patch:
        patch.setattr(step, full)
        assert ends(importer, box) == {"a.csv": 4}
    requests = sandbox.stats()["requests"]
    assert ends(importer, box) == {"a.csv": 1}
    assert (sandbox.stats()["requests"], names(box, DONE)) == (requests, {"a.csv"})
    assert [one.event for one, _ in told] == [Event.STOPPED, Event.REJECTED_ROWS]


def test_the_same_content_delivered_again_is_no_alarm_again(importer: Commands, sandbox: Sandbox, box: Path) -> None:
    """Which of its rows have no FreedomID was told when it came first."""
    for name, code in (("a.csv", 1), ("b.csv", 0)):
        (box / name).write_text(ONE_IS_INVALID, encoding="utf-8")
        assert ends(importer, box) == {name: code}
    assert (len(sandbox.users()), names(box, DONE)) == (1, {"a.csv", "b.csv"})


def test_a_file_that_is_put_aside_for_an_option_of_its_source_is_told_as_refused_with_what_releases_it(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path, told: list[tuple[Ending, bool]]
) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[[inbox.source]]\nmatch = "a*"\nname = "a"\nmap = ["Kontakt=phone"]\n', encoding="utf-8")
    config.chmod(0o600)
    (box / "a.csv").write_text(PEOPLE, encoding="utf-8")
    assert ends(importer, box, "--config", config) == {"a.csv": 2}
    (lying,) = (box / REFUSED).glob("*/*")
    lying.rename(box / "working" / ".refused.a.csv")  # as a kill leaves it
    ends(importer, box, "--config", config)
    assert [one.event for one, _ in told] == [Event.REFUSED] * 2
    assert [f"--release {one.file}" in one.again for one, _ in told] == [True] * 2


class Staying:
    """An inbox that somebody stays at, each of whose imports ends as it is told to."""

    def __init__(self, box: Path, home: Path) -> None:
        self.box, self.end, self.token = box, Summary("run", "", 1, {}, (), (), 0), True
        settings = Settings(home=home)
        of = settings.inbox.source_of
        inbox = Inbox(Folders(box), lambda _: settings, of, self._import, self._check, 0, False)
        self.passes = Passes(inbox, settings, Watch(), threading.Event())

    def _import(self, _path: Path, _settings: Settings, _watch: Watch) -> Summary:
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def _check(self, _settings: Settings) -> None:
        if not self.token:
            raise UsageError("there is none")

    def once(self, name: str = "") -> None:
        if name:
            (self.box / name).write_text(PEOPLE, encoding="utf-8")
        with suppress(UsageError):
            self.passes.once()


def is_told_once_until_it_is_another(staying: Staying, box: Path, told: list[tuple[Ending, bool]]) -> None:
    assert [notified for one, notified in told if one.file == "a.csv"] == [True, False, False]
    (box / "working" / "a.csv").unlink()
    staying.once()
    staying.once("a.csv")
    assert told[-1][1], "it is another one"


def test_who_stays_tells_of_each_file_that_is_refused_also_for_the_reason_of_the_night_before(
    box: Path, tmp_path: Path, told: list[tuple[Ending, bool]]
) -> None:
    staying = Staying(box, tmp_path / "home")
    staying.end = RefusedFile("no phone column")
    for _ in range(2):
        staying.once("a.csv")
    assert [(one.event, notified) for one, notified in told] == [(Event.REFUSED, True)] * 2
    staying.end = ApiUnavailable("down")
    staying.once("a.csv")
    staying.once()
    assert [notified for _, notified in told[2:]] == [True, False], "it lies there still"


def test_who_stays_tells_nothing_again_because_the_share_was_away(
    box: Path, tmp_path: Path, told: list[tuple[Ending, bool]]
) -> None:
    """Gone as a whole, or a mount point with nothing in it, in which no folder can be made."""
    staying, away = Staying(box, tmp_path / "home"), tmp_path / "away"
    staying.end = ApiUnavailable("down")
    staying.once("a.csv")
    for mount_point in (False, True):
        box.rename(away)
        if mount_point:
            box.mkdir()
            (box / "working").symlink_to(tmp_path / "nowhere")
        with pytest.raises(StorageFailed):
            staying.once()
        shutil.rmtree(box, ignore_errors=True)
        away.rename(box)
        staying.once()
    is_told_once_until_it_is_another(staying, box, told)


def test_who_stays_tells_nothing_again_because_another_folder_lay_where_the_share_is(
    box: Path, tmp_path: Path, told: list[tuple[Ending, bool]]
) -> None:
    """A mount point that may be written: the first pass makes its folders there, the next ones find them."""
    staying, away, mount_point = Staying(box, tmp_path / "home"), tmp_path / "away", tmp_path / "mount_point"
    staying.end = ApiUnavailable("down")
    staying.once("a.csv")
    mount_point.mkdir()
    for _ in range(2):
        box.rename(away)
        mount_point.rename(box)
        staying.once()
        staying.once()
        box.rename(mount_point)
        away.rename(box)
        staying.once()
    is_told_once_until_it_is_another(staying, box, told)


def test_who_stays_tells_anew_of_what_was_well_meanwhile(
    box: Path, tmp_path: Path, told: list[tuple[Ending, bool]]
) -> None:
    """A name that no output fits beside, which somebody mended each time; and a token that was away twice."""
    staying, long = Staying(box, tmp_path / "home"), "x" * 200 + ".csv"
    for _ in range(2):
        staying.once(long)
        staying.once()
        (box / long).unlink()
        staying.once()
    assert [notified for _, notified in told] == [True, False] * 2
    told.clear()
    well = staying.end
    for _ in range(2):
        staying.end, staying.token = UsageError("no token"), False
        staying.once("a.csv")
        staying.once()
        staying.end, staying.token = well, True
        staying.once()
    assert [notified for one, notified in told if one.exit_code == 2] == [True, False] * 2


def test_the_same_content_delivered_again_is_no_alarm_again_also_where_its_ids_are_several_peoples(
    importer: Commands, sandbox: Sandbox, box: Path
) -> None:
    """Who sends the same export each night ended with 5, and ended who stays, each night."""
    (box / "a.csv").write_text(PEOPLE, encoding="utf-8")
    sandbox.set(repeat_id_share=1.0)
    assert ends(importer, box) == {"a.csv": 5}
    sandbox.set(repeat_id_share=0.0)
    assert ends(importer, box) == {"a.csv": 5}, "filed now, and told once more"
    (box / "b.csv").write_text(PEOPLE, encoding="utf-8")
    assert ends(importer, box) == {"b.csv": 0}


def test_who_stays_files_what_had_ended_badly_and_takes_what_comes_behind_it(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person looked at it and began to stay again; what had only to be filed ended that at once."""
    monkeypatch.setattr(inbox_passes, "IDLE", 0.0)
    staying, taken = Staying(box, tmp_path / "home"), list[str]()

    def import_file(path: Path, _settings: Settings, watch: Watch) -> Summary:
        taken.append(path.name)
        if path.name == "a.csv":
            return replace(staying.end, exit_code=5, repeated=len(taken) > 1)
        if path.name == "b.csv":
            (box / "c.csv").write_text(PEOPLE, encoding="utf-8")
        else:
            watch.interrupt()
        return staying.end

    passes = replace(staying.passes, box=replace(staying.passes.box, import_file=import_file))
    for name in ("a.csv", "b.csv"):
        (box / name).write_text(PEOPLE, encoding="utf-8")
    passes.stay()
    assert taken == ["a.csv"], "it ends with what is badly wrong"
    passes.stay()
    assert taken == ["a.csv", "a.csv", "b.csv", "c.csv"]
    assert [one.exit_code for one in passes.files] == [5, 5, 0, 0]
