"""``importer report RUN --unconfirmed`` and ``--answers``: what only the API's support can tell."""

import csv
import re
import stat
from datetime import UTC, datetime

import pandas as pd
import pytest
from support.commands import read_rows, write_users

from importer.operations.support_reply import matched, read_reply

PHONES = ["8 701 000 00 01", "+77010000002", "+77010000003", "+77010000004"]
SENT = [f"+7701000000{number}" for number in range(1, 5)]
ELSEWHERE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def doubtful(importer, sandbox, tmp_path):
    """A run whose first two rows are unconfirmed; gives the run's id and phone → FreedomID at the API."""
    users = write_users(tmp_path / "users.csv", PHONES)
    sandbox.set(faults=tuple(f"reset_after@{phone}:1" for phone in SENT[:2]))
    ended = importer("run", users, "--json")
    sandbox.set(faults=())
    assert ended.json["statuses"]["unconfirmed"] == 2, ended.err
    return ended.json["run"], {user["phone"]: user["freedom_id"] for user in sandbox.users()}


def filled_in(path, ids, **columns):
    """The list as the support sends it back."""
    lines = read_rows(path, encoding="utf-8-sig")
    for line, freedom_id in zip(lines, ids, strict=True):
        line.update({"freedom_id": freedom_id, **columns})
    with path.with_name("reply.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    return path.with_name("reply.csv")


def test_rows_in_doubt_are_listed_for_the_support_and_its_reply_makes_them_created(
    importer, sandbox, tmp_path, doubtful
):
    run, ids = doubtful
    began = datetime.now(UTC)
    ended = importer("report", run, "--unconfirmed")
    assert ended.code == 0, ended.err
    path = tmp_path / "users.unconfirmed.csv"
    assert f"2 rows: {path}" in ended.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = read_rows(path, encoding="utf-8-sig")
    assert [(line["row"], line["phone"], line["freedom_id"]) for line in listed] == [
        ("2", SENT[0], ""),
        ("3", SENT[1], ""),
    ]
    for line in listed:
        first, second = re.findall(r"(\S+Z) \(([^)]+)\)", line["requests_utc"])
        assert (first[1], second[1][:8]) == ("no answer", "HTTP 409")
        assert abs(began - datetime.fromisoformat(second[0])).total_seconds() < 600
        assert first[0] < second[0]
    assert importer("report", run, "--unconfirmed").code == 2, "a list that may be filled in already stays"

    requests = sandbox.stats()["requests"]
    reply = filled_in(path, [ids[SENT[0]].upper(), ""])
    taken = importer("report", run, "--answers", reply, "--json")
    assert taken.code == 1, taken.err
    assert (taken.json["statuses"]["created"], taken.json["statuses"]["unconfirmed"]) == (3, 1)
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_status"] for row in rows] == ["created", "unconfirmed", "created", "created"]
    assert rows[0]["freedom_id"] == ids[SENT[0]]
    assert rows[0]["import_error"] == ""
    assert "told by the API's support" in rows[0]["import_note"]
    assert importer("verify", run, tmp_path / "users.result.csv").code == 0

    both = filled_in(path, [ids[SENT[0]], ids[SENT[1]]])  # the first one again, which is settled
    assert importer("report", run, "--answers", both).code == 0
    assert importer("report", run, "--unconfirmed", "--force").out == "no row of this run is in doubt\n"
    later = importer("run", write_users(tmp_path / "again.csv", SENT), "--json").json
    assert later["statuses"]["already_imported"] == 4
    assert sandbox.stats()["requests"] == requests, "nobody is sent again"


def test_a_row_that_was_refused_after_a_lost_answer_is_in_doubt_until_the_support_tells(importer, sandbox, tmp_path):
    """Forgotten, its phone was "not created by this journal" as soon as the row was mended."""
    config = tmp_path / "config.toml"
    config.write_text('[[answers]]\nstatus = 409\nverdict = "rejected"\n', encoding="utf-8")
    sandbox.set(faults=(f"reset_after@{SENT[0]}:1",))
    ended = importer("run", write_users(tmp_path / "users.csv", PHONES), "--config", config, "--json").json
    sandbox.set(faults=())
    assert (ended["statuses"]["created"], ended["statuses"]["rejected"]) == (3, 1)
    row = read_rows(tmp_path / "users.result.csv")[0]
    assert "its answer was lost; requests sent " in row["import_note"]
    assert importer("report", ended["run"], "--unconfirmed").code == 0
    path = tmp_path / "users.unconfirmed.csv"
    assert [line["phone"] for line in read_rows(path, encoding="utf-8-sig")] == [SENT[0]]

    later = importer("run", write_users(tmp_path / "mended.csv", PHONES[:1]), "--json").json
    assert later["statuses"]["unconfirmed"] == 1
    ids = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    taken = importer("report", ended["run"], "--answers", filled_in(path, [ids[SENT[0]]]), "--json")
    assert taken.json["statuses"]["created"] == 4
    assert importer("verify", ended["run"], tmp_path / "users.result.csv").code == 0


def test_a_reply_is_counted_with_a_run_that_was_stopped(importer, sandbox, tmp_path):
    """Its verify ended with 5 until the run went on."""
    sandbox.set(faults=tuple(f"reset_after@{phone}:1" for phone in SENT[:2]))
    run = importer("run", write_users(tmp_path / "users.csv", PHONES), "--limit", 3, "--json").json["run"]
    sandbox.set(faults=())
    assert importer("report", run, "--unconfirmed").code == 0
    ids = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    reply = filled_in(tmp_path / "users.unconfirmed.csv", [ids[SENT[0]], ""])
    assert importer("report", run, "--answers", reply).code == 1
    verified = importer("verify", run)
    assert verified.code == 0, verified.err


def named(path, first, last):
    return write_users(path, SENT, firstname=first, lastname=last)


@pytest.fixture
def doubtful_people(importer, sandbox, tmp_path):
    """As ``doubtful``, with names: the list is there, too."""
    users = named(tmp_path / "users.csv", ["Айгерим", "Асан", "Олжас", "Дана"], ["Серикова", "Усенов", "Ахметов", "Ли"])
    sandbox.set(faults=tuple(f"reset_after@{phone}:1" for phone in SENT[:2]))
    run = importer("run", users, "--json").json["run"]
    sandbox.set(faults=())
    assert importer("report", run, "--unconfirmed").code == 0
    return run, {user["phone"]: user["freedom_id"] for user in sandbox.users()}


def test_a_phone_whose_freedom_id_the_support_told_is_not_given_to_a_person_of_other_names(
    importer, sandbox, tmp_path, doubtful_people
):
    run, ids = doubtful_people
    reply = filled_in(tmp_path / "users.unconfirmed.csv", [ids[SENT[0]], ids[SENT[1]]])
    assert importer("report", run, "--answers", reply).code == 0
    requests = sandbox.stats()["requests"]
    others = named(tmp_path / "two.csv", ["Иван", "АСАН", "Пётр", "Зоя"], ["Пак", "УСЕНОВ", "Ким", "Цой"])
    assert importer("run", others).code == 1
    found = [(row["import_status"], row["freedom_id"]) for row in read_rows(tmp_path / "two.result.csv")]
    assert found == [("duplicate", ""), ("already_imported", ids[SENT[1]]), ("duplicate", ""), ("duplicate", "")]
    assert sandbox.stats()["requests"] == requests


def test_a_reply_is_taken_where_another_run_has_got_one_of_its_freedom_ids_meanwhile(
    importer, sandbox, tmp_path, doubtful_people
):
    run, ids = doubtful_people
    reply = filled_in(tmp_path / "users.unconfirmed.csv", [ids[SENT[0]], ids[SENT[1]]])
    reply = reply.rename(tmp_path / "first.csv")
    other = write_users(tmp_path / "two.csv", SENT[:1], firstname=["Айгерим"], gender=["F"])
    two = importer("run", other, "--json").json["run"]
    assert importer("report", two, "--unconfirmed").code == 0
    right = filled_in(tmp_path / "two.unconfirmed.csv", [ids[SENT[0]]])
    assert importer("report", two, "--answers", right).code == 0
    assert importer("report", run, "--answers", reply).code == 0
    rows = read_rows(tmp_path / "users.result.csv")
    assert [(row["import_status"], row["freedom_id"]) for row in rows[:2]] == [
        ("already_imported", ids[SENT[0]]),
        ("created", ids[SENT[1]]),
    ]
    for each in (run, two):
        assert importer("verify", each).code == 0


def test_a_reply_does_not_change_what_another_run_has_got_for_a_failed_row_meanwhile(
    importer, sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr("importer.creating.resilience.retry_policy.LONG_ENOUGH", 1.0)  # else two minutes, at times
    people = write_users(tmp_path / "users.csv", SENT, gender=["F", "M", "M", "F"])
    sandbox.set(faults=(f"error@{SENT[0]}",))
    run = importer("run", people, "--json").json["run"]
    sandbox.set(faults=())
    assert importer("report", run, "--unconfirmed").code == 0
    assert importer("run", write_users(tmp_path / "two.csv", SENT[:1], gender=["F"])).code == 0
    (given,) = [row["freedom_id"] for row in read_rows(tmp_path / "two.result.csv")]
    wrong = importer("report", run, "--answers", filled_in(tmp_path / "users.unconfirmed.csv", [ELSEWHERE]))
    assert wrong.code == 2
    assert "knows other FreedomIDs for the phones of rows 2" in wrong.err
    assert importer("report", run, "--answers", filled_in(tmp_path / "users.unconfirmed.csv", [given])).code == 0
    assert importer("run", write_users(tmp_path / "three.csv", SENT[:1], gender=["M"])).code == 0
    (row,) = read_rows(tmp_path / "three.result.csv")
    assert (row["freedom_id"], row["import_note"]) == (given, "changed since it was sent: gender")


def test_a_reply_that_cannot_be_right_is_refused_whole(importer, tmp_path, doubtful):
    run, ids = doubtful
    path = tmp_path / "users.unconfirmed.csv"
    assert importer("report", run, "--unconfirmed").code == 0
    for answers, columns, words in (
        (["not a uuid", ""], {}, "not a FreedomID"),
        (["00000000-0000-0000-0000-000000000000", ""], {}, "nobody's"),
        (["FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", ""], {}, "nobody's"),
        ([ELSEWHERE, ELSEWHERE.upper()], {}, "one FreedomID for several rows"),
        ([ELSEWHERE, ""], {"phone": SENT[2]}, "another phone"),
        ([ELSEWHERE, ""], {"row": "4"}, "not a row of this run that is in doubt"),
        ([ELSEWHERE, ""], {"row": "99"}, "not a row of this run that is in doubt"),
        ([ELSEWHERE, ""], {"row": "", "phone": "+77019999999"}, "not a row of this run that is in doubt"),
        ([ELSEWHERE, ids[SENT[1]]], {"row": "2", "phone": ""}, "told twice"),
        ([ids[SENT[2]], ""], {}, "belong to other phones"),
    ):
        ended = importer("report", run, "--answers", filled_in(path, answers, **columns))
        assert ended.code == 2, words
        assert words in ended.err
        assert "nothing was recorded" in ended.err
        assert "7701" not in ended.err
    assert importer("report", run, "--unconfirmed", "--force").out.startswith("2 rows")
    for text in ("a,b\n1,2\n", "freedom_id,name\nx,y\n", ""):
        path.with_name("other.csv").write_text(text)
        assert importer("report", run, "--answers", "other.csv").code == 2
    assert importer("report", run, "--answers", "missing.csv").code == 2


@pytest.mark.parametrize(
    "form", ["by phone alone", "phones without plus", "phones of a spreadsheet", "a workbook", "other columns"]
)
def test_a_reply_is_understood_in_the_forms_that_spreadsheets_give_it(tmp_path, form):
    ids = ["eeca9287-d824-4f50-928b-450d2e46f874", ELSEWHERE]
    reply = pd.DataFrame({"row": [3, 2], "phone": [SENT[1], SENT[0]], "freedom_id": [ids[1], ids[0]]})
    path = tmp_path / "reply.csv"
    match form:
        case "by phone alone":
            reply = reply.drop(columns="row")
        case "phones without plus":
            reply["phone"] = reply["phone"].str[1:]
        case "phones of a spreadsheet":
            reply["phone"] = "7,701E+10"
        case "other columns":
            reply = reply.rename(columns={"row": "Row", "freedom_id": " FREEDOM_ID "}).assign(comment="found")
    if form == "a workbook":
        path = tmp_path / "reply.xlsx"
        reply.assign(phone=[77010000002, 77010000001]).to_excel(path, index=False)
    else:
        reply.to_csv(path, index=False, sep=";")
    rows = pd.DataFrame({"phone": SENT[:2]}, index=[2, 3])
    assert matched(read_reply(path), rows, {}) == {2: ids[0], 3: ids[1]}
