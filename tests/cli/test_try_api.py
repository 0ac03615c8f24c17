"""``importer try-api``: one real user, asked for first."""

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest
from support.commands import write_users
from support.terminal import on_terminal

from importer.freedom_id import AnswerKind, Classifier
from importer.freedom_id.token_mask import TokenMask
from importer.operations.masked_answer import masked_body, masked_headers, secrets_of
from importer.operations.suggested_rule import as_toml, rule_for_taken

PHONE = "+77011234567"


def test_one_user_is_created_and_the_repeated_request_is_told_as_taken(importer, sandbox, tmp_path):
    ended = importer("try-api", "--phone", "8 701 123 45 67", "--yes", "--json")
    assert ended.code == 0, ended.err
    trial = ended.json
    assert [user["phone"] for user in sandbox.users()] == [PHONE]
    assert sandbox.stats()["requests"] == 2
    assert (trial["status"], trial["understood"], trial["rule"]) == ("created", True, "")
    assert [one["meaning"] for one in trial["exchanges"]] == ["created", "taken"]
    assert trial["exchanges"][1]["headers"]["content-type"] == "application/json"
    kept = tmp_path / "home" / "journal.runs" / trial["run"] / "try-api.json"
    assert str(kept) == trial["record"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for secret in (PHONE.removeprefix("+"), sandbox.token, trial["freedom_id"]):
        assert secret not in kept.read_text()

    again = importer("try-api", "--phone", PHONE, "--yes")
    assert (again.code, sandbox.stats()["requests"]) == (2, 2), again.err
    assert "earlier run" in again.err
    users = write_users(tmp_path / "users.csv", [PHONE])
    later = importer("run", users, "--json").json
    assert later["statuses"]["already_imported"] == 1
    assert importer("runs").code == importer("verify", trial["run"]).code == 0


def test_a_row_of_a_file_is_created_as_a_run_would_and_what_is_not_understood_gives_lines_to_paste(
    importer, sandbox, tmp_path
):
    users = write_users(tmp_path / "users.csv", ["12", PHONE, "+77011234568"], firstname=["A", "Anna", "Boris"])
    assert importer("try-api", users, "--row", "2", "--yes").code == 2
    assert importer("try-api", users, "--row", "9", "--yes").code == 2
    assert importer("try-api", "--phone", "12", "--yes").code == 2
    assert not sandbox.stats()["requests"]
    odd = tmp_path / "odd.toml"
    odd.write_text('[[answers]]\nstatus = 409\nverdict = "rejected"\n')  # as if the table did not know this answer
    ended = importer("try-api", users, "--yes", "--config", odd)
    assert ended.code == 1, ended.err
    assert [user["body"] for user in sandbox.users()] == [{"phone": PHONE, "firstname": "Anna"}]
    rule = tomllib.loads("[[answers]]" + ended.out.split("[[answers]]")[1].split("\n\n")[0])
    assert rule["answers"][0]["status"] == 409
    assert rule["answers"][0]["verdict"] == "taken"
    assert PHONE[1:] not in ended.out.replace(str(tmp_path), "")


def test_without_a_terminal_and_without_yes_nothing_is_sent(importer, sandbox, monkeypatch):
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        ended = importer("try-api", "--phone", PHONE)
    assert (ended.code, sandbox.stats()["requests"]) == (2, 0)
    assert "--yes" in ended.err
    for wrong in ([], ["--row", "2", "--phone", PHONE], ["users.csv", "--phone", PHONE]):
        assert importer("try-api", "--yes", *wrong).code == 2


def test_an_answer_that_is_lost_is_a_doubt_and_the_same_command_settles_it(importer, sandbox):
    sandbox.set(faults=("reset_after@1",))
    first = importer("try-api", "--phone", PHONE, "--yes", "--json")
    assert (first.code, first.json["status"], first.json["maybe_created"]) == (4, "not_sent", True), first.err
    second = importer("try-api", "--phone", PHONE, "--yes", "--json")
    assert len(sandbox.users()) == 1
    assert (second.code, second.json["status"]) == (1, "unconfirmed")
    assert second.json["run"] == first.json["run"]


def test_a_refused_token_creates_nothing_and_says_so(importer, sandbox):
    ended = importer("try-api", "--phone", PHONE, "--yes", FREEDOM_ID_TOKEN="wrong-token-42")
    assert ended.code == 4
    assert "nothing was created" in ended.out
    assert "wrong-token-42" not in ended.out + ended.err
    assert not sandbox.users()


def test_on_a_terminal_it_shows_the_user_and_asks(tmp_path):
    shown = on_terminal(
        "try-api", "--phone", PHONE, "--url", "https://127.0.0.1:9", home=tmp_path / "home", FREEDOM_ID_TOKEN="t",
        type_={"to go on": "no\n"},
    )  # fmt: skip
    assert shown.code == 2, shown.screen
    assert "ONE real user at https://127.0.0.1:9" in shown.screen
    assert PHONE in shown.screen
    assert "not confirmed; nothing was sent" in shown.screen


BODY = {"phone": PHONE, "email": "anna@example.com", "firstname": "Anna"}
SECRETS = secrets_of(BODY, "tok/en")
HIDDEN = TokenMask("tok/en")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"error": {"message": f"Phone {PHONE} belongs to someone.", "code": 100205}}),
        (422, {"message": "invalid", "errors": {"phone": ["Абонент 8 701 123-45-67 у нас 'есть'."]}}),
        (200, {"error": {"message": "E-17", "code": "E17"}}),
        (418, {"code": "PHONE_BUSY"}),
        (400, {"error": 'pho\\ne "x"'}),
    ],
)
def test_the_lines_to_paste_make_the_answer_known_and_hold_nothing_of_the_person(status, answer):
    body = json.dumps(answer, ensure_ascii=False).encode()
    rule = rule_for_taken(status, {}, body, SECRETS, HIDDEN)
    lines = as_toml(rule)
    assert tomllib.loads(lines)["answers"] == [rule]
    assert Classifier([rule])(status, {}, body).kind is AnswerKind.TAKEN
    assert "123" not in lines
    other = json.dumps(
        {"error": {"message": "Something else", "code": 1}, "errors": {"phone": ["Bad format"]}}
    ).encode()
    assert Classifier([rule])(status, {}, other).kind is not AnswerKind.TAKEN


@pytest.mark.parametrize(
    ("status", "body"), [(503, b'{"message": "x"}'), (400, b""), (400, b"<html>no</html>"), (400, b"{}")]
)
def test_an_answer_that_says_nothing_gives_no_lines(status, body):
    assert rule_for_taken(status, {}, body, SECRETS, HIDDEN) == {}


@pytest.mark.parametrize(
    ("answer", "kept", "gone"),
    [
        ({"error": {"message": f"{PHONE} is anna@example.com's", "code": 100205}}, ["100205", "is"], ["7701", "anna"]),
        ({"freedom_id": "eeca9287-d824-4f50-928b-450d2e46f874"}, ["freedom_id"], ["eeca"]),
        ({"user": {"name": "Ivan", "age": 44}}, ["user"], ["Ivan", "44"]),
        ({"errors": {"phone": ["Anna has tok/en"]}}, ["has"], ["Anna", "tok"]),
        (["tok/en", 77011234567], [], ["tok", "7701"]),
        ("8 (701) 123-45-67 exists", ["exists"], ["123"]),
    ],
)  # fmt: skip
def test_what_is_shown_of_an_answer_is_the_apis_own(answer, kept, gone):
    for spelling in (json.dumps(answer), json.dumps(answer, ensure_ascii=False).replace("/", "\\/")):
        text = masked_body(spelling.encode(), SECRETS, HIDDEN)
        assert all(word in text for word in kept), text
        assert not any(word in text for word in gone), text
    assert masked_body(f"<b>{PHONE}</b> tok/en \xff".encode("latin-1"), SECRETS, HIDDEN) == "<b>***</b> *** \ufffd"


def test_telling_headers_are_shown_and_no_others():
    headers = {
        "Set-Cookie": "a=b",
        "X-Request-Id": "r-1",
        "X-RateLimit-Limit": "5",
        "Server": "nginx tok/en",
        "ETag": "x",
    }
    assert masked_headers(headers, SECRETS, HIDDEN) == {
        "x-request-id": "r-1",
        "x-ratelimit-limit": "5",
        "server": "nginx ***",
    }
