import csv
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.small_disk import file_size_limit

from importer.errors import BooksDontBalance, StorageFailed
from importer.model import RESULT_COLUMNS, TO_BE_FIXED, Status
from importer.reading.table import Dialect
from importer.writing import ResultChunk, Written, write_output

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
WITH_ID = {Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED}
Make = Callable[..., Any]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Written]:
    def run(table: Any, results: Any, extension: str = "csv", **options: Any) -> Written:
        return write_output(
            table,
            (),
            results,
            tmp_path / f"users.result.{extension}",
            tmp_path / f"users.rejected.{extension}",
            **options,
        )

    return run


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_every_row_is_in_the_result_and_those_to_be_mended_in_the_rejected_file(
    make_table: Make, outcomes: Make, write: Make, tmp_path: Path
) -> None:
    statuses = list(Status)
    by_row = {
        row: {
            "freedom_id": UUID if status in WITH_ID else "",
            "import_status": str(status),
            **({} if status in {*WITH_ID, Status.NOT_SENT} else
               {"import_error_code": "code", "import_error": f"why {row}"}),
        }
        for row, status in enumerate(statuses, start=2)
    }  # fmt: skip
    table = make_table([(str(number), "x") for number in range(len(statuses))], chunk_rows=2)
    done = write(table, outcomes(by_row))
    names_of = (tmp_path / f"users.{name}" for name in ("result.csv", "rejected.csv", "rejected.xlsx"))
    output, text, book = names_of
    assert done == Written(output, text, len(statuses), book)
    result, rejected = rows_of(done.output), rows_of(done.rejected)
    assert [row[3] for row in result[1:]] == [str(status) for status in statuses]
    assert [*rejected[0][:2], *rejected[0][3:]] == result[0]
    mended = [(str(number), row) for number, row in enumerate(result[1:], start=2) if row[3] in TO_BE_FIXED]
    assert [(row[2], [*row[:2], *row[3:]]) for row in rejected[1:]] == mended


def test_both_files_are_for_their_owner_alone(make_table: Make, outcomes: Make, invalid: Make, write: Make) -> None:
    before = os.umask(0)
    try:
        done = write(make_table(), outcomes({2: invalid()}))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (done.output, done.rejected)} == {0o600}


def test_the_rejected_file_has_its_header_in_row_1_and_no_gaps(
    make_table: Make, outcomes: Make, invalid: Make, write: Make
) -> None:
    table = make_table({5: ("1", "a"), 9: ("2", "b\nc"), 12: ("3", "d")}, dialect=Dialect("csv", header_row=4))
    done = write(table, outcomes({5: invalid(), 9: invalid(), 12: invalid()}))
    assert [row[0] for row in rows_of(done.rejected)] == ["phone", "1", "2", "3"]


def test_an_earlier_rejected_file_goes_when_nothing_is_left_to_mend(
    make_table: Make, outcomes: Make, invalid: Make, write: Make, tmp_path: Path
) -> None:
    write(make_table(), outcomes({2: invalid()}))
    done = write(make_table(), outcomes())
    assert done.rejected is None
    assert names(tmp_path) == ["users.result.csv"]


def test_a_file_of_somebody_else_under_the_rejected_name_stays(
    make_table: Make, outcomes: Make, write: Make, tmp_path: Path
) -> None:
    (tmp_path / "users.rejected.csv").write_text("mine\n")
    write(make_table(), outcomes())
    assert (tmp_path / "users.rejected.csv").read_text() == "mine\n"


def test_the_input_is_not_removed_though_it_has_the_name_of_the_rejected_file(
    make_table: Make, outcomes: Make, invalid: Make, write: Make, tmp_path: Path
) -> None:
    source = write(make_table(), outcomes({2: invalid()})).rejected
    write(make_table(path=source), outcomes())
    assert source.exists()


def test_outcomes_of_other_rows_are_a_loud_failure_that_replaces_nothing(
    make_table: Make, outcomes: Make, write: Make, tmp_path: Path
) -> None:
    write(make_table(), outcomes())
    before = (tmp_path / "users.result.csv").read_bytes()
    table = make_table([("1", "a"), ("2", "b")])
    with pytest.raises(BooksDontBalance, match="2 rows and the journal gives outcomes for 1"):
        write(table, lambda index: outcomes()(index[:1]))
    assert (tmp_path / "users.result.csv").read_bytes() == before
    assert names(tmp_path) == ["users.result.csv"]


def test_outcomes_that_break_the_schema_are_a_loud_failure_that_names_the_checks_and_no_values(
    make_table: Make, outcomes: Make, write: Make, tmp_path: Path
) -> None:
    broken = {2: {"import_status": "created", "freedom_id": "secret-value"}, 3: {"import_status": "invalid"}}
    with pytest.raises(BooksDontBalance, match="freedom_id_form, import_error_missing") as caught:
        write(make_table([("1", "a"), ("2", "b")]), outcomes(broken))
    assert caught.value.exit_code == 5
    assert "secret-value" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert names(tmp_path) == []


def test_the_result_columns_must_be_those_of_the_contract(make_table: Make, outcomes: Make, write: Make) -> None:
    def without_note(index: pd.Index) -> ResultChunk:
        chunk = outcomes()(index)
        return ResultChunk(chunk.frame[list(RESULT_COLUMNS[:-1])], chunk.marks)

    with pytest.raises(BooksDontBalance):
        write(make_table(), without_note)


def test_what_disapproves_of_the_count_keeps_both_files_from_showing(
    make_table: Make, outcomes: Make, invalid: Make, write: Make, tmp_path: Path
) -> None:
    counts = []

    def disapprove(rows: int) -> None:
        counts.append(rows)
        raise BooksDontBalance("one row is missing")

    with pytest.raises(BooksDontBalance, match="one row"):
        write(make_table([("1", "a"), ("2", "b")]), outcomes({3: invalid()}), approve=disapprove)
    assert counts == [2]
    assert names(tmp_path) == []


@pytest.mark.parametrize("extension", ["csv", "csv.gz", "xlsx", "ods", "xls"])
def test_a_full_disk_leaves_what_was_there(
    make_table: Make, outcomes: Make, invalid: Make, write: Make, tmp_path: Path, extension: str
) -> None:
    for name in (f"users.result.{extension}", f"users.rejected.{extension}"):
        (tmp_path / name).write_bytes(b"old")
    family = extension if extension in {"xlsx", "xls", "ods"} else "csv"
    rows = [(os.urandom(6).hex(), os.urandom(40).hex()) for _ in range(3_000)]
    table = make_table(rows, dialect=Dialect(family, gzip=extension.endswith("gz")), chunk_rows=500)
    with pytest.raises(StorageFailed, match=rf"users\.result\.{extension}.*free some space"), file_size_limit(20_000):
        write(table, outcomes({1_000: invalid()}), extension)
    assert names(tmp_path) == sorted([f"users.result.{extension}", f"users.rejected.{extension}"])
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"old"}


def test_an_interrupt_while_writing_leaves_nothing(
    make_table: Make, outcomes: Make, write: Make, tmp_path: Path
) -> None:
    def interrupted(index: pd.Index) -> ResultChunk:
        if 3 in index:
            raise KeyboardInterrupt
        chunk: ResultChunk = outcomes()(index)
        return chunk

    for extension in ("csv", "csv.gz", "xlsx", "ods", "xls"):
        with pytest.raises(KeyboardInterrupt):
            write(make_table([("1", "a"), ("2", "b")], chunk_rows=1), interrupted, extension)
    assert names(tmp_path) == []


def test_the_result_and_its_own_output_are_the_same(
    make_table: Make, outcomes: Make, invalid: Make, write: Make
) -> None:
    """Output → input → output is stable, apostrophes included."""
    table = make_table([("=1", "a"), ("+77011112233", "'b")])
    by_row = {2: invalid("=why", note="@note")}
    first = rows_of(write(table, outcomes(by_row)).output)
    again = make_table([row[:2] for row in first[1:]], header=tuple(first[0][:2]))
    assert rows_of(write(again, outcomes(by_row)).output) == first
