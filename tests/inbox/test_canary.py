"""A canary in an inbox: a file of which --limit left rows waits, and the next pass without it sends them."""

from pathlib import Path

from support.commands import Commands, read_rows

from importer.sandbox import Sandbox


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
