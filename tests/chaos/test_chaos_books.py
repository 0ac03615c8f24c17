"""``importer verify`` proves a sound run and is loud about every tampering, with files and with the journal."""

import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from chaos.kit import Shop, tell
from chaos.year_of_nights import SHORT, phone
from support.commands import read_rows

JOURNAL = {
    "an ID on two rows": "UPDATE rows SET freedom_id = (SELECT freedom_id FROM rows WHERE row = 9) WHERE row = 8",
    "a row lost": "DELETE FROM rows WHERE row = 20",
    "a status changed": "UPDATE rows SET state = 12 WHERE row = 21",
    "an ID lost": "UPDATE rows SET freedom_id = NULL WHERE row = 22",
    "a row taken back": "UPDATE rows SET state = 0, freedom_id = NULL WHERE row = 23",
}


def tampered(text: str, how: str) -> str:
    lines = text.splitlines(keepends=True)
    if how == "a row removed":
        del lines[7]
    elif how == "a row repeated":
        lines.insert(7, lines[6])
    elif how == "two rows exchanged":
        lines[7], lines[8] = lines[8], lines[7]
    elif how == "an ID changed":
        lines[7] = lines[7].replace("-4", "-5", 1)
    else:
        lines[7] = lines[7].replace("created", "exists")
    return "".join(lines)


def test_a_changed_output_or_journal_does_not_pass(shop: Shop):
    users = shop.users(60, bad=False)
    assert shop.run("run", users.path).code == 0
    run, output = shop.settle(users).run, shop.output(users)
    sound = output.read_text(encoding="utf-8")
    for how in ("a row removed", "a row repeated", "two rows exchanged", "an ID changed", "a status changed"):
        output.write_text(tampered(sound, how), encoding="utf-8")
        ended = shop.run("verify", run, output)
        assert ended.code == 5, how
        assert "+7701" not in ended.err
    output.write_text(sound, encoding="utf-8")
    assert shop.run("verify", run, output).code == 0


@pytest.mark.chaos
@pytest.mark.parametrize("how", JOURNAL)
def test_a_changed_journal_does_not_pass_and_a_lost_row_overwrites_nothing(shop: Shop, how: str):
    users = shop.users(60, bad=False)
    assert shop.run("run", users.path).code == 0
    run, output = shop.settle(users).run, shop.output(users)
    with sqlite3.connect(shop.journal) as connection:
        connection.execute(JOURNAL[how])
    connection.close()
    assert shop.run("verify", run).code == 5
    if how == "a row lost":
        before = output.read_bytes()
        assert shop.run("run", users.path).code == 5
        assert shop.run("report", run).code == 5
        assert output.read_bytes() == before


def removed(shop: Shop) -> None:
    shutil.rmtree(shop.home)


def moved(shop: Shop) -> None:
    shop.home.rename(shop.folder / "elsewhere")


def put_back(shop: Shop) -> None:
    """As a backup is: other files of the same names."""
    shutil.copytree(shop.home, shop.folder / "copy")
    shop.home.rename(shop.folder / "elsewhere")
    (shop.folder / "copy").rename(shop.home)


def without_log(shop: Shop) -> None:
    (shop.home / "journal.db-wal").unlink()


@pytest.mark.parametrize(
    "how", [removed, *(pytest.param(one, marks=pytest.mark.chaos) for one in (moved, put_back, without_log))]
)
def test_a_state_folder_that_goes_away_in_the_middle_stops_the_run_and_no_id_is_lost(shop: Shop, how):
    """Users were created into files that nobody could open any more, and the output was not written."""
    users = shop.users(12_000, bad=False)
    running = shop.start("run", users.path, "--concurrency", 64)
    assert running.until(shop.has_requests(300))
    how(shop)
    ended = running.wait()
    assert ended.code == 4, ended.err
    assert "removed, moved or replaced" in ended.out + ended.err
    rows, created = shop.rows(users), {user["phone"]: user["freedom_id"] for user in shop.sandbox.users()}
    assert [row["phone"] for row in rows] == users.cells
    assert {row["phone"]: row["freedom_id"] for row in rows if row["freedom_id"]} == created
    statuses = Counter(row["import_status"] for row in rows)
    assert set(statuses) == {"created", "not_sent"}
    assert len(created) < 6_000, "it was noticed at once"
    tell(f"the state folder {how.__name__}", created=len(created), not_sent=statuses["not_sent"])


@pytest.mark.chaos
def test_a_flipped_bit_in_the_notes_is_told_and_the_report_keeps_the_ids_without_them(shop: Shop):
    lines = [f"{phone(number, 'formatted')},Алия,Серикова {number}" for number in range(1, 2_501)]
    path = shop.folder / "users.csv"
    path.write_text("\n".join(["phone,firstname,lastname", *lines, ""]), encoding="utf-8")
    assert shop.run("run", path).code == 1
    run, output = shop.run("runs", "--json").json[0]["id"], shop.folder / "users.result.csv"
    sound = read_rows(output)
    with sqlite3.connect(shop.journal) as connection:
        (texts,) = connection.execute("SELECT texts FROM packed_remarks WHERE first = 1000").fetchone()
        flipped = texts[:300] + bytes([texts[300] ^ 1]) + texts[301:]
        connection.execute("UPDATE packed_remarks SET texts = ? WHERE first = 1000", (flipped,))
    connection.close()
    before = output.read_bytes()
    for command in (("report", run), ("verify", run), ("report", run, "-o", shop.folder / "new.csv")):
        ended = shop.run(*command)
        assert ended.code == 5, command
        assert "damaged" in ended.err
    assert output.read_bytes() == before
    salvaged = read_rows(shop.folder / "new.csv")
    touched = range(1_000 - 2, 2_000 - 2)
    for number, (one, other) in enumerate(zip(sound, salvaged, strict=True)):
        assert one["freedom_id"] == other["freedom_id"]
        assert (one == other) is (number not in touched)
    assert {(row["import_status"], row["import_error_code"]) for row in salvaged[998:1_998]} == {
        ("created", ""),
        ("unconfirmed", "row_unreadable"),
    }


@pytest.mark.chaos
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("phones", ["clean", "formatted"])
def test_a_year_of_nights_of_the_same_users_takes_a_few_megabytes(shop: Shop, moved_clock: dict[str, str], phones: str):
    """365 exports of 2,000 users, of whom two are new each night and stand anywhere: 38 MB, and 401 lock files.

    The whole state folder is meant, after every night: the copies of the inputs, which are kept for 30 days, and the
    reserve, too. ``formatted``: each row has a note, or an error; 18 MB where those stood row by row.
    """
    script, nights = Path(__file__).with_name("year_of_nights.py"), 365
    command = [sys.executable, script, shop.folder, str(nights), moved_clock["MOVED_CLOCK"], phones]
    environ = shop.variables(**moved_clock)
    said = subprocess.run(command, env=environ, cwd=shop.folder, capture_output=True, text=True, check=True)
    codes, sizes = zip(*map(str.split, said.stdout.splitlines()), strict=True)
    assert codes == ("0" if phones == "clean" else "1",) * nights
    short = range(SHORT, 2_000 + 2 * nights, SHORT) if phones == "formatted" else ()
    assert len(shop.sandbox.users()) == 1_998 + 2 * nights - len(short)
    assert max(map(int, sizes)) < 10_000_000
    files = [path for path in shop.home.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in {".lock", ".owner"}]
    journal = sum(path.stat().st_size for path in files if path.name.startswith("journal.db"))
    at = {f"night_{night}_MB": round(int(sizes[night - 1]) / 1e6, 1) for night in (30, 120, 365)}
    tell(f"a year of nights, {phones}", **at, journal_MB=round(journal / 1e6, 1))
    runs = shop.run("runs", "--all", "--json").json
    assert len(runs) == nights
    last, old = runs[0]["id"], runs[20]["id"]
    assert shop.run("verify", last, shop.folder / "users.result.csv").code == 0
    assert shop.run("report", old, "-o", shop.folder / "old.csv").code == int(codes[0])
    assert shop.run("verify", old, shop.folder / "old.csv").code == 0
