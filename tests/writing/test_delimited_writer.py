import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.columns.formula_injection import without_apostrophes_inside
from importer.errors import BooksDontBalance
from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect
from importer.writing import write_output

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
Make = Callable[..., Any]
CSV = Dialect("csv")


def written(table: Any, results: Any, tmp_path: Path, name: str = "users.result.csv", dropped: Any = ()) -> bytes:
    output = tmp_path / name
    write_output(table, dropped, results, output, tmp_path / name.replace("result", "rejected"))
    return output.read_bytes()


def cells(content: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))


def test_the_five_columns_stand_right_of_the_input_own(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    content = written(make_table(), outcomes(), tmp_path)
    assert content.decode() == (
        "phone,firstname,freedom_id,import_status,import_error_code,import_error,import_note\n"
        f"+77011112233,Айгерим,{UUID},created,,,\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r", "cp866", "utf-16-le", "utf-16-be", "mac-cyrillic"])
def test_the_encoding_of_the_input_is_kept(make_table: Make, outcomes: Make, tmp_path: Path, encoding: str) -> None:
    dialect = Dialect("csv", encoding=encoding, bom=encoding.startswith("utf"), delimiter=";", line_ending="\r\n")
    content = written(make_table([("+77011112233", "Иванова")], dialect=dialect), outcomes(), tmp_path)
    text = content.decode(encoding)
    assert text.startswith("\ufeff") == dialect.bom
    assert "+77011112233;Иванова;" in text
    assert text.count("\r\n") == text.count("\n") == 2


@pytest.mark.parametrize(
    ("encoding", "bom", "start"),
    [
        ("utf-8", True, codecs.BOM_UTF8),
        ("utf-8", False, b"phone"),
        ("utf-8-sig", False, codecs.BOM_UTF8),
        ("utf-16", False, codecs.BOM_UTF16_LE),
        ("utf-16-be", True, codecs.BOM_UTF16_BE),
        ("cp1251", True, b"phone"),
    ],
)
def test_the_file_begins_with_the_mark_of_its_encoding_and_only_there(
    make_table: Make, outcomes: Make, tmp_path: Path, encoding: str, bom: bool, start: bytes
) -> None:
    dialect = Dialect("csv", encoding=encoding, bom=bom)
    rows = [("+77011112233", "Ким"), ("+77011112244", "Ли")]
    content = written(make_table(rows, dialect=dialect, chunk_rows=1), outcomes(), tmp_path)
    assert content.startswith(start)
    assert start == b"phone" or content.count(start) == 1


def test_letters_of_a_message_that_the_encoding_lacks_are_written_safely(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    dialect = Dialect("csv", encoding="cp1251")
    bad = invalid("«ә» is not known — see 😀", note="phone: 8 701 → +7701")
    rows = [("8", "Иванова"), ("+77011112233", "Ким")]
    content = written(make_table(rows, dialect=dialect), outcomes({2: bad}), tmp_path)
    row = cells(content, "cp1251")[1]
    assert row == ["8", "Иванова", "", "invalid", "phone_pattern", r"«\u04d9» is not known — see \U0001f600", row[-1]]
    assert row[-1] == "phone: 8 701 -> +7701"


def test_typographic_signs_that_the_encoding_lacks_have_plain_equivalents(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    dialect = Dialect("csv", encoding="cp866")
    content = written(make_table(dialect=dialect), outcomes({2: invalid("«a» — b…")}), tmp_path)
    assert cells(content, "cp866")[1][5] == '"a" - b...'


def test_a_cell_that_cannot_have_come_from_the_encoding_is_a_loud_failure(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    table = make_table([("1", "Әсел")], dialect=Dialect("csv", encoding="cp1251"))
    with pytest.raises(BooksDontBalance, match="cp1251") as caught:
        written(table, outcomes(), tmp_path)
    assert "Әсел" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_cell_is_quoted_where_the_input_quotes_every_cell(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    dialect = Dialect("csv", delimiter=";", quote_all=True, trailing_delimiter=True)
    content = written(make_table([('a"b', "")], dialect=dialect), outcomes(), tmp_path).decode()
    header, row = content.splitlines()
    assert header == ";".join(f'"{name}"' for name in ("phone", "firstname", *RESULT_COLUMNS)) + ";"
    assert row == f'"a""b";"";"{UUID}";"created";"";"";"";'


def test_only_cells_that_need_it_are_quoted_otherwise(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    rows = [("a,b", 'say "x"'), ("line\nbreak", "cr\rx"), (" plain ", "a;b")]
    content = written(make_table(rows), outcomes(), tmp_path).decode()
    body = content.split("\n", 1)[1]
    assert body.startswith('"a,b","say ""x""",')
    assert '"line\nbreak","cr\rx",' in body
    assert "\n plain ,a;b," in body


def test_surplus_cells_follow_the_results_so_that_nothing_shifts(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    table = make_table([("1", "a"), ("2", "b")], surplus={3: ("x,y", "=z")})
    rows = cells(written(table, outcomes(), tmp_path))
    assert rows[1][:2] == ["1", "a"]
    assert len(rows[1]) == 7
    assert rows[2][:3] == ["2", "b", UUID]
    assert rows[2][7:] == ["x,y", "'=z"]


def test_result_columns_of_an_earlier_output_are_replaced_not_doubled(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    header = ("phone", *RESULT_COLUMNS, "note")
    table = make_table([("1", "", "invalid", "x", "y", "", "kept")], header=header)
    rows = cells(written(table, outcomes(), tmp_path, dropped=range(1, 6)))
    assert rows == [["phone", "note", *RESULT_COLUMNS], ["1", "kept", UUID, "created", "", "", ""]]


def test_rows_stand_on_the_lines_their_numbers_name(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    rows = {2: ("1", "a\nb\r\nc"), 5: ("2", "x"), 8: ("3", "y"), 9: ("4", "z")}
    for chunk_rows in (1, 2, 100):
        lines = written(make_table(rows, chunk_rows=chunk_rows), outcomes(), tmp_path).decode().replace("\r\n", "\n")
        numbered = lines.split("\n")
        assert [numbered[row - 1][:2] for row in rows] == ["1,", "2,", "3,", "4,"]
        assert numbered[5:7] == ["", ""]


def test_what_stands_above_the_header_comes_back_and_cannot_run(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    source = tmp_path / "users.csv"
    source.write_text('Клиенты;;\n\n=cmd();"a\nb"\nphone;firstname\n1;a\n', encoding="cp1251")
    dialect = Dialect("csv", encoding="cp1251", delimiter=";", header_row=5)
    content = written(make_table([("1", "a")], dialect=dialect), outcomes(), tmp_path).decode("cp1251")
    assert content.startswith('Клиенты;;\n\n\'=cmd();"a\nb"\nphone;firstname;freedom_id')
    assert content.splitlines()[5].startswith("1;a;")


def test_lines_above_the_header_that_cannot_be_read_again_are_blank(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    table = make_table([("1", "a")], dialect=Dialect("csv", header_row=3), path=tmp_path / "gone.csv")
    assert written(table, outcomes(), tmp_path).decode().startswith("\n\nphone,")


def test_formulas_are_inert_wherever_they_come_from(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    bad = invalid('=HYPERLINK("x")', code="@code", note="+1+cmd\r\n\x00")
    table = make_table([("=1+1", "a")], header=("=phone", "firstname"))
    rows = cells(written(table, outcomes({2: bad}), tmp_path))
    assert rows[0][0] == "'=phone"
    assert rows[1] == ["'=1+1", "a", "", "invalid", "'@code", '\'=HYPERLINK("x")', "'+1+cmd "]


def test_what_would_run_behind_another_separator_is_inert_in_headers_messages_and_codes_too(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path
) -> None:
    bad = invalid("m;@4", code="api_x;=3", note="n\t-x")
    table = make_table([("1", "a;=2")], header=("phone", "note;=1"))
    header, row = cells(written(table, outcomes({2: bad}), tmp_path))
    assert header[1] == "note;'=1"
    assert row == ["1", "a;'=2", "", "invalid", "api_x;'=3", "m;'@4", "n -x"]


def test_cells_of_an_earlier_output_gain_no_second_apostrophe(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    header = ("phone", "note;'=1", *RESULT_COLUMNS)
    table = make_table([("'=1", "a;'=2", *[""] * 5), ("1", "a;=3", *[""] * 5)], header=header)
    rows = cells(written(table, outcomes(), tmp_path, dropped=range(2, 7)))
    assert [row[:2] for row in rows] == [["phone", "note;'=1"], ["'=1", "a;'=2"], ["1", "a;'=3"]]


@pytest.mark.parametrize("quote_all", [True, False])
@pytest.mark.parametrize("first", [("sep=", ""), ("sep=;",), ("SEP=", "")])
def test_a_note_to_excel_on_the_delimiter_survives_into_both_files(
    make_table: Make, outcomes: Make, invalid: Make, tmp_path: Path, quote_all: bool, first: tuple[str, ...]
) -> None:
    source = tmp_path / "users.csv"
    note = ";".join(first)
    source.write_text(note + "\nphone;firstname\n1;a\n2;b\n", encoding="utf-8")
    dialect = Dialect("csv", delimiter=";", header_row=2, quote_all=quote_all)
    table = make_table([("1", "a"), ("2", "b")], dialect=dialect, path=source)
    result = written(table, outcomes({4: invalid()}), tmp_path)
    rejected = (tmp_path / "users.rejected.csv").read_bytes()
    assert result.splitlines()[0] == rejected.splitlines()[0] == b"sep=;"
    assert [line.split(b";")[0].strip(b'"') for line in rejected.splitlines()[1:]] == [b"phone", b"2"]


def test_a_packed_input_gives_a_packed_output_that_is_the_same_each_time(
    make_table: Make, outcomes: Make, tmp_path: Path
) -> None:
    table = make_table(dialect=Dialect("csv", gzip=True))
    first = written(table, outcomes(), tmp_path, "users.result.csv.gz")
    assert gzip.decompress(first).startswith(b"phone,firstname,")
    assert written(table, outcomes(), tmp_path, "other.result.csv.gz") == first


def test_a_header_without_rows_gives_a_header(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    assert (
        written(make_table([]), outcomes(), tmp_path) == b"phone,firstname," + ",".join(RESULT_COLUMNS).encode() + b"\n"
    )


def test_rows_of_a_workbook_written_as_text_follow_each_other(make_table: Make, outcomes: Make, tmp_path: Path) -> None:
    table = make_table({7: ("1", "a"), 9: ("2", "b")}, dialect=Dialect("xlsx", header_row=5, first_column=2))
    rows = cells(written(table, outcomes(), tmp_path), "utf-8-sig")
    assert [row[:2] for row in rows] == [["phone", "firstname"], ["1", "a"], ["2", "b"]]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r\n", "\r", "'", "=1", "+77011112233", "-", " ", "\u2028", "a,b\n"]
)


MAY_RUN = re.compile("[\t\r]|[\\s\u200b-\u200f\u2060\ufeff]*[=@+＝＠＋－-]")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quote_all=st.booleans(),
    trailing=st.booleans(),
    line_ending=st.sampled_from(["\n", "\r\n"]),
)
def test_any_cells_come_back_exactly_or_with_the_apostrophe(
    make_table: Make,
    outcomes: Make,
    tmp_path: Path,
    rows: list[tuple[str, str]],
    delimiter: str,
    quote_all: bool,
    trailing: bool,
    line_ending: str,
) -> None:
    dialect = replace(
        CSV, delimiter=delimiter, quote_all=quote_all, trailing_delimiter=trailing, line_ending=line_ending
    )
    content = written(make_table(rows, dialect=dialect, chunk_rows=3), outcomes(), tmp_path)
    found = [row for row in cells(content, delimiter=delimiter) if row][1:]
    assert [len(row) for row in found] == [7 + trailing] * len(rows)
    for row, original in zip(found, rows, strict=True):
        for written_cell, text in zip(row[:2], original, strict=True):
            (cell,) = without_apostrophes_inside(pd.Series([written_cell], dtype="str"))
            assert cell == text or (cell == "'" + text and MAY_RUN.match(text))
        assert row[2] == UUID
