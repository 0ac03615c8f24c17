"""A wrong optional field: it refuses its row, or with ``--optional drop`` it alone is left out."""

from pathlib import Path

import pandas as pd
import pytest
from support.commands import Commands, read_rows

from importer.cleaning import Decisions, FileEvidence
from importer.model import empty_issues
from importer.sandbox import Sandbox
from schemas.fields import FIELDS

HEADER = "phone,email,firstname,lastname,date_of_birth,identifier,country,gender,nationality\n"
WRONG = {
    "email": "no address", "firstname": "А??а", "lastname": "И????в", "date_of_birth": "31.02.1990",
    "identifier": "7.70112E+10", "country": "Nowhereland", "gender": "5", "nationality": "x" * 201,
}  # fmt: skip


def lines(*rows: dict[str, str]) -> str:
    return HEADER + "".join(",".join(row.get(name, "") for name in FIELDS) + "\n" for row in rows)


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A row for each optional field that is wrong, a bad phone with a bad gender, and a repeat of the first phone."""
    rows = [{"phone": f"+7701000000{at}", name: cell} for at, (name, cell) in enumerate(WRONG.items())]
    rows += [{"phone": "12", "gender": "5"}, {"phone": "+77010000000", "gender": "5"}]
    path = tmp_path / "users.csv"
    path.write_text(lines(*rows), encoding="utf-8")
    return path


def test_a_strict_run_says_how_many_rows_drop_would_save_and_drop_sends_just_those(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    told = importer("validate", users, "--json").json
    assert (told["saved_by_drop"], told["statuses"]["invalid"]) == (8, 10)
    ended = importer("run", users)
    assert ended.code == 1
    assert "8 invalid rows have a phone and are wrong in optional fields alone: --optional drop" in ended.out
    assert sandbox.users() == []
    ended = importer("run", users, "--optional", "drop", "--json")
    assert ended.json["saved_by_drop"] == 0
    assert sorted(user["phone"] for user in sandbox.users()) == [f"+7701000000{at}" for at in range(8)]
    assert all(set(user["body"]) == {"phone"} for user in sandbox.users()), "nothing wrong was sent"
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_status"] for row in rows] == ["created"] * 8 + ["invalid", "duplicate"]
    for row, (name, cell) in zip(rows, WRONG.items(), strict=False):
        assert f"'{cell[:100]}" in row["import_note"]
        assert row["import_note"].startswith(f"{name} (column")
        assert "→ left out: " in row["import_note"]
        assert row[name] == cell, "the output keeps the cell as it was"
    assert "gender" not in rows[8]["import_error"]


def test_rows_refused_by_a_strict_run_pass_with_drop_also_when_that_run_is_interrupted(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    importer("run", users)
    rejected = tmp_path / "users.rejected.csv"
    assert len(read_rows(rejected)) == 10
    importer("run", rejected, "--optional", "drop", "--limit", "3")
    assert len(sandbox.users()) == 3
    importer("run", rejected, "--optional", "drop")
    assert sorted(user["phone"] for user in sandbox.users()) == [f"+7701000000{at}" for at in range(8)]
    assert all(set(user["body"]) == {"phone"} for user in sandbox.users())


def test_a_date_that_was_ambiguous_in_its_file_is_left_out_of_a_corrected_one_too(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The bad phone is corrected; the date beside it would be decided by the only neighbour that is left."""
    users = tmp_path / "users.csv"
    users.write_text(
        lines(
            {"phone": "12", "date_of_birth": "01/02/1990"},
            {"phone": "13", "date_of_birth": "31/12/1990"},
            {"phone": "+77010000003", "date_of_birth": "12/31/1990"},
        ),
        encoding="utf-8",
    )
    importer("run", users, "--optional", "drop")
    rejected = tmp_path / "users.rejected.csv"
    text = rejected.read_text(encoding="utf-8").replace("\n12,", "\n+77010000001,").replace("\n13,", "\n+77010000002,")
    rejected.write_text(text, encoding="utf-8")
    importer("run", rejected, "--optional", "drop")
    born = {user["phone"]: user["body"].get("date_of_birth", "") for user in sandbox.users()}
    assert born == {"+77010000001": "", "+77010000002": "1990-12-31", "+77010000003": "1990-12-31"}


@pytest.mark.parametrize(
    "cell",
    [
        "31/12/1990 or 1991",
        "31/12/1990-01/01/1991",
        "31/12-1990",
        "31 12 90",
        "31/12/9",
        "31/12/1990 (?)",
        "31/12/1990 x",
    ],
)
def test_a_date_that_cannot_be_read_decides_no_order(cell: str) -> None:
    evidence = FileEvidence(Decisions("2026-01-01"))
    frame = pd.DataFrame({name: pd.Series(["", ""], dtype="str") for name in FIELDS})
    evidence.add(frame.assign(date_of_birth=pd.Series([cell, "01/02/1990"], dtype="str")), empty_issues())
    assert evidence.decide().date_order == "none"


@pytest.mark.parametrize("cell", ["31/12/1990 10:15", "31/12/1990 г.", " 31/12/1990", "31-12-90"])
def test_a_date_that_can_be_read_with_what_stands_around_it_decides(cell: str) -> None:
    evidence = FileEvidence(Decisions("2026-01-01"))
    frame = pd.DataFrame({name: pd.Series(["", ""], dtype="str") for name in FIELDS})
    evidence.add(frame.assign(date_of_birth=pd.Series([cell, "01/02/1990"], dtype="str")), empty_issues())
    assert evidence.decide().date_order == "dmy"
