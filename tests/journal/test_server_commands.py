"""Every command works on a journal on a server as on a file, and says the same."""

import re
from pathlib import Path

from support.commands import Commands, importer, read_rows, sandbox, write_users

from importer.sandbox import Sandbox

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
