"""``--update``: what changed is sent, only that, once a person has seen the first one; phones move with their users."""

from pathlib import Path

import pytest
from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.errors import StorageFailed
from importer.journal import Journal
from importer.journal.integrity.keys import id_to_bytes
from importer.journal.ledger.repeated_ids import take_back
from importer.sandbox import Sandbox

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701000000{number}" for number in range(6)]
FIRST = ["Айгерим", "Асан", "Олжас", "Дана", "Ерлан", "Жанна"]
EMAIL = [f"u{number}@example.com" for number in range(6)]


def people(path: Path, phones: list[str] = PHONES, **columns: list[str]) -> Path:
    return write_users(path, phones, **{"firstname": FIRST, "email": EMAIL, **columns})


@pytest.fixture
def imported(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    """Six users are known, and an update was seen to be right at this address."""
    assert importer("run", people(tmp_path / "one.csv"), "--update", "--accept-updates").code == 0
    return sandbox


def bodies(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    return {user["phone"]: user["body"] for user in sandbox.users()}


def updates(sandbox: Sandbox) -> list[int]:
    """How often each of the six was updated."""
    found = {user["phone"]: user["updates"] for user in sandbox.users()}
    return [found[phone] for phone in PHONES]


def test_the_first_update_of_an_address_is_one_and_the_rest_waits_for_a_person(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    two = people(tmp_path / "two.csv", firstname=["Асель", "Арман", *FIRST[2:]])
    three = people(tmp_path / "three.csv", firstname=["Асель", *FIRST[1:5], "Жания"])
    before = sandbox.stats()["requests"]
    first = importer("run", two, "--update", "--json")
    assert first.code == 4
    assert "in row 2" in first.json["message"]
    assert "--accept-updates" in first.json["message"]
    assert sandbox.stats()["requests"] == before + 1
    rows = read_rows(tmp_path / "two.result.csv")
    assert [row["import_status"] for row in rows[:3]] == ["updated", "not_sent", "already_imported"]
    known = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert (rows[1]["freedom_id"], rows[1]["import_note"].split("is ")[-1]) == ("", known[PHONES[1]])
    assert importer("verify", "latest", tmp_path / "two.result.csv").code == 0
    assert importer("run", two, "--update").code == 4, "nobody has looked yet"
    assert importer("run", three, "--update").code == 4, "the address waits, whatever the file"
    assert sandbox.stats()["requests"] == before + 1
    accepted = importer("run", two, "--update", "--accept-updates", "--json")
    assert accepted.code == 0
    assert accepted.json["statuses"]["updated"] == 2
    assert importer("run", three, "--update").code == 0, "it is remembered"
    assert [row["import_status"] for row in read_rows(tmp_path / "three.result.csv")][-1] == "updated"
    assert sandbox.stats()["update_requests"] == 3 == sandbox.stats()["requests"] - before
    alone = people(tmp_path / "four.csv", firstname=["Асель", "Арман", *FIRST[2:5], "Жанара"])
    with Journal.open(str(tmp_path / "home" / "journal.db")) as journal, journal.database.writing() as connection:
        connection.exec_driver_sql("UPDATE apis SET updates = NULL")
    assert importer("run", alone, "--update").code == 4, "the first one stops also where it is the only one"
    assert importer("run", alone, "--update").code == 0, "and then nothing is left"


def test_a_limit_that_ends_before_the_first_update_of_an_address_is_no_trial(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Nor is it one that the API refuses, another user having the e-mail; the next command sends the next one."""
    importer("run", people(tmp_path / "one.csv"))
    new = ["+77020000001", "+77020000002"]
    names = ["Нина", "Олег", "Асель", "Арман", *FIRST[2:]]
    emails = ["", "", EMAIL[1], *EMAIL[1:]]
    two = write_users(tmp_path / "two.csv", [*new, *PHONES], firstname=names, email=emails)
    for _again in range(2):
        ended = importer("run", two, "--update", "--limit", "2", "--json")
        assert (ended.code, ended.json["statuses"]["created"], ended.json["statuses"]["not_sent"]) == (1, 2, 2)
    refused = importer("run", two, "--update", "--json")
    assert (refused.code, refused.json["statuses"]["rejected"]) == (4, 1)
    assert "the first update was not made" in refused.json["message"]
    first = importer("run", two, "--update", "--json")
    assert first.code == 4
    assert "one user was updated, in row 5" in first.json["message"]


def test_updates_are_accepted_also_where_their_run_goes_on_by_its_name(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", people(tmp_path / "one.csv"))
    two = people(tmp_path / "two.csv", firstname=["Асель", "Арман", *FIRST[2:]])
    run = importer("run", two, "--update", "--json").json["run"]
    assert importer("run", "--resume", run).code == 4
    ended = importer("run", "--resume", run, "--accept-updates", "--json")
    assert (ended.code, ended.json["statuses"]["updated"]) == (0, 2)


def test_only_the_changed_and_filled_fields_are_sent(importer: Commands, imported: Sandbox, tmp_path: Path) -> None:
    two = people(
        tmp_path / "two.csv",
        firstname=["Асель", "", *FIRST[2:]],
        email=["", "new@example.com", *EMAIL[2:]],
        gender=["", "", "M", "", "", ""],
    )
    before = bodies(imported)
    assert importer("run", two, "--update").code == 0
    after = bodies(imported)
    assert after[PHONES[0]] == {**before[PHONES[0]], "firstname": "Асель"}
    assert after[PHONES[1]] == {**before[PHONES[1]], "email": "new@example.com"}
    assert after[PHONES[2]] == {**before[PHONES[2]], "gender": "M"}
    assert updates(imported) == [1, 1, 1, 0, 0, 0]
    imported.set(update_clears=True)  # shows what was in the body
    assert importer("run", people(tmp_path / "three.csv", firstname=["Асем", *FIRST[1:]]), "--update").code == 0
    assert bodies(imported)[PHONES[0]] == {"phone": PHONES[0], "firstname": "Асем"}
    assert importer("run", two, "--update").code == 0, "content of an earlier day: users were changed since"
    assert bodies(imported)[PHONES[0]]["firstname"] == "Асель"
    requests = imported.stats()["requests"]
    assert importer("run", two, "--update", "--json").json["repeated"]
    assert imported.stats()["requests"] == requests


def test_a_new_phone_is_sent_for_a_row_that_carries_its_freedom_id_and_the_old_one_is_forgotten(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    moved = ["+77020000009", *PHONES[1:]]
    two = people(tmp_path / "two.csv", moved, freedom_id=given, firstname=["Асель", *FIRST[1:]])
    assert importer("run", two).code == 1, "without --update it is refused"
    assert read_rows(tmp_path / "two.result.csv")[0]["import_error_code"] == "freedom_id_phone_changed"
    assert importer("run", two, "--update").code == 0
    (first, *_) = rows = read_rows(tmp_path / "two.result.csv")
    assert (first["import_status"], first["freedom_id"]) == ("updated", given[0])
    assert first["import_note"] == "changed since it was sent: phone, firstname"
    assert {user["freedom_id"]: user["phone"] for user in imported.users()} == dict(zip(given, moved, strict=True))
    assert importer("verify", "latest", tmp_path / "two.result.csv").code == 0
    three = people(tmp_path / "three.csv", moved, firstname=["Асем", *FIRST[1:]])
    assert importer("run", three, "--update").code == 0, "under the new phone it is known without its FreedomID"
    assert [row["freedom_id"] for row in read_rows(tmp_path / "three.result.csv")] == given
    four = write_users(tmp_path / "four.csv", [PHONES[0]], firstname=["Другой"])
    assert importer("run", four).code == 0
    assert read_rows(tmp_path / "four.result.csv")[0]["import_status"] == "created", "the old phone is anybody's"
    again = importer("run", tmp_path / "one.csv", "--update", "--json")
    assert again.json["exit_code"] in {0, 1}
    for result in tmp_path.glob("*.result.csv"):
        result.unlink()  # of the last of several runs
    for run in importer("runs").out.splitlines()[1:]:
        assert importer("verify", run.split()[0]).code == 0, "no run's FreedomID was taken back"
    assert [row["freedom_id"] for row in rows] == given


def test_an_update_that_waited_does_not_put_back_the_phone_that_another_run_has_changed_meanwhile(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    waiting = people(tmp_path / "two.csv", freedom_id=given, firstname=["Асель", "Арман", *FIRST[2:5], "Жания"])
    assert importer("run", waiting, "--update", "--limit", "1").code == 1
    moved = [PHONES[0], "+77020000009", *PHONES[2:]]
    assert importer("run", people(tmp_path / "three.csv", moved, freedom_id=given), "--update").code == 0
    ended = importer("run", waiting, "--update", "--json")
    assert ended.code == 1
    rows = read_rows(tmp_path / "two.result.csv")
    assert (rows[1]["import_status"], rows[1]["import_error_code"]) == ("invalid", "freedom_id_phone_changed")
    assert given[1] in rows[1]["import_note"]
    assert [rows[row]["import_status"] for row in (0, 5)] == ["updated", "updated"]
    assert {user["freedom_id"]: user["phone"] for user in imported.users()} == dict(zip(given, moved, strict=True))
    assert importer("verify", ended.json["run"], tmp_path / "two.result.csv").code == 0
    back = importer("run", tmp_path / "two.rejected.csv", "--json")
    assert (back.code, back.json["statuses"]["invalid"], back.json["statuses"]["created"]) == (1, 1, 0)
    assert len(imported.users()) == len(given)


def test_a_new_phone_that_waited_does_not_replace_another_new_one(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    waiting = people(tmp_path / "two.csv", ["+77020000008", "+77020000009", *PHONES[2:]], freedom_id=given)
    assert importer("run", waiting, "--update", "--limit", "1").code == 1
    moved = ["+77020000008", "+77020000007", *PHONES[2:]]
    assert importer("run", people(tmp_path / "three.csv", moved, freedom_id=given), "--update").code == 0
    assert importer("run", waiting, "--update").code == 1
    assert read_rows(tmp_path / "two.result.csv")[1]["import_error_code"] == "freedom_id_phone_changed"
    assert {user["freedom_id"]: user["phone"] for user in imported.users()} == dict(zip(given, moved, strict=True))


def test_an_update_that_waited_while_its_freedom_id_was_taken_back_ends_unconfirmed(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    waiting = people(tmp_path / "two.csv", firstname=["Асель", "Арман", *FIRST[2:]])
    assert importer("run", waiting, "--update", "--limit", "1").code == 1
    with Journal.open(str(tmp_path / "home" / "journal.db")) as journal:
        number, api = journal.numbers_of(journal.get_run("latest").id)
        with journal.database.writing() as connection:
            take_back(connection, number, api, [id_to_bytes(given[1])])
    requests = imported.stats()["requests"]
    ended = importer("run", waiting, "--update", "--json")
    assert (ended.code, ended.json["statuses"]["unconfirmed"], ended.json["statuses"]["not_sent"]) == (5, 1, 0)
    row = read_rows(tmp_path / "two.result.2.csv")[1]
    assert (row["import_status"], row["freedom_id"]) == ("unconfirmed", "")
    assert row["import_error_code"] == "freedom_id_repeated"
    assert imported.stats()["requests"] == requests


def test_a_run_that_ended_while_it_was_planned_goes_on_by_its_name_with_its_updates(
    importer: Commands, imported: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageFailed("no room")

    with monkeypatch.context() as patch:
        patch.setattr("importer.pipeline.plan_rows", fail)
        assert importer("run", people(tmp_path / "two.csv", firstname=["Асель", *FIRST[1:]]), "--update").code == 4
    run = importer("runs", "--json").json[0]["id"]
    ended = importer("run", "--resume", run, "--json")
    assert (ended.code, ended.json["run"], ended.json["statuses"]["updated"]) == (0, run, 1)
    assert bodies(imported)[PHONES[0]]["firstname"] == "Асель"


def test_the_phones_that_a_run_is_to_replace_are_shown_to_nobody_and_purged(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    moved = people(tmp_path / "two.csv", ["+77020000008", *PHONES[1:]], freedom_id=given)
    run = importer("run", moved, "--update", "--json").json["run"]
    location = str(tmp_path / "home" / "journal.db")
    with Journal.open(location, read_only=True) as journal:
        (phone,) = journal.get_run(run).settings["new_phones"].values()
    for shown in (importer("runs", "--json"), importer("runs", run, "--json"), importer("runs", run)):
        assert phone not in shown.out
        assert "new_phones" not in shown.out
    importer("purge", "--older-than", "0d")
    with Journal.open(location, read_only=True) as journal:
        assert "new_phones" not in journal.get_run(run).settings


def test_a_new_phone_that_waited_is_sent_all_the_same(importer: Commands, imported: Sandbox, tmp_path: Path) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    moved = ["+77020000008", "+77020000009", *PHONES[2:]]
    users = people(tmp_path / "two.csv", moved, freedom_id=given)
    assert importer("run", users, "--update", "--limit", "1").code == 1
    assert importer("run", users, "--update").code == 0
    assert {user["freedom_id"]: user["phone"] for user in imported.users()} == dict(zip(given, moved, strict=True))


def test_a_new_phone_is_refused_where_it_is_another_users_or_the_freedom_id_stands_twice(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    phones = [PHONES[1], "+77020000001", "+77020000002", "+77020000003", PHONES[3]]
    ids = [given[0], given[2], given[2], given[3], ""]
    two = write_users(tmp_path / "two.csv", phones, freedom_id=ids, firstname=[""] * 5)
    requests = imported.stats()["requests"]
    assert importer("run", two, "--update").code == 1
    rows = read_rows(tmp_path / "two.result.csv")
    assert [(row["import_status"], row["import_error_code"]) for row in rows] == [
        ("invalid", "freedom_id_phone_changed"),
        ("duplicate", "freedom_id_twice"),
        ("duplicate", "freedom_id_twice"),
        ("duplicate", "freedom_id_twice"),
        ("already_imported", ""),
    ]
    assert imported.stats()["requests"] == requests
    assert importer("verify", "latest", tmp_path / "two.result.csv").code == 0


def test_what_the_api_refuses_keeps_its_freedom_id_and_is_asked_again(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    given = [row["freedom_id"] for row in read_rows(tmp_path / "one.result.csv")]
    two = people(tmp_path / "two.csv", email=["u1@example.com", *EMAIL[1:5], "new@example.com"])
    assert importer("run", two, "--update").code == 0, "every row has a FreedomID"
    (first, *_, last) = read_rows(tmp_path / "two.result.csv")
    assert (first["import_status"], first["freedom_id"], last["import_status"]) == ("rejected", given[0], "updated")
    assert "email" in first["import_error"]
    assert importer("verify", "latest", tmp_path / "two.result.csv").code == 0
    (rejected,) = read_rows(tmp_path / "two.rejected.csv")
    assert rejected["freedom_id"] == given[0]
    ended = importer("run", tmp_path / "two.rejected.csv", "--update", "--json")
    assert ended.json["statuses"]["rejected"] == 1, "what was refused is not what was sent"


def test_updates_meet_faults_as_creating_does_and_a_user_that_is_gone_is_refused(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    faults = [f"{kind}@{phone}:1" for kind, phone in zip(("cut", "error", "reset_after", "html"), PHONES, strict=False)]
    imported.set(faults=faults)
    two = people(tmp_path / "two.csv", firstname=[f"{name}а" for name in FIRST])
    ended = importer("run", two, "--update", "--json", IMPORTER_BACKOFF="0.05")
    assert ended.code == 0
    assert ended.json["statuses"]["updated"] == 6
    assert {user["body"]["firstname"] for user in imported.users()} == {f"{name}а" for name in FIRST}
    imported.set(forbidden=True)
    three = people(tmp_path / "three.csv")
    assert importer("run", three, "--update").code == 4
    imported.set(forbidden=False)
    assert importer("run", three, "--update").code == 0
    assert {user["body"]["firstname"] for user in imported.users()} == set(FIRST)


def test_a_limit_counts_updates_and_new_users_are_created_beside_them(
    importer: Commands, imported: Sandbox, tmp_path: Path
) -> None:
    two = write_users(tmp_path / "two.csv", [*PHONES[:3], "+77010000091"], firstname=["А", "Б", "Олжас", "Нина"])
    assert importer("run", two, "--update", "--limit", "2", "--json").json["statuses"]["updated"] == 2
    ended = importer("run", two, "--update", "--json")
    assert (ended.json["statuses"]["created"], ended.json["statuses"]["updated"]) == (1, 2)
    assert ended.code == 0
