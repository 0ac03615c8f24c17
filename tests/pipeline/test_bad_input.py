"""What cannot be imported is told in a sentence, with the exit code of its kind, and nothing is sent."""

import os

import pytest
from support.commands import read_rows, write_users

PHONES = ["+77010000001", "+77010000002"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"phone,email\r\n", "nothing to import"),
        (b"colour,size\r\nred,3\r\n", "phone"),
        (b"phone,phone\r\n+77010000001,+77010000002\r\n", "column"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", ""),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ""),
        (b"PK\x03\x04broken", ""),
    ],
    ids=["zero bytes", "header only", "no phone column", "phone twice", "a picture", "a PDF", "a broken zip"],
)
def test_a_file_that_cannot_be_imported_is_refused_with_exit_3(importer, sandbox, tmp_path, content, words):
    path = tmp_path / "users.csv"
    path.write_bytes(content)
    ended = importer("run", path)
    assert ended.code == 3
    assert words in ended.err
    assert len(ended.err) < 2_000
    assert sandbox.stats()["requests"] == 0


def test_a_missing_file_is_refused(importer, sandbox, tmp_path):
    ended = importer("run", tmp_path / "nowhere.csv")
    assert ended.code == 3
    assert "nowhere.csv" in ended.err


def test_a_folder_is_refused(importer, sandbox, tmp_path):
    assert importer("run", tmp_path).code == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_refused(importer, sandbox, tmp_path):
    path = write_users(tmp_path / "users.csv", PHONES)
    path.chmod(0)
    assert importer("run", path).code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["--concurrency", "0"],
        ["--concurrency", "many"],
        ["--rate", "-1"],
        ["--rate", "0"],
        ["--duplicates", "all"],
        ["--max-invalid", "lots"],
        ["--region", "Kazakhstan"],
        ["--date-order", "dym"],
        ["--delimiter", "::"],
        ["--map", "phone"],
        ["--map", "phone=telephone"],
        ["--map", "nothing=phone"],
        ["--url", "api.example.com"],
        ["--url", "http://api.example.com"],
        ["--url", "https://user:secret@api.example.com"],
        ["--token-file", "no-such-file"],
        ["--profile", "no-such-file.toml"],
        ["--config", "no-such-file.toml"],
        ["--journal", "mysql://somewhere/db"],
        ["--journal", "postgresql://u:secret@somewhere/db"],
        ["--output", "no/such/folder/out.csv"],
        ["--output", "out.pdf"],
        ["--timeout", "soon"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_told_with_exit_2_before_anything_is_sent(importer, sandbox, tmp_path, arguments):
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, *arguments)
    assert ended.code == 2, ended.err
    assert ended.err.strip()
    assert "secret" not in ended.err
    assert sandbox.stats()["requests"] == 0


def test_no_token_is_told_with_exit_2(importer, tmp_path):
    ended = importer("run", write_users(tmp_path / "users.csv", PHONES))
    assert ended.code == 2
    assert "FREEDOM_ID_TOKEN" in ended.err


def test_a_token_in_a_configuration_file_is_refused_and_not_repeated(importer, tmp_path):
    (tmp_path / "importer.toml").write_text('token = "very-secret"\n', encoding="utf-8")
    ended = importer("run", write_users(tmp_path / "users.csv", PHONES))
    assert ended.code == 2
    assert "very-secret" not in ended.err
    ended = importer("run", tmp_path / "users.csv", "--config", tmp_path / "importer.toml")
    assert ended.code == 2
    assert "very-secret" not in ended.err


def test_an_unknown_key_of_the_configuration_is_named(importer, tmp_path):
    (tmp_path / "importer.toml").write_text("concurency = 3\n", encoding="utf-8")
    users = write_users(tmp_path / "users.csv", PHONES)
    assert importer("validate", users).code == 2
    ended = importer("validate", users, "--config", "importer.toml")
    assert ended.code == 2
    assert "'concurency'; did you mean concurrency?" in ended.err


def test_the_input_is_never_its_own_output(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    before = users.read_bytes()
    assert importer("run", users, "-o", users, "--force").code == 2
    assert users.read_bytes() == before


def test_an_api_that_is_not_there_stops_the_run_with_exit_4_and_every_row_unsent(importer, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    environ = {"FREEDOM_ID_URL": "http://127.0.0.1:9", "FREEDOM_ID_TOKEN": "t"}
    ended = importer("run", users, "--outage-limit", "1s", "--json", **environ)
    assert ended.code == 4
    assert ended.json["statuses"]["not_sent"] == 2


def test_a_refused_token_stops_the_run_with_exit_4_and_a_good_one_goes_on(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    ended = importer("run", users, "--json", FREEDOM_ID_TOKEN="wrong-token")
    assert ended.code == 4
    assert ended.json["statuses"]["not_sent"] == 2
    assert importer("run", users).code == 0


def test_a_file_that_ends_inside_the_first_letter_of_a_row_misses_that_row(importer, sandbox, tmp_path):
    users = tmp_path / "users.csv"
    users.write_bytes("Фамилия,Имя,Телефон\nЛи,Ян,+77010000001\nПак,Ия,+77010000002\nЦой".encode()[:-5])
    assert importer("run", users).code == 1
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_error_code"] or row["import_status"] for row in rows] == ["created", "created", "row_truncated"]
    assert [row["import_row"] for row in read_rows(tmp_path / "users.rejected.csv")] == ["4"]
    assert importer("verify", "latest").code == 0
    again = importer("run", tmp_path / "users.result.csv", "-o", tmp_path / "again.csv", "--json")
    assert len(sandbox.users()) == 2
    assert again.json["statuses"]["already_imported"] == 2
