"""A canary in an inbox: a file of which --limit left rows waits, and the next pass without it sends them."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.commands import Commands, read_rows

from importer.inbox import passes as inbox_passes
from importer.inbox.canaries import Canaries
from importer.inbox.folders import Folders
from importer.inbox.passes import Passes
from importer.inbox.sweep import Inbox
from importer.model import Status, Summary
from importer.notify.ending import Ending
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import Settings

PEOPLE = "phone,firstname\n+77010000001,Ann\n+77010000002,Bob\n"


def test_a_file_of_which_limit_left_rows_waits_in_working_and_the_next_pass_sends_them(
    importer: Commands, sandbox: Sandbox, box: Path
) -> None:
    (box / "a.csv").write_text("phone,firstname\n+77010000001,Ann\n+77010000002,Bob\n", encoding="utf-8")
    (box / "b.csv").write_text("phone,firstname\n+77010000003,Cy\n", encoding="utf-8")
    ended = importer("inbox", box, "--settle", "0s", "--limit", 1, "--json")
    one, other = ended.json["files"]
    assert (ended.code, one["exit_code"], one["folder"], other["exit_code"]) == (1, 1, "", 0)
    assert "waits in working" in one["message"]
    assert (box / "working" / "a.csv").is_file()
    assert len(read_rows(box / "working" / "a.result.csv")) == 2
    assert len(sandbox.users()) == 2, "the others are not kept waiting"
    ended = importer("inbox", box, "--settle", "0s", "--json")
    assert [(one["name"], one["exit_code"]) for one in ended.json["files"]] == [("a.csv", 0)]
    (filed,) = (box / "done").glob("*/*-a.csv")
    assert [row["import_status"] for row in read_rows(filed / "a.result.csv")] == ["created"] * 2
    assert not [path for path in (box / "working").iterdir() if path.name != ".lock"]


def test_who_stays_tells_of_a_canary_once_and_of_a_later_file_of_its_name_which_stops_no_other(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, imported = list[Ending](), list[str]()
    monkeypatch.setattr(inbox_passes, "tell", lambda _settings, endings, notified: told.extend(endings * notified))
    settings = Settings(home=tmp_path / "home", limit=1)

    def import_file(path: Path, _settings: Settings, _watch: Watch) -> Summary:
        imported.append(path.name)
        left = {Status.NOT_SENT: 1} if path.name == "a.csv" else {}
        return Summary("run", "", 2, left, (), (), int(bool(left)))

    inbox = Inbox(Folders(box), lambda _: settings, settings.inbox.source_of, import_file, lambda _: None, 0, False)
    passes = Passes(inbox, settings, Watch(), threading.Event())
    (box / "a.csv").write_text(PEOPLE, encoding="utf-8")
    assert [passes.once() for _ in range(3)] == [1, 0, 0]
    (box / "a.csv").write_text(f"{PEOPLE}+77010000003,Cy\n", encoding="utf-8")
    (box / "b.csv").write_text(PEOPLE, encoding="utf-8")
    assert [passes.once() for _ in range(3)] == [1, 0, 0]
    assert imported == ["a.csv", "b.csv"]
    assert [(one.file, one.exit_code) for one in told] == [("a.csv", 1), ("a.csv", 1), ("b.csv", 0)]
    assert (told[1].message, told[1].folder) == (
        "an earlier a.csv waits in working for a pass without --limit",
        str(box),
    )
    assert len((box / "a.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert Passes(replace(inbox, _canaries=Canaries()), settings, Watch(), threading.Event()).once() == 1, "anew"
    imported.pop()
    (box / "working" / "a.csv").write_text(PEOPLE + PEOPLE, encoding="utf-8")
    passes.once()
    assert imported[2:] == ["a.csv"], "it is another one"
