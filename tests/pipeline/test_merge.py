"""Corrected rows joined with the result that they were refused in: one list, in the order of the original."""

from pathlib import Path

import pytest
from support.commands import Commands, read_rows

from importer.mapping import header_score
from importer.reading import open_table
from importer.sandbox import Sandbox

ROWS = [
    "phone,firstname,gender,note",
    "+77010000001,Ann,F,a",
    "12,Bob,M,b",
    "",
    "+77010000003,Eve,5,c",
    "+77010000001,Dan,M,007",
    "13,Joe,5,e",
]


@pytest.fixture
def corrected(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> tuple[Path, Path]:
    """The result of a file, and that of its rejected rows: one of four is still wrong, and one was deleted."""
    users = tmp_path / "users.csv"
    users.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    importer("run", users)
    rejected = tmp_path / "users.rejected.csv"
    lines = rejected.read_text(encoding="utf-8").replace("\n12,", "\n+77010000002,").replace("Eve,5", "Eve,F")
    kept = [line for line in lines.splitlines(keepends=True) if not line.startswith("13,")]
    rejected.write_text("".join(kept), encoding="utf-8")
    importer("run", rejected)
    return tmp_path / "users.result.csv", tmp_path / "users.rejected.result.csv"


def test_each_row_has_its_last_status_in_the_original_order_and_nothing_is_overwritten(
    importer: Commands, corrected: tuple[Path, Path], tmp_path: Path, sandbox: Sandbox
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.glob("users*")}
    ended = importer("merge", *corrected)
    assert ended.code == 1, ended.err
    rows = read_rows(tmp_path / "users.merged.csv")
    assert [(row["phone"], row["gender"], row["import_status"]) for row in rows] == [
        ("+77010000001", "F", "created"),
        ("+77010000002", "M", "created"),
        ("+77010000003", "F", "created"),
        ("+77010000001", "M", "duplicate"),
        ("13", "5", "invalid"),
    ]
    users = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert [row["freedom_id"] for row in rows[:3]] == [users[f"+7701000000{at}"] for at in (1, 2, 3)]
    assert [row["import_row"] for row in read_rows(tmp_path / "users.merged.rejected.csv")] == ["6", "7"]
    assert importer("merge", *corrected).code == 1
    assert (tmp_path / "users.merged.2.csv").read_bytes() == (tmp_path / "users.merged.csv").read_bytes()
    taken = importer("merge", *corrected, "-o", tmp_path / "users.csv")
    assert taken.code == 2
    assert "nothing is overwritten" in taken.err
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_second_correction_goes_into_the_merged_list(
    importer: Commands, corrected: tuple[Path, Path], tmp_path: Path
) -> None:
    importer("merge", *corrected)
    rejected = tmp_path / "users.merged.rejected.csv"
    text = rejected.read_text(encoding="utf-8").replace("+77010000001,Dan", "+77010000004,Dan")
    rejected.write_text(text.replace("13,Joe,5", "+77010000005,Joe,M"), encoding="utf-8")
    importer("run", rejected)
    ended = importer("merge", "users.merged.csv", "users.merged.rejected.result.csv", "-o", "all.xlsx", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["statuses"]["created"] == 5
    cells = next(iter(open_table(Path("all.xlsx"), header_score=header_score).chunks())).cells
    assert cells[0].tolist() == [f"+7701000000{at}" for at in (1, 2, 3, 4, 5)]


def changed(path: Path, *changes: tuple[str, str]) -> Path:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    other = path.with_name("other.csv")
    other.write_text(text, encoding="utf-8")
    return other


MISFITS = {
    "numbers of two rows exchanged": ([(",b,3,", ",b,5,"), (",c,5,", ",c,3,")], "its cells are those of another row"),
    "a number twice": ([(",c,5,", ",c,3,")], "stands in two rows"),
    "no such row": ([(",c,5,", ",c,500,")], "import_row 500: there is no such row"),
    "a row that was created": ([(",b,3,", ",b,2,")], "that row is created and was not to be corrected"),
    "every right cell changed": ([("Bob,M,b", "Rob,F,x")], 'its "firstname" was right and is another now'),
    "a right number without its zero": ([("M,007,", "M,7,")], 'its "note" was right and has lost'),
    "a right cell emptied": ([("Bob,M,b", "Bob,M,")], 'its "note" was right'),
    "no number": ([(",b,3,", ",b,,")], "is no row number"),
    "a word": ([(",b,3,", ",b,three,")], "is no row number"),
}


def test_a_neighbour_that_was_mended_as_well_is_a_correction_and_its_note_says_so(
    importer: Commands, corrected: tuple[Path, Path], tmp_path: Path
) -> None:
    for old, new, headers in (
        ("Bob,M,b", "Rob,M,b", '"firstname"'),
        ("Bob,M,b", "Eve,M,b", '"firstname"'),  # another row's name, and one cell of its own
        ("Bob,M,b", "Bob,F,x", '"gender", "note"'),
        (",Dan,M,007", ",Dan,M,b", '"note"'),
    ):
        ended = importer("merge", corrected[0], changed(corrected[1], (old, new)), "-o", tmp_path / "all.csv")
        assert ended.code == 1, ended.err
        noted = [row for row in read_rows(tmp_path / "all.csv") if "by hand" in row["import_note"]]
        assert [row["firstname"] for row in noted] == [new.split(",")[-3]]
        assert noted[0]["import_note"].endswith(f"corrected by hand besides: {headers}")
        for made in tmp_path.glob("all*"):
            made.unlink()


def test_a_row_that_does_not_fit_ends_with_exit_5_and_nothing_written(
    importer: Commands, corrected: tuple[Path, Path], tmp_path: Path
) -> None:
    for what, (changes, said) in MISFITS.items():
        ended = importer("merge", corrected[0], changed(corrected[1], *changes))
        assert (what, ended.code) == (what, 5), ended.err
        assert said in ended.err, what
        assert "Bob" not in ended.err
    ended = importer("merge", corrected[0], changed(corrected[1], ("firstname", "surname")))
    assert (ended.code, "firstname, surname" in ended.err) == (3, True), "other columns"
    assert importer("merge", tmp_path / "users.csv", corrected[1]).code == 2, "no output"
    ended = importer("merge", corrected[0], changed(corrected[1], ("import_row", "number")))
    assert (ended.code, "has no column import_row" in ended.err) == (2, True), "no result of rejected rows"
    assert importer("merge", tmp_path / "none.csv", corrected[1]).code == 3
    assert not list(tmp_path.glob("*merged*"))


def test_a_workbook_is_joined_as_a_workbook_and_spacing_and_case_are_no_change(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = tmp_path / "users.csv"
    users.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    importer("run", users, "-o", tmp_path / "list.xlsx")  # a new workbook: its rows are not where the input's are
    rejected = tmp_path / "users.rejected.csv"
    importer("run", users)
    text = rejected.read_text(encoding="utf-8").replace("\n12,Bob", "\n+77010000002,BOB ").replace("Eve,5", "Eve,F")
    rejected.write_text(text, encoding="utf-8")
    importer("run", rejected)
    ended = importer("merge", "list.xlsx", "users.rejected.result.csv")
    assert ended.code == 1, ended.err
    cells = next(iter(open_table(tmp_path / "list.merged.xlsx", header_score=header_score).chunks())).cells
    assert cells[0].tolist() == ["+77010000001", "+77010000002", "+77010000003", "+77010000001", "13"]
    assert cells[5].tolist() == ["created", "created", "created", "duplicate", "invalid"]
