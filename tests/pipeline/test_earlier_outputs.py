"""What stands in the output's place already: a person's corrections, another run's output, yesterday's result."""

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer import pipeline
from importer.errors import StorageFailed
from importer.journal import Journal
from importer.planning.run_identity import owned
from importer.reporting.manifest_content import manifest_of
from importer.sandbox import Sandbox
from importer.settings import load

PHONES = [f"+7701000000{number}" for number in range(3)]


def test_an_output_that_a_person_has_changed_is_left_alone(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users)
    result = tmp_path / "users.result.csv"
    mine = result.read_text(encoding="utf-8").replace("+77010000000", "+77010000000 (called)")
    result.write_text(mine, encoding="utf-8")
    ended = importer("run", users)
    assert ended.code == 0
    assert "users.result.csv was changed after it was written" in ended.err
    assert result.read_text(encoding="utf-8") == mine
    again = tmp_path / "users.result.2.csv"
    assert len(read_rows(again)) == 3
    assert importer("run", users).code == 0
    assert not (tmp_path / "users.result.3.csv").exists(), "its own unchanged output is replaced"
    assert importer("run", users, "--force").code == 0
    assert "called" not in result.read_text(encoding="utf-8")


def test_a_rejected_file_that_a_person_has_corrected_is_left_alone(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES, "12"])
    importer("run", users)
    rejected = tmp_path / "users.rejected.csv"
    mine = rejected.read_text(encoding="utf-8").replace("12", "+77010000009", 1)
    rejected.write_text(mine, encoding="utf-8")
    assert "users.rejected.csv was changed" in importer("run", users).err
    assert rejected.read_text(encoding="utf-8") == mine
    assert len(read_rows(tmp_path / "users.rejected.2.csv")) == 1


def test_a_rejected_workbook_that_a_person_has_corrected_stays(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES, "12"])
    importer("run", users)
    book = tmp_path / "users.rejected.xlsx"
    mine = book.read_bytes() + b"mine"
    book.write_bytes(mine)
    assert "users.rejected.xlsx was changed" in importer("run", users).err
    assert book.read_bytes() == mine


def test_a_change_is_found_before_the_first_request(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users, "--limit", "1")
    result = tmp_path / "users.result.csv"
    result.write_text(result.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    sandbox.set(latency=100)
    ended = importer("run", users, "-v")
    lines = ended.err.splitlines()
    told = next(number for number, line in enumerate(lines) if "was changed after it was written" in line)
    sent = next(number for number, line in enumerate(lines) if "creating 2 rows" in line)
    assert told < sent


def test_an_output_that_was_written_just_before_the_end_is_no_persons_work(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users, "--limit", "1")

    def full(*_: object) -> None:
        raise StorageFailed("no space left for the manifest")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "write_manifest", full)
        assert importer("run", users).code == 4
    ended = importer("run", users)
    assert (ended.code, "was changed" in ended.err) == (0, False)
    assert not list(tmp_path.glob("*.2.*"))


OURS = '{"run": "abc", "versions": {}, '


FOREIGN = [
    '{"name": "web app"}',
    "",
    "[]",
    "\x00",
    "[" * 100_000,
    '{"run": 5, "versions": {}}',
    OURS + '"input": "users.csv"}',
    OURS + '"output": "users.result.csv"}',
    OURS + '"output": {"name": 5}}',
    OURS + '"output": {"name": "../users.csv", "sha256": "00"}}',
    OURS + '"rejected": {"sha256": "00"}}',
    OURS + '"rejected": null}',
    OURS + '"api": 5}',
    OURS + '"mapping": {"phone": 7}}',
    '{"run": ["abc"], "files": {}, "versions": {}}',
]


def test_a_manifest_of_somebody_else_is_not_replaced(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    """Nor is a folder in its place, nor a pipe, which would never end."""
    users = write_users(tmp_path / "users.csv", PHONES)
    theirs = [tmp_path / f"users.result{f'.{number}' * (number > 1)}.csv.manifest.json" for number in range(1, 18)]
    for path, text in zip(theirs, FOREIGN, strict=False):
        path.write_text(text, encoding="utf-8")
    theirs[15].mkdir()
    os.mkfifo(theirs[16])
    ended = importer("run", users)
    assert ended.code == 0
    assert "users.result.csv.manifest.json is no manifest of this program" in ended.err
    assert [path.read_text(encoding="utf-8") for path in theirs[:15]] == FOREIGN
    assert [path.name for path in tmp_path.glob("users.result*.csv")] == ["users.result.18.csv"]


def test_no_command_believes_a_manifest_of_somebody_else(tmp_path: Path) -> None:
    manifest = tmp_path / "users.result.csv.manifest.json"
    for text in FOREIGN:
        manifest.write_text(text, encoding="utf-8")
        assert manifest_of(tmp_path / "users.result.csv") == {}, text
    manifest.unlink()
    os.mkfifo(manifest)
    assert manifest_of(tmp_path / "users.result.csv") == {}


def test_the_report_of_an_old_run_replaces_no_output_of_another(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    old = importer("run", users, "--json").json["run"]
    write_users(users, ["+77010000008"])
    new = importer("run", users, "--json").json["run"]
    made = importer("report", old, "--json").json
    assert Path(made["output"]).name == "users.result.2.csv"
    told = json.loads((tmp_path / "users.result.csv.manifest.json").read_text(encoding="utf-8"))
    assert told["run"] == new
    assert [row["phone"] for row in read_rows(tmp_path / "users.result.csv")] == ["+77010000008"]
    (tmp_path / "users.result.csv.manifest.json").unlink()  # the journal knows whose it is, too
    again = importer("report", old)
    assert "users.result.csv is not known to be as this program wrote it" in again.err
    assert [row["phone"] for row in read_rows(tmp_path / "users.result.csv")] == ["+77010000008"]


def test_an_output_is_learnt_before_it_is_replaced_where_the_journal_has_lost_it(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The state folder was removed, or put back from a backup, and the same command comes again."""
    users = write_users(tmp_path / "users.csv", PHONES)
    assert importer("run", users).code == 0
    before = {row["phone"]: row["freedom_id"] for row in read_rows(tmp_path / "users.result.csv")}
    shutil.rmtree(tmp_path / "home")
    ended = importer("run", users, "-o", tmp_path / "users.result.csv")
    assert f"{len(PHONES)} users learnt" in ended.err
    rows = read_rows(tmp_path / "users.result.csv")
    assert {row["phone"]: row["freedom_id"] for row in rows} == before
    assert {row["import_status"] for row in rows} == {"already_imported"}
    assert importer("verify", "latest").code == 0, "the newest run is the import, not what was learnt"


def test_who_shares_only_the_output_with_another_import_is_told_so(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, output = write_users(tmp_path / "users.csv", PHONES), tmp_path / "all.csv"
    with (
        Journal.open(load({}).journal_location) as journal,
        owned(journal, "0" * 64, tmp_path / "other.csv", output),
    ):
        ended = importer("run", users, "-o", output)
    assert ended.code == 4
    assert "all.csv is being written by process" in ended.err
    assert "already being imported" not in ended.err


def test_the_next_nights_run_replaces_its_own_unchanged_output(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users)
    write_users(users, ["+77010000008"])
    importer("run", users)
    assert [row["phone"] for row in read_rows(tmp_path / "users.result.csv")] == ["+77010000008"]
    assert not (tmp_path / "users.result.2.csv").exists()


def test_a_refused_file_leaves_no_older_result_under_its_name(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES, "12"])
    importer("run", users)
    write_users(users, ["1", "2", "3"])
    ended = importer("run", users, "--max-invalid", "1")
    assert ended.code == 3
    assert not (tmp_path / "users.result.csv").exists()
    assert [row["phone"] for row in read_rows(tmp_path / "users.rejected.csv.previous")] == ["12"]
    assert [row["phone"] for row in read_rows(tmp_path / "users.rejected.csv")] == ["1", "2", "3"]
    assert "users.rejected.csv" in ended.err
    assert len(read_rows(tmp_path / "users.result.csv.previous")) == 4
    assert "users.result.csv.previous" in ended.err


def test_report_replaces_the_rejected_rows_that_a_refusal_left(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [PHONES[0], "12"])
    assert importer("run", users).code == 1
    assert importer("run", users, "--max-invalid", "0", "--fresh").code == 3
    assert (tmp_path / "users.rejected.xlsx").exists()
    reported = importer("report", "latest", "--json")
    assert reported.json["output"] == str(tmp_path / "users.result.csv"), reported.err


@pytest.mark.parametrize("named", ["latest", "LATEST"])
def test_the_newest_run_goes_by_the_name_latest(
    named: str, importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users)
    newest = importer("run", users, "--fresh", "--json").json["run"]
    assert importer("verify", named).code == 0
    assert importer("report", named, "--json").json["run"] == newest
    assert newest in importer("runs", named).out


def test_another_content_of_a_file_waits_until_its_run_has_written_its_output(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Last night's run is still going when tonight's file, under the same name, comes: nothing of it is overwritten."""
    from importer import run

    users = write_users(tmp_path / "users.csv", PHONES)
    sandbox.set(latency=2000)
    settings = load({"concurrency": 1})
    first = threading.Thread(target=run, args=(users, settings))
    first.start()
    while not list((tmp_path / "home").glob("**/input.csv")):
        time.sleep(0.02)
    time.sleep(0.5)
    write_users(users, ["+77010000008"])
    ended = importer("run", users)
    first.join()
    assert ended.code == 4, ended.err
    assert "already being imported" in ended.err
    assert [row["phone"] for row in read_rows(tmp_path / "users.result.csv")] == PHONES


def test_verify_says_whose_the_output_is_where_it_is_another_runs(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", PHONES[:2])
    first = importer("run", users, "--json").json["run"]
    write_users(users, PHONES)
    second = importer("run", users, "--json").json["run"]
    told = importer("verify", first)
    assert told.code == 0, told.err
    assert f"belongs to run {second}" in told.out.splitlines()[-1]
    named = importer("verify", first, tmp_path / "users.result.csv")
    assert (named.code, f"belongs to run {second}" in named.err) == (2, True)


FILES = ("users.result.csv", "users.rejected.csv", "users.rejected.xlsx")

TOLD_NOTHING = {
    "it never came": None,
    "it tells of no file": '{"run": "abc", "versions": {}}',
    "it tells no hashes": '{"run": "abc", "versions": {}, "output": {"name": "users.result.csv"}}',
}


def without_hashes(manifest: Path, text: str | None) -> None:
    manifest.unlink()
    if text is not None:
        manifest.write_text(text, encoding="utf-8")


def test_a_correction_stays_and_an_untouched_output_is_replaced_without_their_manifest_too(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, result = write_users(tmp_path / "users.csv", PHONES), tmp_path / "users.result.csv"
    for number in range(2):
        importer("run", users)
        assert not list(tmp_path.glob("*.2.*")), number
        (tmp_path / "users.result.csv.manifest.json").unlink()
    mine = result.read_bytes() + b"mine"
    result.write_bytes(mine)
    ended = importer("run", users)
    assert "users.result.csv is not known to be as this program wrote it" in ended.err
    assert result.read_bytes() == mine


@pytest.mark.chaos
@pytest.mark.parametrize("why", TOLD_NOTHING)
def test_without_a_manifest_what_a_person_changed_is_kept_and_what_nobody_changed_is_replaced(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, why: str
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES, "12"])
    manifest = tmp_path / "users.result.csv.manifest.json"
    assert importer("run", users).code == 1
    for command in ("run", "report"):
        without_hashes(manifest, TOLD_NOTHING[why])
        if why == "it never came" or command == "run":
            importer(command, users if command == "run" else "latest")
            assert not list(tmp_path.glob("*.2.*")), "nobody has touched anything"
    for number, name in enumerate(FILES, start=2):
        without_hashes(manifest, TOLD_NOTHING[why])
        changed = tmp_path / name
        mine = changed.read_bytes() + b"mine"
        changed.write_bytes(mine)
        ended = importer("run", users)
        assert f"{name} is not known to be as this program wrote it" in ended.err
        assert changed.read_bytes() == mine
        for made in tmp_path.glob("*.2.*"):
            made.unlink()
        assert importer("run", users, "--force").code == 1, number


@pytest.fixture
def refusing_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """After so many renames the disk takes no more: what a crash leaves there, too."""
    replace = Path.replace
    left = [1_000]

    def limited(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EIO, "the disk is gone")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", limited)
    return lambda count: left.__setitem__(0, count)


def renames(importer: Commands, disk: Callable[[int], None], *command: object) -> int:
    """Give the command with 0, 1, 2, … renames until it needs no more; how many it needs."""
    count = 0
    while True:
        disk(count)
        ended = importer(*command)
        if ended.code != 4:
            disk(1_000)
            return count
        count += 1


@pytest.mark.chaos
@pytest.mark.parametrize("command", ["run", "report", "validate"])
def test_a_crash_at_any_rename_leaves_files_that_the_next_command_knows_as_its_own(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, refusing_disk: Callable[[int], None], command: str
) -> None:
    users = write_users(tmp_path / "users.csv", [*PHONES, "12"])
    importer("run", users, "--limit", "1")
    result = tmp_path / "users.result.csv"
    given = {"run": ("run", users), "report": ("report", "latest"), "validate": ("validate", users, "-o", result)}
    assert renames(importer, refusing_disk, *given[command]) >= 4
    importer("run", users)
    assert not list(tmp_path.glob("*.2.*"))
    refusing_disk(3)
    assert importer("run", users, "--fresh").code == 4
    mine = result.read_bytes() + b"mine"
    result.write_bytes(mine)
    refusing_disk(1_000)
    importer("run", users)
    assert result.read_bytes() == mine
    assert (tmp_path / "users.result.2.csv").exists()


def test_a_checked_file_that_a_person_has_corrected_stays_and_an_untouched_one_is_replaced(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, checked = write_users(tmp_path / "users.csv", [*PHONES, "12"]), tmp_path / "checked.csv"
    for command in ("validate", "validate", "run", "validate"):
        importer(command, users, "-o", checked)
    assert not list(tmp_path.glob("*.2.*"))
    mine = checked.read_bytes() + b"mine"
    checked.write_bytes(mine)
    ended = importer("validate", users, "-o", checked, "--json")
    assert "checked.csv was changed after it was written" in ended.err
    assert ended.json["output"] == str(tmp_path / "checked.2.csv")
    assert checked.read_bytes() == mine


def test_a_checked_file_replaces_no_result_of_another_import_and_none_that_the_journal_has_lost(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, result = write_users(tmp_path / "users.csv", PHONES), tmp_path / "users.result.csv"
    importer("run", users)
    before, other = result.read_bytes(), write_users(tmp_path / "other.csv", PHONES[:2])
    ended = importer("validate", other, "-o", result, "--json")
    assert "users.result.csv belongs to run" in ended.err
    assert ended.json["output"] == str(tmp_path / "users.result.2.csv")
    (tmp_path / "users.result.csv.manifest.json").rename(tmp_path / "kept.json")
    assert "users.result.csv is not known to be as" in importer("validate", other, "-o", result).err
    (tmp_path / "kept.json").rename(tmp_path / "users.result.csv.manifest.json")
    shutil.rmtree(tmp_path / "home")
    assert "users.result.csv belongs to run" in importer("validate", users, "-o", result).err
    assert result.read_bytes() == before


@pytest.mark.parametrize("correct", [True, False])
def test_rejected_rows_of_a_refused_file_stay_if_a_person_has_corrected_them(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, *, correct: bool
) -> None:
    users, rejected = write_users(tmp_path / "users.csv", [*PHONES, "12"]), tmp_path / "users.rejected.csv"
    assert importer("run", users, "--max-invalid", "0").code == 3
    mine = rejected.read_bytes() + b"mine" * correct
    rejected.write_bytes(mine)
    book = tmp_path / "users.rejected.xlsx"
    corrected = book.read_bytes() + b"mine" * correct
    book.write_bytes(corrected)
    assert importer("run", users, "--max-invalid", "0").code == 3
    assert (tmp_path / "users.rejected.csv.previous").read_bytes() == mine
    assert (tmp_path / "users.rejected.xlsx.previous").read_bytes() == corrected
    rejected.write_bytes(mine)
    assert importer("run", users).code == 1
    assert (tmp_path / "users.rejected.2.csv").exists() == correct
    assert rejected.read_bytes() == mine, "the same rows are rejected as before"


def test_what_a_person_changes_while_rows_are_sent_is_not_overwritten_in_the_end(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users, result = write_users(tmp_path / "users.csv", PHONES), tmp_path / "users.result.csv"
    importer("run", users, "--limit", "1")
    mine = result.read_bytes() + b"mine"
    sandbox.set(latency=300)
    threading.Timer(0.3, result.write_bytes, [mine]).start()
    ended = importer("run", users, "--concurrency", "1")
    assert "users.result.2.csv" in ended.err
    assert result.read_bytes() == mine
    assert len(read_rows(tmp_path / "users.result.2.csv")) == 3
