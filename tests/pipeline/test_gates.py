"""Files that are refused as a whole: those still being written, and halved ones."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.commands import Commands, read_rows, write_users

from importer.sandbox import Sandbox


def phones(count: int, start: int = 0) -> list[str]:
    return [f"+7701{start + number:07d}" for number in range(count)]


def grow(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("+77019999999\n")


def replace_by_another(path: Path) -> None:
    write_users(path.with_name("other"), phones(4, 50)).replace(path)


@contextmanager
def again_and_again(change: Callable[[Path], None], path: Path) -> Iterator[None]:
    """Somebody at work on a file while a command reads it."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.01):
            change(path)

    writer = threading.Thread(target=work)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


@pytest.mark.parametrize(
    ("change", "command"),
    [(grow, ["run"]), (Path.touch, ["validate"]), (replace_by_another, ["validate", "-o", "checked.csv"])],
)
def test_a_file_that_somebody_writes_to_is_refused(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, change: Callable[[Path], None], command: list[str]
) -> None:
    users = write_users(tmp_path / "users.csv", phones(4))
    with again_and_again(change, users):
        ended = importer(*command, users, "--json")
    assert ended.code == 3, ended.err
    assert "changed while it was being read" in ended.json["message"]
    assert sandbox.stats()["requests"] == 0
    assert not (tmp_path / "checked.csv").exists()
    assert importer(*command, users).code in {0, 1}, "once nobody writes any more it is taken"


def test_a_file_with_too_few_rows_is_refused(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", phones(9))
    for command in ("run", "validate"):
        ended = importer(command, users, "--min-rows", "10")
        assert ended.code == 3
        assert "9 rows are fewer than --min-rows 10" in ended.err
    assert sandbox.stats()["requests"] == 0
    assert importer("run", users, IMPORTER_MIN_ROWS="9").code == 0


@pytest.mark.parametrize(
    ("first", "second", "options"),
    [
        ("users_2026-01-01.csv", "users_2026-01-02.csv", []),
        ("a.csv", "b.csv", ["--profile", "crm.toml"]),
    ],
)
def test_a_file_much_shorter_than_the_last_of_its_source_is_refused(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, first: str, second: str, options: list[str]
) -> None:
    Path("crm.toml").write_text('max_shrink = "20%"\n', encoding="utf-8")
    told = [*options, "--max-shrink", "20%"]
    assert importer("run", write_users(tmp_path / first, phones(10)), *told).code == 0
    users = write_users(tmp_path / second, phones(7))
    for command in ("validate", "run"):
        ended = importer(command, users, *told)
        assert ended.code == 3
        assert "7 rows, and the last finished run of this source had 10: 30.0% fewer" in ended.err
    assert importer("run", users, *options, "--max-shrink", "30%").code == 0
    assert importer("run", write_users(users, phones(6)), *told).code == 0, "the last finished run had seven"


def test_another_source_an_unfinished_run_and_a_correction_are_nothing_to_compare_with(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--max-shrink", "20%", "--source", "crm"]
    users = write_users(tmp_path / "users.csv", [*phones(20), "12"])
    importer("run", users, *told, "--limit", "5")
    assert importer("run", write_users(tmp_path / "short.csv", phones(10)), *told).code == 0, "that run never finished"
    assert importer("run", write_users(tmp_path / "tiny.csv", phones(2)), "--max-shrink", "20%").code == 0
    importer("run", users, *told)
    rejected = tmp_path / "users.rejected.csv"
    rejected.write_text(rejected.read_text(encoding="utf-8").replace("\n12,", "\n+77018888888,"), encoding="utf-8")
    assert importer("run", rejected, *told).code == 0, "corrections are no delivery"
    assert importer("run", write_users(tmp_path / "next.csv", phones(12)), *told).code == 3, "nor are they the last one"


def test_a_file_much_longer_than_the_last_of_its_source_is_refused(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--source", "crm", "--max-growth", "50%"]
    assert importer("run", write_users(tmp_path / "a.csv", phones(10)), *told).code == 0, "nothing to compare with"
    users = write_users(tmp_path / "b.csv", phones(16))
    ended = importer("run", users, *told)
    assert ended.code == 3
    assert "16 rows, and the last finished run of this source had 10: 60.0% more" in ended.err
    assert importer("run", write_users(users, phones(15)), *told).code == 0
    assert importer("validate", write_users(users, phones(45)), "--source", "crm", "--max-growth", "200%").code == 0
    for value in ("50", "-1%", "x%"):
        assert importer("validate", users, f"--max-growth={value}").code == 2


def columns(path: Path, *names: str) -> Path:
    """A file with these headers, in which the column of phones is the one called ``phone`` in some spelling."""
    cells = ["+77010000001" if name.strip().lower() == "phone" else "x" for name in names]
    path.write_text(",".join(names) + "\n" + ",".join(cells) + "\n", encoding="utf-8")
    return path


def test_a_lost_or_new_column_refuses_the_file_by_its_name_and_nothing_else_does(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--source", "crm", "--columns", "same"]
    assert importer("run", columns(tmp_path / "first.csv", "phone", "Город", "City", "note"), *told).code == 0
    users = tmp_path / "next.csv"
    others = ["Note", "Phone ", "CITY", "город", ""]  # another order, other spellings, a column without a name
    assert importer("validate", columns(users, *others), *told).code == 0
    for command, headers, words in (
        ("run", ("phone", "Город", "note"), 'lost "City"; nothing'),
        ("run", ("phone", "Town", "City", "note"), 'lost "Город"; new "Town"'),
        ("validate", ("phone", "Город", "City", "note", "note"), 'new "note"; nothing'),
    ):
        ended = importer(command, columns(users, *headers), *told)
        assert (ended.code, words in ended.err) == (3, True), (headers, ended.err)
    assert importer("run", columns(users, "phone", "note"), "--source", "crm").code == 0, "without the gate"
    assert importer("run", columns(users, "phone", "note"), *told, "--fresh").code == 0, (
        "that was the last finished one"
    )
    assert importer("validate", users, "--columns", "equal").code == 2


def test_a_header_that_looks_like_somebodys_cell_is_neither_remembered_nor_compared(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--source", "crm", "--columns", "same"]
    importer("run", columns(tmp_path / "a.csv", "phone", "ann@x.kz"), *told)
    assert "ann@x.kz" not in importer("runs", "latest", "--json").out
    assert importer("run", columns(tmp_path / "b.csv", "phone", "bob@x.kz"), *told).code == 0


def test_a_first_person_where_the_header_stood_is_counted_and_not_named(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--source", "crm", "--columns", "same"]
    assert importer("run", columns(tmp_path / "first.csv", "phone", "Город"), *told).code == 0
    (tmp_path / "next.csv").write_text("Секретова,Айгуль\nx,+77010000001\n", encoding="utf-8")
    ended = importer("run", tmp_path / "next.csv", *told, "--map", "column B=phone")
    assert (ended.code, 'lost "phone", "Город"; new columns: 2' in ended.err) == (3, True), ended.err
    assert "Секретова" not in ended.err


def test_a_source_that_comes_seldom_is_compared_though_a_thousand_runs_of_others_lie_between(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = ["--max-shrink", "20%", "--source", "quarterly"]
    assert importer("run", write_users(tmp_path / "first.csv", phones(10)), *told).code == 0
    others = """
        INSERT INTO runs SELECT NULL, printf('%012x', ?), identity, api, input_name, input_sha256, state,
            replace(settings, 'quarterly', 'nightly'), created_at, updated_at, finished_at, 99, counts, exit_code,
            version
        FROM runs WHERE number = 1"""
    with sqlite3.connect(tmp_path / "home" / "journal.db") as connection:
        connection.executemany(others, [(number,) for number in range(1001)])
    connection.close()
    ended = importer("run", write_users(tmp_path / "next.csv", phones(7)), *told)
    assert (ended.code, "had 10: 30.0% fewer" in ended.err) == (3, True)


@pytest.mark.parametrize("value", ["20", "-1%", "101%", "x%", "5%%"])
def test_a_share_is_written_with_its_sign(importer: Commands, tmp_path: Path, value: str) -> None:
    ended = importer("run", write_users(tmp_path / "users.csv", phones(2)), f"--max-shrink={value}")
    assert ended.code == 2
    assert "max-shrink" in ended.err


REFUSALS = {
    "no such file": lambda path: path.unlink(),
    "no rows": lambda path: path.write_text("phone\n", encoding="utf-8"),
    "too many invalid": lambda path: write_users(path, [*phones(1), "1", "2", *phones(1)]),
    "too few": lambda path: write_users(path, [*phones(1), "1"]),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_refused_file_leaves_no_older_output_of_any_kind_and_its_invalid_rows_beside(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, why: str
) -> None:
    users = write_users(tmp_path / "users.csv", [*phones(3), "12"])
    importer("run", users)
    grow(tmp_path / "users.result.csv")  # by hand: the next one goes beside it
    importer("run", users)
    written = {path.name for path in tmp_path.glob("users.re*")}
    assert written >= {"users.result.2.csv", "users.result.2.csv.manifest.json", "users.rejected.2.xlsx"}
    REFUSALS[why](users)
    ended = importer("run", users, "--max-invalid", "1", "--min-rows", "3", "--json")
    assert ended.code == 3, ended.err
    left = {path.name for path in tmp_path.glob("users.re*") if ".previous" not in path.name}
    invalid = {"too many invalid": ["1", "2"], "too few": ["1"]}.get(why, [])
    rejected = {"users.rejected.csv", "users.rejected.xlsx"} if invalid else set()
    assert left == rejected
    assert {f"{name}.previous" for name in written} <= {path.name for path in tmp_path.iterdir()}
    if invalid:
        assert [row["phone"] for row in read_rows(tmp_path / "users.rejected.csv")] == invalid
        assert ended.json["rejected"] == str(tmp_path / "users.rejected.csv")


def test_a_check_that_refuses_leaves_no_older_checked_file(importer: Commands, tmp_path: Path) -> None:
    users = write_users(tmp_path / "users.csv", [*phones(2), "1"])
    importer("validate", users, "-o", "checked.csv")
    assert importer("validate", users, "-o", "checked.csv", "--max-invalid", "0").code == 3
    assert not Path("checked.csv").exists()
    assert len(read_rows(Path("checked.csv.previous"))) == 3
    assert [row["phone"] for row in read_rows(Path("checked.rejected.csv"))] == ["1"]
    users.unlink()
    assert importer("validate", users, "-o", "checked.csv").code == 3
    assert not Path("checked.rejected.csv").exists()


def test_a_refusal_moves_no_output_of_another_file_beside_it(
    importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    other = write_users(tmp_path / "users.tsv", ["+77010000001", "12"])
    importer("run", other)
    users = write_users(tmp_path / "users.csv", phones(1))
    importer("run", users)
    users.unlink()
    assert importer("run", users).code == 3
    assert not (tmp_path / "users.result.csv").exists()
    assert (tmp_path / "users.result.tsv").exists()
    assert (tmp_path / "users.rejected.tsv").exists()
