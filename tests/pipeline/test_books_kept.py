"""What a state folder goes through in a year: purged, lost, restored from yesterday; copies gone, a disk that lies."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer import pipeline
from importer.errors import Interrupted
from importer.journal import Journal
from importer.operations.purge import purge_by_itself
from importer.planning import refused_rows
from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import load

PHONES = [f"+7701000{row:04d}" for row in range(30)]
NAME = "Айгерим"


def journal_of(folder: Path) -> Path:
    return folder / "home" / "journal.db"


def ids(path: Path) -> list[str]:
    return [row["freedom_id"] for row in read_rows(path)]


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """30 users and one whose row is refused, whose texts hold a name."""
    names = [NAME] * 31
    return write_users(tmp_path / "users.csv", [*PHONES, "12"], firstname=names, note=[f"{NAME}!"] * 31)


def test_a_purge_tells_first_and_leaves_no_text_no_lock_and_no_free_page(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "crm.toml"
    profile.write_text('[values.nationality]\n"Kowalska" = "Poland"\n', encoding="utf-8")
    for night in range(3):
        users.write_text(users.read_text(encoding="utf-8") + f"+7702000{night:04d},{NAME},x\n", encoding="utf-8")
        assert importer("run", users, "--profile", profile).code == 1
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        assert connection.execute("SELECT count(*) FROM runs WHERE settings LIKE '%kowalska%'").fetchone() == (3,)
    connection.close()
    copies = sorted((tmp_path / "home").rglob("input.csv"))
    assert len(copies) == 3
    told = importer("purge", "--older-than", "0d", "--dry-run")
    assert told.out.startswith("3 runs would be purged")
    assert sorted((tmp_path / "home").rglob("input.csv")) == copies
    assert importer("purge", "--older-than", "0d").out.startswith("3 runs purged")
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    connection.close()
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and "reserve" not in path.name]
    assert not [path for path in left if NAME.encode() in path.read_bytes() or b"kowalska" in path.read_bytes()]
    assert not list((tmp_path / "home").rglob("*.lock"))
    for words in ("x", "-1d", "90", "9999999999d", "٩d", "1.5d", "", "d"):
        assert importer("purge", "--older-than", words).code == 2


def refused_in(folder: Path) -> int:
    connection = sqlite3.connect(journal_of(folder))
    count: int = connection.execute("SELECT count(*) FROM refused").fetchone()[0]
    connection.close()
    return count


def test_of_refused_rows_so_many_are_kept_until_their_last_run_is_purged(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_rows, "MOST_REMEMBERED", 4)
    users = write_users(tmp_path / "users.csv", [f"1{number}" for number in range(6)])
    assert importer("run", users).code == 1
    assert refused_in(tmp_path) == 4, "six were refused"
    assert importer("run", users, "--fresh").code == 1
    assert refused_in(tmp_path) == 4, "the same rows stand once"
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        connection.execute("UPDATE runs SET updated_at = '2020-01-01T00:00:00+00:00' WHERE number = 1")
    connection.close()
    assert importer("purge", "--older-than", "1d").out.startswith("1 run purged")
    assert refused_in(tmp_path) == 4, "they are the newer run's by now"
    back = importer("run", tmp_path / "users.rejected.csv", "--json")
    assert (back.code, back.json["statuses"]["invalid"]) == (1, 6)
    assert importer("purge", "--older-than", "0d").out.startswith("2 runs purged")
    assert refused_in(tmp_path) == 0


def test_a_disk_that_lies_about_a_refused_row_or_a_run_is_noticed_before_anything_is_sent(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["8 701 000 00 01", "+77010000001", "+77010000002"])
    assert importer("run", users, "--limit", "1").code == 1
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        connection.execute("""UPDATE runs SET settings = replace(settings, '"region": "KZ"', '"region": "KX"')""")
        assert connection.execute("SELECT count(*) FROM runs WHERE settings LIKE '%KX%'").fetchone() == (1,)
    connection.close()
    for command in (("run", users), ("run", "--resume", "latest"), ("report", "latest"), ("verify", "latest")):
        ended = importer(*command)
        assert (ended.code, "what it says of run" in ended.err) == (5, True), command
    for damage in ("phone = randomblob(16)", "wrong = replace(wrong, 'duplicate', 'duplicatf')", "wrong = '{'"):
        with sqlite3.connect(journal_of(tmp_path)) as connection:
            kept = connection.execute("SELECT phone, wrong FROM refused").fetchone()
            connection.execute(f"UPDATE refused SET {damage}")
        ended = importer("run", tmp_path / "users.rejected.csv")
        assert (ended.code, "rows that were refused" in ended.err) == (5, True), damage
        with connection:
            connection.execute("UPDATE refused SET phone = ?, wrong = ?", kept)
        connection.close()
    assert len(sandbox.users()) == 1
    back = importer("run", tmp_path / "users.rejected.csv", "--json")
    assert (back.code, back.json["statuses"]["duplicate"]) == (1, 1)


def test_runs_purge_by_themselves_where_that_is_configured(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    assert importer("run", users).code == 1
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        connection.execute("UPDATE runs SET updated_at = '2020-01-01T00:00:00+00:00'")
    connection.close()
    other = write_users(tmp_path / "other.csv", ["+77030000001"])
    assert importer("run", other, "--retention-days", "36500").code == 0
    assert "purged" not in importer("runs").out
    found = tmp_path / "importer.toml"
    found.write_text("[retention]\ndays = 90\n", encoding="utf-8")
    assert importer("run", other).code == 2
    found = found.rename(tmp_path / "kept.toml")
    ended = importer("run", other, "--config", found)
    assert ended.code == 0
    assert "1 run older than 90 days was purged" in ended.err
    assert "purged" in importer("runs").out
    for wrong in (
        "retention = 90\n",
        "[retention]\ndays = 0\n",
        "[retention]\nweeks = 1\n",
        '[retention]\ndays = "x"\n',
    ):
        found.write_text(wrong, encoding="utf-8")
        assert importer("run", other, "--config", found).code == 2
    found.unlink()


def test_space_that_a_run_at_work_kept_is_given_back_later_though_nothing_is_purged_then(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", ["12"] * 2_000, firstname=[NAME] * 2_000)
    assert importer("run", users).code == 1
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        connection.execute("UPDATE runs SET updated_at = '2020-01-01T00:00:00+00:00'")
    settings = load({"retention_days": 90})

    def free_pages() -> int:
        count: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
        return count

    with Journal.open(settings.journal_location) as journal, journal.locks.hold("somebody's run"):
        purge_by_itself(settings, Watch())
    assert free_pages() > 0
    purge_by_itself(settings, Watch())
    assert free_pages() == 0
    connection.close()


def test_freedom_ids_are_learnt_back_from_results_and_nothing_is_overwritten(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    assert importer("run", users).code == 1
    result = tmp_path / "users.result.csv"
    given, created = ids(result), len(sandbox.users())
    shutil.rmtree(tmp_path / "home")
    assert importer("journal", "learn", result, FREEDOM_ID_URL="https://api.example").code == 2
    learnt = importer("journal", "learn", result)
    assert (learnt.code, learnt.out) == (0, f"{result.name}: 30 users learnt, 0 known before, 0 contradict\n")
    assert importer("journal", "learn", result).out.endswith("0 users learnt, 30 known before, 0 contradict\n")
    assert importer("run", users, "--force").code == 1
    assert ids(result) == given
    assert len(sandbox.users()) == created
    assert importer("verify", "latest").code == 0
    changed = tmp_path / "changed.csv"
    text = result.read_text(encoding="utf-8").replace(given[2], given[3][::-1].replace("-", "")[:8] + given[3][8:])
    changed.write_text(text.replace(PHONES[5], "+77090000009"), encoding="utf-8")
    told = importer("journal", "learn", changed)
    assert told.code == 1
    assert "another FreedomID for its phone" in told.out
    assert "its FreedomID for another phone" in told.out
    assert "0 users learnt, 28 known before, 2 contradict" in told.out
    assert "+7701" not in told.out
    assert importer("journal", "learn", users).code == 2


def test_a_result_as_input_keeps_its_ids_where_the_journal_has_lost_them(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    assert importer("run", users).code == 1
    result, again = tmp_path / "users.result.csv", tmp_path / "again.csv"
    given, requests = ids(result), sandbox.stats()["requests"]
    shutil.rmtree(tmp_path / "home")
    ended = importer("run", result, "-o", again)
    assert "30 users learnt" in ended.err
    assert ids(again) == given
    assert [row["import_status"] for row in read_rows(again)[:30]] == ["already_imported"] * 30
    assert sandbox.stats()["requests"] == requests
    shutil.rmtree(tmp_path / "home")
    result.write_text(result.read_text(encoding="utf-8").replace(f"{PHONES[1]},", "+77090000009,"), encoding="utf-8")
    assert importer("run", result, "-o", tmp_path / "changed.csv").code == 1
    changed = read_rows(tmp_path / "changed.csv")
    assert changed[1]["import_status"] == "created"
    assert changed[1]["freedom_id"] not in given
    taken = [row for place, row in enumerate(changed[:30]) if place != 1]
    assert [row["freedom_id"] for row in taken] == [given[0], *given[2:30]]
    assert {(row["import_status"], row["import_error_code"]) for row in taken} == {("exists", "")}
    assert all("the API named none" in row["import_note"] for row in taken)
    assert importer("verify", "latest", tmp_path / "changed.csv").code == 0


def test_a_run_whose_copy_is_gone_takes_the_file_again_if_it_is_the_same(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    assert importer("run", users, "--limit", "10").code == 4 or True
    (copy,) = (tmp_path / "home" / "journal.runs").glob("*/input.csv")
    copy.unlink()
    assert importer("report", "latest", "-o", tmp_path / "out.csv").code in {1, 4}
    assert importer("run", users).code == 1
    assert copy.read_bytes() == users.read_bytes()
    copy.write_bytes(copy.read_bytes().replace(PHONES[0].encode(), PHONES[0][:-1].encode() + b"9"))
    assert importer("verify", "latest").code == 0
    moved = users.with_name("moved.csv")
    moved.write_bytes(users.read_bytes())
    users.write_text("phone\n+77019999999\n", encoding="utf-8")
    damaged = importer("report", "latest", "-o", tmp_path / "new.csv")
    assert (damaged.code, "is damaged" in damaged.err) == (5, True)
    copy.unlink()
    gone = importer("report", "latest", "-o", tmp_path / "new.csv")
    assert (gone.code, "import it from where it is now" in gone.err) == (3, True)
    assert importer("run", moved).code == 1
    assert copy.read_bytes() == moved.read_bytes()
    assert importer("report", "latest", "-o", tmp_path / "new.csv").code == 1


def test_a_damaged_entry_gives_nobody_an_id_and_report_refuses_what_run_refuses(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path
) -> None:
    assert importer("run", users).code == 1
    assert importer("run", users, "--fresh").code == 1  # folded
    before, folded = (tmp_path / "users.result.csv").read_bytes(), importer("runs", "--json").json[0]["id"]
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        connection.execute("UPDATE ledger SET freedom_id = zeroblob(16) WHERE row = 4")
        connection.execute("UPDATE rows SET freedom_id = zeroblob(16) WHERE row = 5 AND run = 1")
    connection.close()
    for command in (("run", users, "--fresh"), ("report", folded), ("verify", folded)):
        ended = importer(*command)
        assert ended.code == 5, command
        assert "row" in ended.err
    assert (tmp_path / "users.result.csv").read_bytes() == before
    assert importer("report", folded, "-o", tmp_path / "new.csv").code == 5
    assert [row["import_error_code"] for row in read_rows(tmp_path / "new.csv")].count("row_unreadable") == 1


def test_of_a_run_that_ended_while_it_was_planned_it_is_said_that_nothing_was_sent(
    importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_job: object) -> None:
        raise Interrupted("the command was asked to end")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "plan_rows", cut_off)
        assert importer("run", users).code == 4
    for command, code in ((("report", "-o", tmp_path / "again.csv"), 2), (("verify",), 5)):
        ended = importer(command[0], "latest", *command[1:])
        assert ended.code == code, command
        assert "nothing was sent" in ended.err
        assert f"importer run {users.name}" in ended.err
    assert not (tmp_path / "again.csv").exists()
    assert importer("run", users).code == 1
    assert importer("verify", "latest").code == 0


def test_all_runs_are_listed_on_demand(importer: Commands, sandbox: Sandbox, users: Path, tmp_path: Path) -> None:
    assert importer("run", users).code == 1
    assert "not shown" not in importer("runs").out
    with sqlite3.connect(journal_of(tmp_path)) as connection:
        names = [name for _, name, *_ in connection.execute("PRAGMA table_info(runs)")][2:]
        columns = ", ".join(names)
        for number in range(51):
            connection.execute(
                f"INSERT INTO runs (id, {columns}) SELECT '{number:012x}', {columns} FROM runs WHERE number = 1"
            )
    connection.close()
    assert importer("runs").out.splitlines()[-1] == "2 older runs are not shown; --all shows them"
    assert len(importer("runs", "--all").out.splitlines()) == 1 + 52
    assert len(importer("runs", "--json").json) == 52
