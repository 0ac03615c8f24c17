"""What lies in an inbox besides good files harms nobody else's: it is refused, or left where it is, with a reason."""

import json
import os
import re
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from support.commands import Commands

from importer.cli.command_facts import operator
from importer.errors import AlreadyRunning, ApiUnavailable, BooksDontBalance, StorageFailed, UsageError
from importer.inbox import folders as inbox_folders
from importer.inbox import passes as inbox_passes
from importer.inbox.arrivals import unfit_name
from importer.inbox.folders import DONE, REFUSED, Folders
from importer.inbox.passes import Passes
from importer.inbox.release import record_of, release
from importer.inbox.retention import remove_old
from importer.inbox.sweep import Inbox
from importer.model import Summary
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings

HEAD = "phone,firstname\n"


def put(box: Path, name: str, phone: int = 1) -> Path:
    path = box / name
    path.write_text(f"{HEAD}+770100000{phone:02},Ann\n", encoding="utf-8")
    os.utime(path, (time.time() - phone, time.time() - phone))
    return path


def ends(importer: Commands, *arguments: object, **environ: str) -> dict[str, int]:
    ended = importer("inbox", *arguments, "--settle", "0s", "--json", **environ)
    return {one["name"]: one["exit_code"] for one in ended.json["files"]}


def names(box: Path, kind: str) -> set[str]:
    return {folder.name.partition("-")[2] for folder in (box / kind).glob("*/*")}


def test_odd_names_are_imported_and_what_cannot_be_is_left_where_it_is_and_blocks_nobody(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path
) -> None:
    good = ["with space.csv", "клиенты.csv", "new\nline.csv", "-rf.csv", "$(id) '\".csv", "*.csv"]
    long = "ы" * 120 + ".csv"
    assert unfit_name(os.fsdecode(b"bad\xff.csv")) == "its name is no UTF-8"
    for number, name in enumerate([*good, long], start=1):
        put(box, name, number)
    (box / "folder.csv").mkdir()
    (box / "link.csv").symlink_to(put(tmp_path, "outside.csv"))
    os.mkfifo(box / "pipe.csv")
    (box / "alone.csv.done").touch()
    put(box, "a.rejected.csv")
    codes = ends(importer, box)
    assert codes == {**dict.fromkeys(good, 0), long: 3}
    assert names(box, DONE) == set(good)
    left = {path.name for path in box.iterdir()} - {"working", DONE, REFUSED}
    assert left == {long, "folder.csv", "link.csv", "pipe.csv", "alone.csv.done", "a.rejected.csv"}
    err = importer("inbox", box, "--settle", "0s").err
    assert "link.csv is left where it is: a link" in err
    assert "folder.csv is left where it is: a folder" in err
    assert "a.rejected.csv is left where it is: an output" in err
    assert (tmp_path / "outside.csv").is_file()


def test_an_option_that_does_not_fit_one_file_refuses_that_one_and_the_next_is_imported(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path
) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[[inbox.source]]\nmatch = "a*"\nname = "a"\nmap = ["Kontakt=phone"]\n', encoding="utf-8")
    config.chmod(0o600)
    put(box, "a.csv", 9)
    put(box, "b.csv", 2)
    assert ends(importer, box, "--config", config) == {"a.csv": 2, "b.csv": 0}
    assert (names(box, REFUSED), names(box, DONE)) == ({"a.csv"}, {"b.csv"})
    assert "no column" in next(box.rglob("reason.txt")).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [("max_invalidd = 3", "did you mean max_invalid"), ('token = "x"', "holds a token"), ('output = "x.csv"', "output"),
     ('profile = "nowhere.toml"', "nowhere.toml"), ('max-shrink = "x"', 'max_shrink = "x"')],
)  # fmt: skip
def test_a_source_that_is_configured_wrongly_is_told_before_any_file_is_moved(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path, text: str, words: str
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[[inbox.source]]\nmatch = "z*"\n{text}\n', encoding="utf-8")
    config.chmod(0o600)
    put(box, "a.csv")
    ended = importer("inbox", box, "--config", config, "--settle", "0s")
    assert (ended.code, words in ended.err) == (2, True), ended.err
    assert (box / "a.csv").is_file()


def test_without_a_token_the_file_is_put_back_and_exit_2(importer: Commands, sandbox: Sandbox, box: Path) -> None:
    put(box, "a.csv")
    assert importer("inbox", box, "--settle", "0s", FREEDOM_ID_TOKEN="").code == 2
    assert (box / "a.csv").is_file()
    assert ends(importer, box) == {"a.csv": 0}


def test_a_profile_is_looked_for_beside_the_configuration_and_the_environment_counts_more_than_the_source(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "etc"
    home.mkdir()
    (home / "c.toml").write_text(
        '[[inbox.source]]\nmatch = "*"\nname = "crm"\nprofile = "crm.toml"\nmax-invalid = 0\n', encoding="utf-8"
    )
    (home / "crm.toml").write_text('map = ["Kontakt=phone"]\n', encoding="utf-8")
    for path in home.iterdir():
        path.chmod(0o600)
    monkeypatch.chdir("/")
    (box / "a.csv").write_text("Kontakt\n+77010000001\n12\n", encoding="utf-8")
    assert ends(importer, box, "--config", home / "c.toml") == {"a.csv": 3}
    (box / "a.csv").write_text("Kontakt\n+77010000001\n12\n", encoding="utf-8")
    assert ends(importer, box, "--config", home / "c.toml", IMPORTER_MAX_INVALID="1") == {"a.csv": 1}


def test_folders_that_cannot_serve_are_said_and_nothing_is_moved(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path
) -> None:
    put(box, "a.csv")
    (box / "done").symlink_to("/dev/shm")
    ended = importer("inbox", box, "--settle", "0s")
    assert (ended.code, "another file system" in ended.err) == (2, True)
    (box / "done").unlink()
    (box / "working").rmdir()
    (box / "working").write_text("a file", encoding="utf-8")
    ended = importer("inbox", box, "--settle", "0s")
    assert (ended.code, "working" in ended.err) == (4, True)
    assert (box / "a.csv").is_file()
    assert importer("inbox", tmp_path / "nowhere").code == 2


def test_a_file_that_is_gone_when_it_is_to_be_taken_is_nobodys_trouble(box: Path) -> None:
    folders = Folders(box)
    folders.prepare()
    path = put(box, "a.csv")
    path.unlink()
    assert folders.take(path) is None


def test_one_of_its_name_in_working_is_never_overwritten(box: Path) -> None:
    folders = Folders(box)
    folders.prepare()
    earlier = folders.take(put(box, "a.csv", 1))
    assert earlier is not None
    content = earlier.read_bytes()
    with pytest.raises(StorageFailed, match="one of its name"):
        folders.take(put(box, "a.csv", 2))
    assert not folders.put_back(earlier), "nor one in the inbox"
    assert earlier.read_bytes() == content


def test_a_disk_that_is_full_at_each_move_loses_no_file_and_tells_every_end(
    importer: Commands, sandbox: Sandbox, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 9):
        put(box, "a.csv", number)
        moves = 0

        def moved(source: Path, target: Path, move=inbox_folders._moved, limit: int = number) -> Path:
            nonlocal moves
            moves += 1
            if moves == limit:
                raise inbox_folders._failed(target, OSError(28, "No space left on device"))
            return move(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(inbox_folders, "_moved", moved)
            ended = importer("inbox", box, "--settle", "0s", "--json")
        if moves < number:
            assert ended.code == 0
            break
        assert (ended.code, "No space left" in ended.err) == (4, True)
        assert importer("inbox", box, "--settle", "0s").code == 0
        assert not [path for path in (box / "working").iterdir() if path.name != ".lock"]
    assert number > 3
    assert len(list((box / DONE).rglob("a.csv"))) == number
    assert len(sandbox.users()) == number


def test_two_of_one_name_in_a_second_lie_in_two_folders_and_the_newest_is_released_with_its_marker(
    importer: Commands, sandbox: Sandbox, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = Folders(box)
    folders.prepare()
    for phone in (1, 2, 3):
        taken = folders.take(put(box, "a-b.csv", phone))
        assert taken is not None
        (box / "working" / "a-b.csv.done").touch()
        last = folders.file(taken, REFUSED, {}, {"reason.txt": "no"})
    assert names(box, REFUSED) == {"a-b.csv"}
    assert len(list((box / REFUSED).glob("*/*"))) == 3
    monkeypatch.setenv("SUDO_USER", "ann")
    back = release(folders, "a-b.csv", operator())
    assert (back, "03" in back.read_text(encoding="utf-8")) == (box / "a-b.csv", True)
    assert (box / "a-b.csv.done").is_file()
    told = json.loads(record_of(folders, "a-b.csv").read_text(encoding="utf-8"))
    assert told["released_by"] == operator()
    assert operator().startswith("ann as ")
    assert told["refused"].endswith(last.name)
    with pytest.raises(UsageError, match="waits already"):
        release(folders, "a-b.csv", operator())
    back.rename(box / "other.csv")
    (box / "a-b.csv.done").unlink()
    older = min((box / REFUSED).glob("*/*"))
    assert "01" in release(folders, older.name, operator()).read_text(encoding="utf-8")


def test_retention_removes_what_was_filed_long_ago_and_nothing_else(box: Path) -> None:
    folders = Folders(box)
    folders.prepare()
    for day, kind in (("2026-01-01", DONE), ("2026-01-02", REFUSED), ("2026-01-03", DONE), ("2027-01-01", DONE)):
        (box / kind / day / "021500-a.csv").mkdir(parents=True)
        (box / kind / day / "021500-a.csv" / "a.csv").touch()
    for path in ("done/2026-01-01-kept/a.csv", "done/notes/a.csv", "working/2026-01-01/a.csv", "done/2026-99-99/a.csv"):
        (box / path).parent.mkdir(parents=True)
        (box / path).touch()
    outside = box.parent / "outside"
    (outside / "021500-a.csv").mkdir(parents=True)
    (box / DONE / "2026-01-01" / "021501-link").symlink_to(outside)
    (box / REFUSED / "2026-01-01").symlink_to(outside)
    assert remove_old(folders, None, date(2026, 1, 12)) == 0
    assert remove_old(folders, 10, date(2026, 1, 12)) == 1
    assert not (box / DONE / "2026-01-01" / "021500-a.csv").exists()
    (box / DONE / "2026-01-01" / "021501-link").unlink()
    assert remove_old(folders, 9, date(2026, 1, 12)) == 1
    left = {str(path.relative_to(box)) for path in box.rglob("*") if path.is_file()}
    assert left == {
        "done/2026-01-03/021500-a.csv/a.csv", "done/2027-01-01/021500-a.csv/a.csv", "done/2026-01-01-kept/a.csv",
        "done/notes/a.csv", "working/2026-01-01/a.csv", "done/2026-99-99/a.csv",
    }  # fmt: skip
    assert not (box / DONE / "2026-01-01").exists()
    assert (outside / "021500-a.csv").is_dir()


def test_a_pass_ends_with_retention_also_where_nothing_came(
    importer: Commands, sandbox: Sandbox, box: Path, tmp_path: Path
) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[retention]\ndays = 30\n", encoding="utf-8")
    config.chmod(0o600)
    old = box / DONE / "2020-01-01" / "021500-a.csv"
    old.mkdir(parents=True)
    ended = importer("inbox", box, "--config", config, "--settle", "0s")
    assert (ended.code, old.parent.exists()) == (0, False)
    assert "1 filed file older than 30 days was removed" in ended.err
    assert not (tmp_path / "home" / "journal.db").exists()


def test_what_a_killed_pass_had_filed_but_for_the_last_step_is_told_by_the_next(
    importer: Commands, sandbox: Sandbox, box: Path
) -> None:
    put(box, "a.csv")
    importer("inbox", box, "--settle", "0s")
    (filed,) = (box / DONE).glob("*/*")
    filed.rename(box / "working" / ".done.a.csv")
    assert ends(importer, box) == {"a.csv": 0}
    (filed,) = (box / DONE).glob("*/*")
    manifest = filed / "a.result.csv.manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"exit_code": 0', '"exit_code": 1'), "utf-8")
    filed.rename(box / "working" / ".done.a.csv")
    assert ends(importer, box) == {"a.csv": 1}


def test_a_name_shows_no_line_break_to_whoever_is_told(importer: Commands, sandbox: Sandbox, box: Path) -> None:
    put(box, "a\nb.csv")
    out = importer("inbox", box, "--settle", "0s").out
    assert len(out.splitlines()) == 2


def test_a_file_of_somebody_else_in_a_sticky_folder_is_left_and_the_others_are_imported(
    importer: Commands, sandbox: Sandbox, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(box, "theirs.csv", 9)
    put(box, "ours.csv", 2)
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name == "theirs.csv":
            raise PermissionError(1, "Operation not permitted")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    assert ends(importer, box) == {"theirs.csv": 4, "ours.csv": 0}
    assert (box / "theirs.csv").is_file()


def test_who_stays_tries_again_what_was_stopped_and_ends_with_what_is_badly_wrong(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_passes, "IDLE", 0.0)
    ends = [ApiUnavailable("down"), AlreadyRunning("busy"), Summary("run", "", 1, {}, (), (), 0), BooksDontBalance("5")]
    taken = []

    def import_file(path: Path, _settings: Settings, _watch: Watch) -> Summary:
        taken.append(path.name)
        end = ends.pop(0)
        if len(ends) == 1:
            put(box, "b.csv", 2)
        if isinstance(end, Exception):
            raise end
        return end

    settings = Settings(home=tmp_path / "home")
    watch = Watch()
    inbox = Inbox(Folders(box), lambda _: settings, settings.inbox.source_of, import_file, lambda _: None, 0, False)
    put(box, "a.csv")
    passes = Passes(inbox, settings, watch, threading.Event())
    passes.stay()
    assert taken == ["a.csv", "a.csv", "a.csv", "b.csv"]
    assert [one.exit_code for one in passes.files] == [4, 4, 0, 5]
    assert passes.exit_code == 5


def test_who_stays_goes_on_when_the_token_was_away_for_a_moment(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_passes, "IDLE", 0.0)
    away = UsageError("token file: No such file or directory")
    ends = [Summary("run", "", 1, {}, (), (), 0), away, Summary("run", "", 1, {}, (), (), 0)]
    watch, taken = Watch(), []

    def import_file(path: Path, _settings: Settings, _watch: Watch) -> Summary:
        taken.append(path.name)
        end = ends.pop(0)
        if isinstance(end, UsageError):
            raise end
        put(box, "b.csv", 2) if ends else watch.interrupt()
        return end

    def check(_settings: Settings) -> None:
        raise away

    settings = Settings(home=tmp_path / "home")
    inbox = Inbox(Folders(box), lambda _: settings, settings.inbox.source_of, import_file, check, 0, False)
    put(box, "a.csv")
    passes = Passes(inbox, settings, watch, threading.Event())
    passes.stay()
    assert taken == ["a.csv", "b.csv", "b.csv"]
    assert [one.exit_code for one in passes.files] == [0, 0]


def test_a_refused_file_is_told_without_the_folder_that_it_leaves(
    importer: Commands, sandbox: Sandbox, box: Path
) -> None:
    put(box, "a.csv", 2)
    (box / "b.csv").write_text("phone\n12\n", encoding="utf-8")
    ended = importer("inbox", box, "--settle", "0s", "--max-invalid", "0", "--language", "ru")
    (reason,) = (box / "refused").glob("*/*/reason.txt")
    assert (reason.parent / "b.rejected.csv").is_file()
    for text in (ended.out, ended.err, reason.read_text(encoding="utf-8")):
        assert "b.rejected.csv" in text
        assert f"{box}/working/b" not in re.sub(r"\[.*?\]", "", text)
    assert "исправить" in reason.read_text(encoding="utf-8")
