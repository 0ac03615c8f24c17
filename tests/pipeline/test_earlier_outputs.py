"""What stands in the output's place already: a person's corrections, another run's output, yesterday's result."""

import json
import os
import threading
import time
from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer import pipeline
from importer.errors import StorageFailed
from importer.sandbox import Sandbox

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
]


def test_a_manifest_of_somebody_else_is_not_replaced(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    """Nor is a folder in its place, nor a pipe, which would never end."""
    users = write_users(tmp_path / "users.csv", PHONES)
    theirs = [tmp_path / f"users.result{f'.{number}' * (number > 1)}.csv.manifest.json" for number in range(1, 15)]
    for path, text in zip(theirs, FOREIGN, strict=False):
        path.write_text(text, encoding="utf-8")
    theirs[12].mkdir()
    os.mkfifo(theirs[13])
    ended = importer("run", users)
    assert ended.code == 0
    assert "users.result.csv.manifest.json is no manifest of this program" in ended.err
    assert [path.read_text(encoding="utf-8") for path in theirs[:12]] == FOREIGN
    assert [path.name for path in tmp_path.glob("users.result*.csv")] == ["users.result.15.csv"]


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
    from importer import load, run

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
