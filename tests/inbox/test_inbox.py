"""A folder that imports what is put into it: each file is taken once, whole, and filed where its end says."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from support.commands import Commands, read_rows

from importer.inbox import folders as inbox_folders
from importer.inbox.arrivals import candidates
from importer.journal.lock import held

HEAD = "phone,firstname\n"


def put(box: Path, name: str, *phones: int, age: int = 0) -> Path:
    path = box / name
    path.write_text(HEAD + "".join(f"+770100000{phone:02},Ann\n" for phone in phones), encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def sweep(importer: Commands, box: Path, *options: object, **environ: str) -> Any:
    return importer("inbox", box, "--settle", "0s", "--json", *options, **environ)


def filed(box: Path, kind: str) -> dict[str, list[str]]:
    """What lies under done/ or refused/: name of the file → names in its folder."""
    folders = sorted((box / kind).glob("*/*"))
    return {one.name.partition("-")[2]: sorted(path.name for path in one.iterdir()) for one in folders}


def left(box: Path) -> list[str]:
    """Names that are still on their way."""
    names = (path.name for where in (box, box / "working") for path in where.iterdir() if path.is_file())
    return sorted(name for name in names if name != ".lock")


def test_a_pass_takes_the_oldest_first_and_files_each_where_its_end_says(importer, sandbox, box):
    put(box, "young.csv", 1, 2, age=10)
    put(box, "old.csv", 3, age=90)
    (box / "broken.xlsx").write_bytes(b"no workbook at all")
    ended = sweep(importer, box)
    told = ended.json
    assert (ended.code, told["exit_code"]) == (3, 3)
    assert [(one["name"], one["exit_code"]) for one in told["files"]] == [
        ("old.csv", 0), ("young.csv", 0), ("broken.xlsx", 3),
    ]  # fmt: skip
    assert filed(box, "done") == {
        name: [name, f"{stem}.result.csv", f"{stem}.result.csv.manifest.json"]
        for name, stem in (("old.csv", "old"), ("young.csv", "young"))
    }
    assert filed(box, "refused") == {"broken.xlsx": ["broken.xlsx", "reason.txt"]}
    reason = next((box / "refused").rglob("reason.txt")).read_text(encoding="utf-8")
    assert "no phone column" in reason
    assert left(box) == []
    result = read_rows(next((box / "done").rglob("young.result.csv")))
    assert [row["import_status"] for row in result] == ["created", "created"]
    assert len(sandbox.users()) == 3


def test_an_empty_inbox_is_no_failure(importer, sandbox, box):
    assert sweep(importer, box).code == 0


@pytest.mark.parametrize(
    "name",
    [".hidden.csv", "~$open.xlsx", "a.csv.part", "a.csv.tmp", "a.csv.filepart", "a.csv.crdownload", "a.result.csv",
     "a.rejected.xlsx", "a.result.2.csv", "a.result.csv.manifest.json", "a.result.previous.csv", "notes.docx",
     "a.csv.done"],
)  # fmt: skip
def test_what_is_hidden_unfinished_ours_or_no_table_is_not_taken(box, name):
    (box / name).write_text(HEAD, encoding="utf-8")
    assert candidates(box) == {}


@pytest.mark.parametrize(
    "name", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.csv.gz", "a.xlsx", "a.xls", "a.ods", "клиенты 1.csv"]
)
def test_tables_are_taken(box, name):
    (box / name).write_text(HEAD, encoding="utf-8")
    assert [path.name for path in candidates(box)] == [name]


def test_a_file_that_is_still_being_copied_waits_for_the_pass_after(importer, sandbox, box):
    put(box, "whole.csv", 1)
    growing = put(box, "growing.csv", 2)
    ended = threading.Event()

    def copy() -> None:
        with growing.open("a", encoding="utf-8") as file:
            for number in range(3, 90):
                file.write(f"+770100000{number:02},Ann\n")
                file.flush()
                if ended.wait(0.05):
                    return

    writer = threading.Thread(target=copy)
    writer.start()
    try:
        told = importer("inbox", box, "--settle", "1s", "--json").json
    finally:
        ended.set()
        writer.join()
    assert [one["name"] for one in told["files"]] == ["whole.csv"]
    assert left(box) == ["growing.csv"]
    rows = len(growing.read_text(encoding="utf-8").splitlines()) - 1
    assert sweep(importer, box).json["files"][0]["summary"]["statuses"]["created"] == rows


def test_only_marked_files_are_taken_where_markers_are_demanded_and_the_marker_moves_along(importer, sandbox, box):
    put(box, "a.csv", 1)
    put(box, "b.csv", 2)
    (box / "b.csv.ready").touch()
    told = sweep(importer, box, "--marker").json
    assert [one["name"] for one in told["files"]] == ["b.csv"]
    assert "b.csv.ready" in filed(box, "done")["b.csv"]
    assert left(box) == ["a.csv"]


def test_the_same_content_again_is_recognised_and_sent_nowhere(importer, sandbox, box):
    put(box, "a.csv", 1, 2)
    sweep(importer, box)
    requests = sandbox.stats()["requests"]
    (box / "again.csv").write_text(HEAD + "+77010000001,Ann\n+77010000002,Ann\n", encoding="utf-8")
    ended = sweep(importer, box)
    assert (ended.code, ended.json["files"][0]["summary"]["repeated"]) == (0, True)
    assert sandbox.stats()["requests"] == requests
    assert sorted(filed(box, "done")) == ["a.csv", "again.csv"]


def test_no_file_is_refused_for_a_journal_that_cannot_be_used(importer, sandbox, box, tmp_path):
    """A newer program's, one whose folder others may write: all files would be refused in one night."""
    put(box, "a.csv", 1)
    journal = tmp_path / "home" / "journal.db"
    assert sweep(importer, box).code == 0
    put(box, "b.csv", 2)
    journal.parent.chmod(0o777)
    ended = sweep(importer, box)
    assert (ended.code, left(box), filed(box, "refused")) == (2, ["b.csv"], {}), ended.err
    journal.parent.chmod(0o700)
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    ended = sweep(importer, box)
    assert (ended.code, left(box), filed(box, "refused")) == (2, ["b.csv"], {}), ended.err
    assert "newer version" in ended.err


def test_a_stopped_file_ends_the_pass_and_the_next_pass_resumes_it(importer, sandbox, box):
    put(box, "first.csv", *range(1, 6), age=60)
    put(box, "second.csv", 7)
    sandbox.set(error_share=1.0)
    ended = sweep(importer, box, "--outage-limit", "0s")
    assert (ended.code, left(box)) == (
        4,
        ["first.csv", "first.result.csv", "first.result.csv.manifest.json", "second.csv"],
    )
    sandbox.set(error_share=0.0)
    assert sweep(importer, box).code == 0
    assert sorted(filed(box, "done")) == ["first.csv", "second.csv"]
    assert len(sandbox.users()) == 6


def test_a_crash_at_any_step_of_the_moves_loses_no_file_and_imports_none_twice(importer, sandbox, box, monkeypatch):
    steps = 0
    for crash_at in range(1, 20):
        put(box, f"file{crash_at}.csv", 2 * crash_at, 2 * crash_at + 1)
        moves = 0

        def moved(source: Path, target: Path, *, limit: int = crash_at, move: Any = inbox_folders._moved) -> Path:
            nonlocal moves
            moves += 1
            if moves == limit:
                raise KeyboardInterrupt
            return move(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(inbox_folders, "_moved", moved)
            importer("inbox", box, "--settle", "0s")
        steps = crash_at
        sweep(importer, box)
        names = [path.name for path in (box / "done").rglob(f"file{crash_at}.csv")]
        assert (names, left(box)) == ([f"file{crash_at}.csv"], [])
        if moves < crash_at:
            break
    assert steps > 4
    phones = [user["body"]["phone"] for user in sandbox.users()]
    assert len(phones) == len(set(phones)) == 2 * steps


def test_a_second_pass_at_the_same_time_leaves_with_4_and_touches_nothing(importer, sandbox, box):
    put(box, "a.csv", 1)
    (box / "working").mkdir()
    with held(box / "working" / ".lock", wait=False):
        ended = sweep(importer, box)
    assert ended.code == 4
    assert "another pass" in ended.json["message"]
    assert left(box) == ["a.csv"]


def test_a_source_has_its_own_profile_and_options_and_a_refused_file_is_released_once(importer, sandbox, box, tmp_path):
    (tmp_path / "vendor.toml").write_text('map = ["Contact=phone"]\n', encoding="utf-8")
    config = tmp_path / "nightly.toml"
    config.write_text(
        f'[inbox]\ndir = "{box}"\n[[inbox.source]]\nmatch = "vendor_*.csv"\nname = "vendor"\n'
        f'profile = "{tmp_path / "vendor.toml"}"\nmax_invalid = 0\n',
        encoding="utf-8",
    )
    for path in (config, tmp_path / "vendor.toml"):
        path.chmod(0o600)
    text = "Contact,firstname\n+77010000001,Ann\nno phone,Bob\n"
    (box / "Vendor_1.csv").write_text(text, encoding="utf-8")
    ended = importer("inbox", "--config", config, "--settle", "0s", "--json")
    assert [(one["source"], one["exit_code"]) for one in ended.json["files"]] == [("vendor", 3)]
    ended = importer("inbox", "--config", config, "--settle", "0s", "--json", "--release", "Vendor_1.csv")
    assert ended.code == 1
    assert len(sandbox.users()) == 1
    names = filed(box, "done")["Vendor_1.csv"]
    record = json.loads(next((box / "done").rglob("*.released.json")).read_text(encoding="utf-8"))
    assert {"released_by", "released_at", "refused", "sha256"} <= set(record), names
    (box / "Vendor_1.csv").write_text(text + "no phone,Eve\n", encoding="utf-8")
    assert importer("inbox", "--config", config, "--settle", "0s").code == 3


def test_a_file_that_is_not_there_is_not_released(importer, sandbox, box):
    assert importer("inbox", box, "--release", "nothing.csv").code == 2


def test_who_stays_takes_files_as_they_come_and_ends_when_asked(sandbox, box, tmp_path):
    command = [sys.executable, "-m", "importer", "inbox", str(box), "--settle", "0s", "--watch"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            for name, phone in (("a.csv", 1), ("b.csv", 2)):
                put(box, f".{name}", phone).rename(box / name)
                deadline = time.monotonic() + 40
                while name not in filed(box, "done") and time.monotonic() < deadline:
                    time.sleep(0.1)
                assert name in filed(box, "done")
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=40)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert "inbox: 2 files" in out
