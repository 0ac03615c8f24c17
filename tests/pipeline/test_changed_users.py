"""Known people beside what was sent of them: changed fields are named and counted, phones of others are refused."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.creating import TakenPhone, sending
from importer.journal import Journal
from importer.model import Changes
from importer.planning import changed_users
from importer.planning.changed_users import ChangedUsers
from importer.planning.gates import GateRefusal, refuse_changes
from importer.sandbox import Sandbox
from importer.settings import load

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701000000{number}" for number in range(8)]
FIRST = ["Айгерим", "Асан", "Олжас", "Дана", "Ерлан", "Жанна", "Мария", "Пётр"]
LAST = ["Серикова", "Усенов", "Касымов", "Ахметова", "Маратов", "Кунаева", "Ким", "Ли"]
EMAIL = [f"u{number}@example.com" for number in range(8)]


def people(path: Path, **columns: list[str]) -> Path:
    return write_users(path, PHONES, **{"firstname": FIRST, "lastname": LAST, "email": EMAIL, **columns})


def forget_prints(folder: Path) -> None:
    """The ledger as a version left it that kept no prints of users."""
    with Journal.open(str(folder / "home" / "journal.db")) as journal:
        journal.ledger.fold()
        with journal.database.writing() as connection:
            connection.exec_driver_sql("UPDATE ledger SET prints = NULL")


def test_changed_fields_are_named_in_the_note_and_counted_and_nothing_is_sent(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    now = people(
        tmp_path / "two.csv",
        #          same        case        translit  married     one name  both      blank  swapped
        firstname=["Айгерим", "АСАН", "Olzhas", "Дана", "Ермек", "Иван", "", "Ли"],
        lastname=["Серикова", "УСЕНОВ", "Kassymov", "Ли", "Маратов", "Пак", "", "Пётр"],
        email=[*EMAIL[:6], "", "new@example.com"],
        gender=["", "", "", "F", "", "F", "", ""],
    )
    ended = importer("run", now, "--json")
    assert ended.code == 1
    rows = read_rows(tmp_path / "two.result.csv")
    assert [row["import_status"] for row in rows] == [*["already_imported"] * 5, "duplicate", *["already_imported"] * 2]
    notes = [row["import_note"].removeprefix("changed since it was sent: ") for row in rows]
    assert notes == [
        "",
        "firstname, lastname",
        "firstname, lastname",
        "lastname, gender",
        "firstname",
        "",
        "",
        "email, firstname, lastname",
    ]
    other = rows[5]
    assert (other["freedom_id"], other["import_error_code"]) == ("", "phone_of_another_person")
    runs = importer("runs").out
    assert other["import_error"].split(" in run ")[1][:12] in runs
    assert "--accept-other-names" in other["import_error"]
    assert ended.json["changes"] == {
        "new": 0,
        "same": 2,
        "changed": 5,
        "other_names": 1,
        "fields": {"email": 1, "firstname": 4, "lastname": 4, "gender": 1},
        "missing": None,
        "samples": [],
    }
    assert sandbox.stats()["requests"] == 8, "nothing was sent"
    told = importer("report", "latest", "-o", tmp_path / "again.csv").out
    assert "5 changed (email 1, firstname 4, lastname 4, gender 1)" in told
    assert read_rows(tmp_path / "again.csv") == rows, "folding the repeats has lost no note"
    assert importer("verify", "latest", tmp_path / "two.result.csv").code == 0
    checked = importer("validate", now, "--json")
    assert checked.json["changes"] == ended.json["changes"]
    assert checked.json["statuses"] == ended.json["statuses"]
    assert [cause["code"] for cause in checked.json["causes"]] == ["phone_of_another_person"]
    journal = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("journal.db*"))
    assert not any(word.encode() in journal for word in ("Ермек", "new@example.com", "Олжас"))


def test_other_names_are_accepted_where_that_is_said_and_rejected_rows_ask_again(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    now = people(tmp_path / "two.csv", firstname=["Иван", *FIRST[1:]], lastname=["Пак", *LAST[1:]])
    assert importer("run", now).code == 1
    rejected = tmp_path / "two.rejected.csv"
    assert importer("run", rejected).code == 1, "unchanged, it is refused again"
    assert [row["import_error_code"] for row in read_rows(tmp_path / "two.rejected.result.csv")] == [
        "phone_of_another_person"
    ]
    assert importer("run", rejected, "--accept-other-names").code == 0
    assert importer("run", now, "--accept-other-names").code == 0
    (first, *_) = read_rows(tmp_path / "two.result.csv")
    assert first["import_status"] == "already_imported"
    assert first["import_note"] == "changed since it was sent: firstname, lastname"
    assert sandbox.stats()["requests"] == 8


def test_a_phone_that_another_run_imports_for_somebody_else_meanwhile_gives_no_row_that_users_freedom_id(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = people(tmp_path / "one.csv")
    importer("run", users, "--limit", "2")
    names = {"firstname": ["Иван", *FIRST[5:]], "lastname": ["Пак", *LAST[5:]]}
    assert importer("run", write_users(tmp_path / "two.csv", PHONES[4:], **names)).code == 0
    (somebody, *same) = [row["freedom_id"] for row in read_rows(tmp_path / "two.result.csv")]
    ended = importer("run", users, "--json")
    assert ended.code == 1
    rows = read_rows(tmp_path / "one.result.csv")
    assert [row["import_status"] for row in rows] == [*["created"] * 4, "duplicate", *["already_imported"] * 3]
    assert (rows[4]["freedom_id"], rows[4]["import_error_code"]) == ("", "phone_of_another_person")
    assert "--accept-other-names" in rows[4]["import_error"]
    assert [row["freedom_id"] for row in rows[5:]] == same
    assert [row["phone"] for row in read_rows(tmp_path / "one.rejected.csv")] == [PHONES[4]]
    assert importer("verify", ended.json["run"], tmp_path / "one.result.csv").code == 0
    assert importer("run", users, "--accept-other-names").code == 0
    assert read_rows(tmp_path / "one.result.csv")[4]["freedom_id"] == somebody
    assert len(sandbox.users()) == len(PHONES)


def test_a_run_that_goes_on_by_its_name_still_accepts_other_names(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    began = importer("run", people(tmp_path / "one.csv"), "--limit", "2", "--accept-other-names", "--json")
    names = {"firstname": ["Иван"], "lastname": ["Пак"]}
    assert importer("run", write_users(tmp_path / "two.csv", PHONES[4:5], **names)).code == 0
    assert importer("run", "--resume", began.json["run"]).code == 0
    assert read_rows(tmp_path / "one.result.csv")[4]["import_status"] == "already_imported"
    assert len(sandbox.users()) == len(PHONES)


def test_a_row_in_doubt_is_not_settled_with_the_freedom_id_of_somebody_else(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, ours = people(tmp_path / "one.csv"), sending.phone_owner_of
    names = {"firstname": ["Иван", FIRST[7]], "lastname": ["Пак", LAST[7]]}

    def as_of_before(*_asked: object, **_told: object) -> TakenPhone:
        """What was known while the other run's request was on its way."""
        return TakenPhone("", doubt=True)

    importer("run", users, "--limit", "2")
    importer("run", write_users(tmp_path / "two.csv", PHONES[6:], **names))
    monkeypatch.setattr(sending, "phone_owner_of", as_of_before)
    ended = importer("run", users, "--json")
    monkeypatch.setattr(sending, "phone_owner_of", ours)
    rows = read_rows(tmp_path / "one.result.csv")[6:]
    assert [(row["import_status"], row["import_error_code"]) for row in rows] == [
        ("duplicate", "phone_of_another_person"),
        ("already_imported", ""),
    ]
    assert rows[1]["freedom_id"] == read_rows(tmp_path / "two.result.csv")[1]["freedom_id"]
    assert importer("verify", ended.json["run"], tmp_path / "one.result.csv").code == 0
    assert len(sandbox.users()) == len(PHONES)


def test_of_users_without_prints_nothing_is_said_until_the_next_import_has_learnt_them(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    forget_prints(tmp_path)
    second = importer("run", people(tmp_path / "two.csv", lastname=LAST[::-1]), "--json").json
    assert (second["changes"]["same"], second["changes"]["changed"]) == (8, 0)
    third = importer("run", people(tmp_path / "three.csv", lastname=["Пак", *LAST[-2::-1]]), "--json").json
    assert third["changes"]["fields"] == {"lastname": 1}
    assert sandbox.stats()["requests"] == 8


def test_of_more_users_than_one_run_can_keep_in_mind_the_next_night_learns_the_next_ones(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    forget_prints(tmp_path)
    monkeypatch.setattr(changed_users, "MOST_LEARNT", 3)
    changed = []
    for night in range(1, 4):
        now = people(tmp_path / f"night{night}.csv", lastname=[f"{name}{'а' * night}" for name in LAST])
        changed.append(importer("run", now, "--json").json["changes"]["changed"])
    assert changed == [0, 3, 6]


def test_a_file_that_changes_too_many_is_refused_and_teaches_nothing(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    wrong = people(tmp_path / "two.csv", lastname=[*LAST[:4], *LAST[:3:-1]], country=["KAZ"] * 8)
    for limit, code in (("8", 0), ("7", 3), ("99%", 3), ("100%", 0)):
        for command in ("validate", "run"):
            ended = importer(command, wrong, "--max-changes", limit, "--json", "--fresh" if command == "run" else "-q")
            assert ended.code == code, (limit, command, ended.err)
            assert code == 0 or "8 of 8 known people differ" in ended.json["message"]
    assert importer("run", people(tmp_path / "one.csv"), "--fresh", "--max-changes", "0").code == 0
    assert importer("run", tmp_path / "one.csv", "--max-changes", "x").code == 2
    assert importer("validate", wrong, "-o", tmp_path / "checked.csv", "--max-changes", "1").code == 3
    assert not (tmp_path / "checked.csv").exists()
    assert len(importer("runs").out.splitlines()) == 5, "a refused file leaves no run"


@pytest.mark.parametrize(
    ("others", "how"), [(0, "(lastname 3)"), (2, "(lastname 3; 2 have the names of other people)")]
)
def test_the_refusal_of_too_many_changes_says_how_many_have_the_names_of_other_people(others: int, how: str) -> None:
    changes = Changes(same=1, changed=3, other_names=others, fields={"lastname": 3})
    with pytest.raises(GateRefusal, match=re.escape(how)):
        refuse_changes(changes, SimpleNamespace(), load({"max_changes": "0"}), Path("users.csv"))


@pytest.mark.parametrize("chunks_of", [[range(2, 5), range(5, 8)], [range(2, 3)]])
def test_chunks_are_counted_together_and_from_the_first_row_on_anew(chunks_of: list[range]) -> None:
    journal = SimpleNamespace(ledger=SimpleNamespace(keys=lambda: None))
    changes = ChangedUsers(journal, "https://api", None, SimpleNamespace(update=False))
    chunks = [
        pd.DataFrame({"phone": "+77010000001", "status": "not_sent", "freedom_id": ""}, index=rows)
        for rows in chunks_of
    ]
    for _ in range(2):  # a writer of an output starts over
        for plan in chunks:
            changes.mark(None, plan, {})
        assert changes.found.new == sum(map(len, chunks_of))


def test_a_damaged_print_is_no_change_of_anybody(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    importer("run", people(tmp_path / "one.csv"))
    importer("validate", tmp_path / "one.csv")
    with Journal.open(str(tmp_path / "home" / "journal.db")) as journal:
        journal.ledger.fold()
        with journal.database.writing() as connection:
            connection.exec_driver_sql("UPDATE ledger SET prints = zeroblob(52)")
    ended = importer("run", people(tmp_path / "two.csv", lastname=LAST[::-1]), "--json")
    assert ended.code == 5
    assert "damaged" in ended.json["message"]
    assert importer("verify", "latest").code == 5


@pytest.mark.parametrize("update", [[], ["--update"]])
def test_validate_with_update_is_the_plan(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, update: list[str]
) -> None:
    users = tmp_path / "users1.csv"
    importer("run", people(users), "-q")
    now = write_users(
        tmp_path / "users2.csv",
        [*PHONES[2:], "+77010000020"],
        firstname=[*FIRST[2:], "Нина"],
        lastname=["Пак", *LAST[3:], "Новая"],
        email=[*EMAIL[2:6], "x@example.com", "", "n@example.com"],
    )
    ended = importer("validate", now, "--json", *update)
    found = ended.json["changes"]
    assert (found["new"], found["same"], found["changed"]) == (1, 4, 2)
    assert found["fields"] == {"email": 1, "lastname": 1}
    assert found["missing"] == (2 if update else None)
    assert ended.json["statuses"]["not_sent"] == (3 if update else 1)
    assert found["samples"] == ([{"row": 2, "lastname": "П••"}, {"row": 6, "email": "x••••••••••••"}] if update else [])
    assert "Пак" not in json.dumps(ended.json, ensure_ascii=False)
    assert sandbox.stats()["requests"] == 8
    if update:
        shown = importer("validate", now, "--update").out
        assert "1 new, 2 changed (email 1, lastname 1), 4 the same, 2 missing since the last run" in shown
        checked = importer("validate", now, "--update", "-o", tmp_path / "checked.csv")
        assert checked.code == 0
        first = read_rows(tmp_path / "checked.csv")[0]
        assert (first["import_status"], first["freedom_id"]) == ("not_sent", "")
        assert "changed since it was sent: lastname; not updated; the user's FreedomID is" in first["import_note"]
