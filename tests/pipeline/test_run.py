"""The main job through the command line, over sockets."""

import csv
import json
import stat
import subprocess
import sys

import pytest
from support.commands import read_rows, write_users

from importer.creating import sending

PHONES = [f"+7701000{number:04d}" for number in range(1, 31)]


def ids_of(sandbox):
    return {user["phone"]: user["freedom_id"] for user in sandbox.users()}


def test_every_row_comes_back_in_order_with_its_own_id(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES, firstname=[f"N{number}" for number in range(30)])
    ended = importer("run", users)
    assert ended.code == 0
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["phone"] for row in rows] == PHONES
    assert [row["freedom_id"] for row in rows] == [ids_of(sandbox)[phone] for phone in PHONES]
    assert {row["import_status"] for row in rows} == {"created"}
    assert [row["firstname"] for row in rows] == [f"N{number}" for number in range(30)]


def test_files_with_personal_data_and_their_folders_are_private(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [*PHONES, "bad"])
    importer("run", users)
    outputs = [tmp_path / "users.result.csv", tmp_path / "users.rejected.csv"]
    kept = list((tmp_path / "home").rglob("*"))
    assert sum(path.is_dir() for path in kept) >= 2
    assert sum(path.is_file() for path in kept) >= 3
    for path in (*outputs, *kept):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_same_command_again_sends_nothing_and_gives_the_same_output(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users)
    first = (tmp_path / "users.result.csv").read_bytes()
    requests = sandbox.stats()["requests"]
    ended = importer("run", users)
    assert ended.code == 0
    assert sandbox.stats()["requests"] == requests
    assert (tmp_path / "users.result.csv").read_bytes() == first


def test_a_fresh_run_finds_its_users_in_the_ledger(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users)
    ended = importer("run", users, "--fresh", "--json")
    assert ended.code == 0
    assert ended.json["statuses"]["already_imported"] == 30
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["freedom_id"] for row in rows] == [ids_of(sandbox)[phone] for phone in PHONES]


def test_a_canary_sends_the_first_sendable_rows_and_the_same_command_without_it_the_rest(
    importer, sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr(sending, "BATCH_ROWS", 1)  # they come in several batches
    users = write_users(tmp_path / "users.csv", ["bad", *PHONES])
    ended = importer("run", users, "--limit", 5, "--json")
    assert ended.code == 1
    assert ended.json["statuses"]["created"] == 5
    assert ended.json["statuses"]["not_sent"] == 25
    rest = read_rows(tmp_path / "users.result.csv")[6:]
    assert {(row["import_error_code"], row["import_error"]) for row in rest} == {
        ("row_not_sent", "not sent: --limit 5 was reached; the same command without it sends the others")
    }
    assert sorted(ids_of(sandbox)) == PHONES[:5]
    assert importer("run", users, "--limit", 5, "--json").json["statuses"]["created"] == 5
    assert len(ids_of(sandbox)) == 5
    ended = importer("run", users, "--json")
    assert ended.json["statuses"]["created"] == 30
    assert sandbox.stats()["requests"] == 30


def test_a_phone_written_in_two_ways_is_sent_once_and_the_error_names_the_other_row(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["8 701 000-00-01", "+77010000002", "7 (701) 000 00 01"])
    assert importer("run", users).code == 1
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_status"] for row in rows] == ["created", "created", "duplicate"]
    assert rows[2]["import_error_code"] == "phone_duplicate"
    assert "row 2" in rows[2]["import_error"]
    assert "8 701 000-00-01" in rows[2]["import_error"]


def test_with_duplicates_none_no_row_of_a_repeated_phone_is_sent(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["+77010000001", "+77010000002", "+77010000001"])
    importer("run", users, "--duplicates", "none")
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["import_status"] for row in rows] == ["duplicate", "created", "duplicate"]
    assert "row 4" in rows[0]["import_error"]
    assert "row 2" in rows[2]["import_error"]


def test_a_repeated_email_is_a_warning_on_each_row_and_both_are_sent(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:3], email=["a@example.com", "b@example.com", "A@example.com"])
    assert importer("run", users).code == 0
    rows = read_rows(tmp_path / "users.result.csv")
    assert "row 4" in rows[0]["import_note"]
    assert "row 2" in rows[2]["import_note"]
    assert rows[1]["import_note"] == ""


def test_a_phone_that_somebody_else_registered_exists(importer, sandbox, tmp_path):
    first = write_users(tmp_path / "first.csv", PHONES[:1])
    importer("run", first, IMPORTER_HOME=str(tmp_path / "another"))
    second = write_users(tmp_path / "second.csv", PHONES[:2])
    assert importer("run", second).code == 1
    rows = read_rows(tmp_path / "second.result.csv")
    assert [row["import_status"] for row in rows] == ["exists", "created"]


def test_the_rejected_file_corrected_is_a_valid_input(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["+77010000001", "8701", "+77010000003"], firstname=["A", "B", "C"])
    importer("run", users)
    rejected = tmp_path / "users.rejected.csv"
    assert [row["firstname"] for row in read_rows(rejected)] == ["B"]
    rejected.write_text(rejected.read_text(encoding="utf-8").replace("8701,", "87010000002,", 1), encoding="utf-8")
    assert importer("run", rejected).code == 0
    rows = read_rows(tmp_path / "users.rejected.result.csv")
    assert list(rows[0]) == [
        "phone",
        "firstname",
        "import_row",
        "freedom_id",
        "import_status",
        "import_error_code",
        "import_error",
        "import_note",
    ]
    assert rows[0]["import_status"] == "created"
    assert rows[0]["freedom_id"] == ids_of(sandbox)["+77010000002"]


def test_more_invalid_rows_than_allowed_refuse_the_file_before_anything_is_sent(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["bad", "worse", *PHONES])
    ended = importer("run", users, "--max-invalid", "5%")
    assert ended.code == 3
    assert "2 of 32 rows" in ended.err
    assert sandbox.stats()["requests"] == 0
    assert importer("run", users, "--max-invalid", "10%").code == 1


def test_validate_needs_no_token_and_writes_what_would_be_sent(importer, tmp_path):
    users = write_users(tmp_path / "users.csv", ["8 701 000 00 01", "bad"])
    ended = importer("validate", users, "-o", tmp_path / "checked.csv")
    assert ended.code == 1
    rows = read_rows(tmp_path / "checked.csv")
    assert [row["import_status"] for row in rows] == ["not_sent", "invalid"]
    assert not (tmp_path / "home" / "journal.db").exists()


def test_validate_opens_no_connection(importer, tmp_path, monkeypatch):
    def refuse(*_arguments, **_named):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    users = write_users(tmp_path / "users.csv", PHONES)
    assert importer("validate", users).code == 0


def test_report_makes_the_output_again_from_input_copy_and_journal(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["bad", *PHONES])
    run = importer("run", users, "--json").json["run"]
    expected = (tmp_path / "users.result.csv").read_bytes()
    (tmp_path / "users.result.csv").unlink()
    users.unlink()
    assert importer("report", run[:6]).code == 1
    assert (tmp_path / "users.result.csv").read_bytes() == expected


def test_a_run_whose_file_is_gone_goes_on_with_its_own_copy(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    importer("run", users, "--limit", 3)
    users.unlink()
    assert importer("run", users).code == 0
    rows = read_rows(tmp_path / "users.result.csv")
    assert [row["phone"] for row in rows] == PHONES


def test_verify_agrees_with_a_sound_run_and_is_loud_about_a_changed_output(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [*PHONES, "bad"])
    run = importer("run", users, "--json").json["run"]
    assert importer("verify", run).code == 0
    output = tmp_path / "users.result.csv"
    lines = output.read_text(encoding="utf-8").splitlines(keepends=True)
    output.write_text("".join([*lines[:5], *lines[6:]]), encoding="utf-8")
    ended = importer("verify", run)
    assert ended.code == 5
    assert "row" in ended.err


def test_verify_says_of_rejected_rows_that_they_are_not_the_result(importer, sandbox, tmp_path):
    importer("run", write_users(tmp_path / "users.csv", [*PHONES, "bad"]))
    rejected = tmp_path / "users.rejected.csv"
    renamed = rejected.rename(tmp_path / "mine.csv")
    importer("run", renamed)
    again = tmp_path / "mine.rejected.csv"
    for run, file in (("latest", again), (importer("runs", "--json").json[1]["id"], renamed)):
        ended = importer("verify", run, file)
        assert (ended.code, f"{file} has only the rows that are to be mended" in ended.err) == (2, True)


def test_the_manifest_tells_the_counts_and_no_personal_data(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", ["bad", *PHONES], firstname=["Zarina"] * 31)
    importer("run", users)
    text = (tmp_path / "users.result.csv.manifest.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert content["input"]["rows"] == content["output"]["rows"] == 31
    assert content["statuses"]["created"] == 30
    assert "Zarina" not in text
    assert "7701000" not in text


def test_runs_lists_the_newest_first_and_tells_one_in_detail(importer, sandbox, tmp_path):
    importer("run", write_users(tmp_path / "first.csv", PHONES[:2]))
    importer("run", write_users(tmp_path / "second.csv", PHONES[2:4]))
    listed = importer("runs", "--json").json
    assert [run["input_name"] for run in listed] == ["second.csv", "first.csv"]
    assert "first.csv" in importer("runs", listed[1]["id"]).out


def test_purge_keeps_the_ledger_and_removes_the_rest(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", [*PHONES, "bad"])
    run = importer("run", users, "--json").json["run"]
    assert importer("purge", "--older-than", "0d").code == 0
    assert not list((tmp_path / "home").rglob("input*"))
    assert importer("report", run).code in {2, 3}
    ended = importer("run", users, "--json")
    assert ended.json["statuses"]["already_imported"] == 30
    assert sandbox.stats()["requests"] == 30


@pytest.mark.parametrize("flag", ["", "-v", "-vv"])
def test_neither_personal_data_nor_token_reaches_the_log(importer, sandbox, tmp_path, flag):
    users = write_users(
        tmp_path / "users.csv", [*PHONES, "8701555", "+77010000001"], email=["someone@example.com"] * 32
    )
    ended = importer("run", users, *([flag] if flag else []))
    for secret in (sandbox.token, "someone@", "8701555", "7701000"):
        assert secret not in ended.err
        assert secret not in ended.out


def test_an_earlier_output_is_replaced_and_any_other_file_only_by_force(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:2])
    target = tmp_path / "mine.csv"
    target.write_text("my,own,notes\n", encoding="utf-8")
    ended = importer("run", users, "-o", target)
    assert ended.code == 2
    assert target.read_text(encoding="utf-8") == "my,own,notes\n"
    assert sandbox.stats()["requests"] == 0
    assert importer("run", users, "-o", target, "--force").code == 0
    assert importer("run", users, "-o", target).code == 0


def test_a_profile_carries_mapping_and_options_of_a_source(importer, sandbox, tmp_path):
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Нечто", "Имя"], ["8 701 000 00 01", "A"]])
    profile = tmp_path / "crm.toml"
    profile.write_text('map = ["Нечто = phone"]\nregion = "KZ"\n', encoding="utf-8")
    assert importer("run", tmp_path / "users.csv").code == 3
    assert importer("run", tmp_path / "users.csv", "--profile", profile).code == 0


def test_flags_outrank_environment_outranks_file_outranks_default(importer, tmp_path):
    from importer.settings import load

    named = tmp_path / "named.toml"
    named.write_text("concurrency = 3\nrate = 7\nattempts = 9\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMPORTER_CONCURRENCY", "4")
        patch.setenv("IMPORTER_RATE", "8")
        settings = load({"concurrency": 5}, config=named)
    assert (settings.concurrency, settings.rate, settings.attempts, settings.timeout) == (5, 8.0, 9, 30.0)


def test_the_embedded_sandbox_needs_neither_token_nor_address(importer, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:3])
    assert importer("run", users, "--sandbox").code == 0
    assert importer("run", users, "--sandbox", "--json").json["statuses"]["created"] == 3


def test_conflict_answers_in_every_documented_shape_mean_a_taken_phone(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:2])
    importer("run", users, "-o", tmp_path / "theirs.csv", IMPORTER_HOME=str(tmp_path / "another"))
    for shape in ("409", "422", "200", "400-ru"):
        sandbox.set(conflict_shape=shape)
        ended = importer("run", users, "--fresh", "--json")
        assert ended.json["statuses"]["exists"] == 2, shape


def test_a_terminal_that_lacks_a_letter_does_not_end_the_command(tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES[:2])
    environ = {"PYTHONIOENCODING": "ascii", "IMPORTER_HOME": str(tmp_path / "home"), "PATH": ""}
    command = [sys.executable, "-m", "importer", "validate", str(users)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "would be sent" in ended.stdout


@pytest.mark.timeout(60)
def test_a_refresh_address_that_hangs_stops_the_run_after_its_timeouts(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES)
    pair = {"access_token": sandbox.token, "refresh_token": sandbox.refresh_token}
    token_file = tmp_path / "token.json"
    token_file.write_text(json.dumps(pair), encoding="utf-8")
    sandbox.set(token_requests=5, refresh_fault="hang_before")
    environ = {"FREEDOM_ID_TOKEN_FILE": str(token_file), "FREEDOM_ID_TOKEN": ""}
    environ["FREEDOM_ID_REFRESH_URL"] = f"{sandbox.url}/api/v1/oauth/token"
    ended = importer("run", users, "--timeout", "0.3s", "--json", **environ)
    assert ended.code == 4
    assert ended.json["statuses"]["created"] == 5
    sandbox.set(token_requests=0, refresh_fault="")
    assert importer("run", users, **environ).code == 0
