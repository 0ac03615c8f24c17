"""Every command works on a journal on a server as on a file, and says the same."""

import re
import stat
from pathlib import Path

import pytest
from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.journal.commits.commit_group import CommitGroup
from importer.journal.commits.unsaved_outcomes import keep
from importer.model import DOUBTFUL_ID, Outcome, Status
from importer.operations.doctor import Level
from importer.operations.doctor.place_checks import check_journal
from importer.sandbox import Sandbox
from importer.settings import load

__all__ = ["importer", "sandbox"]

PHONES = [f"+7701555{number:04d}" for number in range(32)]


def test_a_file_is_imported_reported_verified_and_purged_with_either_journal_and_comes_out_the_same(
    importer: Commands, sandbox: Sandbox, address: str, tmp_path: Path
) -> None:
    write_users(tmp_path / "users.csv", PHONES[:30])
    ended = importer("run", "users.csv", "--journal", address)
    assert ended.code == 0, ended.err
    rows = read_rows(tmp_path / "users.result.csv")
    assert {row["import_status"] for row in rows} == {"created"}
    first = (tmp_path / "users.result.csv").read_bytes()
    assert importer("runs", "--journal", address).out.count("users.csv") == 1
    assert importer("verify", "latest", "--journal", address).code == 0
    assert importer("report", "latest", "-o", "again.csv", "--journal", address).code == 0
    assert (tmp_path / "again.csv").read_bytes() == first
    doctor = importer("doctor", "--journal", address)
    assert re.search(r"journal.*postgresql://importer@127.0.0.1:\d+/postgres, 1 run", doctor.out), doctor.out
    assert "search_path" not in doctor.out
    assert re.search(r"warning +database: PostgreSQL \d+.*; fsync is off there", doctor.out), doctor.out

    write_users(tmp_path / "more.csv", PHONES)  # the same people, and two more
    assert importer("run", "more.csv", "--journal", address).code == 0
    states = [row["import_status"] for row in read_rows(tmp_path / "more.result.csv")]
    assert (states.count("already_imported"), states.count("created")) == (30, 2)
    assert importer("verify", "latest", "--journal", address).code == 0
    assert importer("journal", "learn", "more.result.csv", "--journal", address).code == 0
    assert importer("purge", "--older-than", "0d", "--journal", address).out.startswith("2 runs purged")
    again = importer("run", "users.csv", "--journal", address, "--fresh")
    assert again.code == 0
    assert {row["import_status"] for row in read_rows(tmp_path / "users.result.csv")} == {"already_imported"}


def test_the_doctor_warns_of_a_server_that_may_lose_what_it_committed(address: str) -> None:
    told = load({"journal": f"{address}%20-csynchronous_commit%3Doff"}, look_around=False)
    *warnings, journal = check_journal(told)
    assert [(one.level, one.about) for one in (*warnings, journal)] == [
        (Level.WARNING, "database"),
        (Level.WARNING, "database"),
        (Level.OK, "journal"),
    ]
    assert ["fsync is off" in warnings[0].text, "synchronous_commit is off" in warnings[1].text] == [True, True]
    assert journal.text.startswith("none yet at postgresql://")
    (broken,) = check_journal(load({"journal": "postgresql://nobody@127.0.0.1:1/x"}, look_around=False))
    assert (broken.level, broken.about) == (Level.ERROR, "journal")


def test_a_journal_is_copied_backed_up_and_restored_with_its_key_and_says_the_same_everywhere(
    importer: Commands, sandbox: Sandbox, address: str, tmp_path: Path
) -> None:
    write_users(tmp_path / "users.csv", [*PHONES[:30], PHONES[0], "123"], firstname=["Ann"] * 32)
    write_users(tmp_path / "more.csv", PHONES)
    home, other = f"sqlite:///{tmp_path}/state/journal.db", f"sqlite:///{tmp_path}/restored/journal.db"
    assert importer("run", "users.csv", "--journal", home).code == 1
    result = (tmp_path / "users.result.csv").read_bytes()
    assert importer("run", "more.csv", "--journal", home).code == 0  # what it repeats is folded
    told = importer("journal", "copy", home, address)
    assert told.out.strip() == "2 runs copied", told.err
    assert importer("journal", "backup", "whole.tar.gz", "--journal", address).code == 0
    assert stat.S_IMODE((tmp_path / "whole.tar.gz").stat().st_mode) == 0o600
    restored = importer(
        "journal", "restore", "whole.tar.gz", "--journal", other, IMPORTER_HOME=str(tmp_path / "restored")
    )
    assert restored.code == 0, restored.err
    runs = re.findall("^[0-9a-f]{12}", importer("runs", "--journal", home).out, re.MULTILINE)
    for journal in (address, other):
        assert importer("runs", "--journal", journal).out == importer("runs", "--journal", home).out
        for run in runs:
            assert importer("verify", run, "--journal", journal).code in {0, 1}
        assert importer("report", runs[-1], "-o", "again.csv", "--journal", journal, "--force").code in {0, 1}
        assert (tmp_path / "again.csv").read_bytes() == result
        assert importer("run", "more.csv", "--fresh", "--journal", journal).code == 0
        assert {row["import_status"] for row in read_rows(tmp_path / "more.result.csv")} == {"already_imported"}
    for refused in (("copy", home, address), ("restore", "whole.tar.gz", "--journal", address)):
        again = importer("journal", *refused)
        assert (again.code, "has runs already" in again.err) == (2, True)
    assert importer("journal", "restore", "users.csv", "--journal", f"{tmp_path}/new.db").code == 2
    assert importer("journal", "backup", "whole.tar.gz", "--journal", address).code == 2


@pytest.mark.parametrize("limit", [(), ("--limit", 10)])
def test_the_books_of_a_run_that_has_ended_balance_when_answers_and_doubts_of_it_are_taken_up(
    importer: Commands, sandbox: Sandbox, address: str, tmp_path: Path, limit: tuple[object, ...]
) -> None:
    """As of a worker whose machine had lost the database: verify ended with 5 from then on."""
    server = ("--journal", address)
    sandbox.set(faults=tuple(f"reset_after@{phone}:1" for phone in PHONES[:2]))
    ended = importer("run", write_users(tmp_path / "users.csv", PHONES), "--json", *server, *limit)
    run, sandbox_users = ended.json["run"], {user["phone"]: user["freedom_id"] for user in sandbox.users()}
    assert (ended.json["statuses"]["unconfirmed"], ended.code) == (2, 1)
    late = CommitGroup()
    late.finish(2, Outcome(Status.CREATED, sandbox_users[PHONES[0]]))
    for phone in PHONES[5:7]:
        late.take_back(sandbox_users[phone], DOUBTFUL_ID)
    keep(tmp_path / "state" / "journal.unsaved", run, late, 1_700_000_000)
    assert importer("purge", "--older-than", "300d", *server).code == 0  # any command that may write
    assert not (tmp_path / "state" / "journal.unsaved").exists()
    told = importer("report", run, "--json", *server)
    assert (told.json["statuses"]["unconfirmed"], told.code) == (3, 1)
    verified = importer("verify", run, *server)
    assert verified.code == 0, verified.err
