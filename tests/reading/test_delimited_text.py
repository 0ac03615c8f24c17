"""Delimited text becomes rows with true numbers, whatever it is written like."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from importer.errors import RefusedFile, UsageError
from importer.reading import open_table
from importer.reading.table import ReadOptions
from importer.reading.text import row_reader
from importer.reading.text.records import Scanner

Reading = Callable[..., object]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_with_the_others_inside_quotes(read_bytes, delimiter):
    others = "".join(one for one in ",;\t|" if one != delimiter)
    got = read_bytes(delimiter.join(["phone", "email"]) + f'\n+7701{delimiter}"a{others}b"\n')
    assert got.dialect.delimiter == delimiter
    assert got.rows == {2: ["+7701", f"a{others}b"]}


def test_the_header_names_decide_where_widths_would_mislead(read_bytes):
    got = read_bytes("phone;email;note\n1,1;2,2;3,3\n4,4;5,5;6,6\n")
    assert got.header == ("phone", "email", "note")


def test_a_sep_line_names_the_delimiter_and_is_no_row(read_bytes):
    got = read_bytes("sep=;\ncode;label\n1;2\n")
    assert (got.header, got.rows, got.dialect.header_row) == (("code", "label"), {3: ["1", "2"]}, 2)


def test_a_delimiter_told_is_used(read_bytes):
    assert read_bytes("phone:email\n1:2\n", delimiter=":").rows == {2: ["1", "2"]}
    with pytest.raises(UsageError, match="--delimiter"):
        read_bytes("phone\n1\n", delimiter="ab")


def test_row_numbers_count_blank_lines_and_line_breaks_in_cells(read_bytes):
    got = read_bytes('phone,email\n\n1,"two\nlines"\n,,\n ,\n2,x\n\n')
    assert got.rows == {3: ["1", "two\nlines"], 7: ["2", "x"]}
    assert "blank rows were skipped" in got.findings


def test_mixed_line_endings_are_read(read_bytes):
    got = read_bytes("phone,email\r\n1,a\n2,b\r3,c\r\n")
    assert got.rows == {2: ["1", "a"], 3: ["2", "b"], 4: ["3", "c"]}
    assert got.dialect.line_ending == "\r\n"


def test_nothing_is_inferred(read_bytes):
    got = read_bytes('phone,email,firstname\n007,1.0,NA\nNull,TRUE,"None"\n#,nan,\n')
    assert got.rows == {2: ["007", "1.0", "NA"], 3: ["Null", "TRUE", "None"], 4: ["#", "nan", ""]}


def test_a_cell_too_many_or_too_few_flags_its_row_and_shifts_nothing(read_bytes):
    got = read_bytes("phone,email,firstname\n1,a,b\n2,a\n3,a,b,c,d\n4,a,b\n")
    assert got.rows == {2: ["1", "a", "b"], 3: ["2", "a", ""], 4: ["3", "a", "b"], 5: ["4", "a", "b"]}
    assert got.issues == [(3, "", "row_shape"), (4, "", "row_shape")]
    assert got.surplus == {4: ("c", "d")}
    assert got.details[4] == "5 cells, the header has 3"


@pytest.mark.parametrize("header", ["phone;email", "phone;email;"])
def test_a_delimiter_at_the_end_of_every_row_is_ignored(read_bytes, header):
    got = read_bytes(f'{header}\n1;a;\n2;"b";\n3;c;x\n')
    assert got.dialect.trailing_delimiter is False or got.header == ("phone", "email")
    clean = read_bytes(f'{header}\n1;a;\n2;"b";\n')
    assert clean.dialect.trailing_delimiter
    assert clean.header == ("phone", "email")
    assert clean.rows == {2: ["1", "a"], 3: ["2", "b"]}
    assert not clean.issues


def test_text_after_the_trailing_delimiter_of_a_later_row_flags_that_row(read_bytes):
    text = "phone;email;\n" + "1;a;\n" * 1500 + "2;b;x\n" + "3;c\n"
    got = read_bytes(text)
    assert got.issues == [(1502, "", "row_shape"), (1503, "", "row_shape")]
    assert got.surplus == {1502: ("x",)}


def test_a_file_cut_off_flags_its_last_row(read_bytes):
    assert read_bytes("phone,email\n1,a\n2").issues == [(3, "", "row_truncated")]
    assert read_bytes('phone,email\n1,a\n2,"b').issues == [(3, "", "row_truncated")]
    assert read_bytes("phone,email\n1,a\n2,b").issues == []
    assert read_bytes('phone,email\n1,"open\n2').issues == [(2, "", "row_quote"), (3, "", "row_truncated")]


def test_a_nul_flags_its_row_with_the_place(read_bytes):
    got = read_bytes("phone,email\n1,a\n2,b\0c\n3,d\n")
    assert got.issues == [(3, "", "row_nul")]
    assert got.details[3] == "column B, character 2"
    assert got.rows[3] == ["2", "b\0c"]


def test_a_quote_never_closed_costs_its_row_and_not_the_rest(read_bytes):
    rows = "".join(f"{number},x\n" for number in range(4000))
    got = read_bytes(f'phone,email\n1,"open\n{rows}')
    assert got.issues == [(2, "", "row_quote")]
    assert len(got.rows) == 4001


def test_a_quote_that_swallows_rows_up_to_another_stray_one_is_seen(read_bytes):
    got = read_bytes('phone,email,firstname\n1,"b,c\n2,d,e\n3,5",f\n4,g,h\n')
    assert list(got.rows) == [2, 3, 4, 5]
    assert got.rows[3] == ["2", "d", "e"]
    assert got.issues == [(2, "", "row_quote"), (4, "", "row_quote")]


def test_text_after_a_closing_quote_flags_its_row(read_bytes):
    got = read_bytes('phone,email\n1,"ТОО "Ромашка""\n2,"fine ""quoted"""\n')
    assert got.issues == [(2, "", "row_quote")]
    assert got.rows[3] == ["2", 'fine "quoted"']


def test_a_header_with_a_stray_quote_is_refused(read_bytes):
    with pytest.raises(RefusedFile, match="row 1"):
        read_bytes('phone,"email\n1,2\n')


def test_digits_lost_and_spreadsheet_errors_are_flagged_in_their_cells(read_bytes):
    got = read_bytes('phone,email,firstname\n7.70112E+10,a,b\n"7,70112E+10",c,d\n1,#N/A,#Н/Д\n2,a#b,e+1@x.kz\n')
    assert got.issues == [
        (2, "#0", "cell_digits_lost"),
        (3, "#0", "cell_digits_lost"),
        (4, "#1", "cell_error"),
        (4, "#2", "cell_error"),
    ]


@pytest.mark.parametrize(
    ("value", "codes"), [("########", ["cell_too_narrow"]), (" ### ", ["cell_too_narrow"]), ("#", [])]
)
def test_a_value_that_a_narrow_column_did_not_show_is_not_taken_for_an_empty_cell(read_bytes, value, codes):
    got = read_bytes(f"phone;dob\n1;1999-12-31\n2;{value}\n".encode())
    assert got.issues == [(3, "#1", code) for code in codes]


@pytest.mark.parametrize(
    "value", ["#REF!", "#ЗНАЧ!", "#ЗНАЧЕН!", "#ССЫЛ!", "#ERROR!", "#BEZUG!", "#BLOCKED!", "#N/D", " #ИМЯ? ", "Err:502"]
)
def test_an_error_value_of_any_spreadsheet_in_any_language_is_an_error_of_its_cell(read_bytes, value):
    got = read_bytes(f"phone,firstname\n1,a\n2,{value}\n")
    assert got.issues == [(3, "#1", "cell_error")]


@pytest.mark.parametrize("value", ["#5", "# 12", "No #1!", "#ab!", "Err: 502", "10:50"])
def test_what_only_looks_like_an_error_value_is_text(read_bytes, value):
    assert read_bytes(f"phone,firstname\n1,a\n2,{value}\n").issues == []


def test_the_header_below_a_banner_is_found_and_told(read_bytes):
    got = read_bytes("Clients of May,,\n\nphone,email,firstname\n1,a,b\n")
    assert (got.header, got.dialect.header_row, list(got.rows)) == (("phone", "email", "firstname"), 3, [4])
    assert "row 3" in got.warnings
    assert "Clients" not in got.findings


def test_without_known_names_the_first_row_with_text_is_the_header(read_bytes):
    assert read_bytes("\n\na,b\n1,2\n").dialect.header_row == 3


def test_a_header_row_told_is_used(read_bytes):
    assert read_bytes("x,y\nphone,email\n1,2\n", header_row=1).header == ("x", "y")
    with pytest.raises(UsageError, match="--header-row 9"):
        read_bytes("phone\n1\n", header_row=9)


def test_line_breaks_in_a_header_keep_row_numbers_true(read_bytes):
    got = read_bytes('"phone\n(моб.)",email\n1,a\n')
    assert (got.header[0], got.rows) == ("phone\n(моб.)", {3: ["1", "a"]})


def test_a_header_without_rows_gives_none(read_bytes):
    assert read_bytes("phone,email\n").rows == {}
    assert read_bytes("phone,email").rows == {}


def test_quoting_of_every_cell_is_remembered(read_bytes):
    assert read_bytes('"phone","email"\n"1","a"\n').dialect.quote_all
    assert not read_bytes('phone,email\n"1","a"\n').dialect.quote_all
    assert not read_bytes('"phone","email"\n"1",a\n').dialect.quote_all


def test_packed_text_is_read(tmp_path: Path, reading):
    path = tmp_path / "users.csv.gz"
    path.write_bytes(gzip.compress("phone,email\n1,Әлия\n".encode()))
    got = reading(path)
    assert got.rows == {2: ["1", "Әлия"]}
    assert got.dialect.gzip
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(RefusedFile, match="cut short"):
        reading(path)


def test_chunks_start_again_and_keep_to_their_size(tmp_path: Path):
    path = tmp_path / "users.csv"
    path.write_text("phone,email\n" + "".join(f"{number},a\n" for number in range(1000)))
    table = open_table(path, ReadOptions(), header_score=lambda _: 0)
    for _ in range(2):
        sizes = [len(chunk.cells) for chunk in table.chunks(300)]
        assert sizes == [250, 250, 250, 250]
    assert table.row_count_hint == 1000


def test_a_pinned_dialect_decides_the_same_again(read_bytes):
    text = "Отчёт;;\nтелефон;имя;\n1;Анна;\n".encode("cp1251")
    first = read_bytes(text)
    again = read_bytes(
        text,
        encoding=first.dialect.encoding,
        delimiter=first.dialect.delimiter,
        header_row=first.dialect.header_row,
    )
    assert (again.dialect, again.header, again.rows) == (first.dialect, first.header, first.rows)


def test_a_record_may_begin_in_one_stretch_and_end_in_the_next():
    scanner = Scanner(",", 2)
    text = '1,"a\nb"\r\n2,c'
    for cut in range(len(text) - 4):
        whole = [record.cells for record in scanner.records(text[:cut], line=1, final=False)]
        assert whole in ([], [["1", "a\nb"]])
    assert [record.line for record in scanner.records(text, line=1, final=True)] == [1, 3]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ('телефон,метки\n+77011234567,"Имя;Телефон;Email"\n+77011234568,"a;b;c"\n', 1),
        ('телефон;метки\n+77011234567;"Имя,Телефон,Email"\n+77011234568;"a,b,c"\n', 1),
        ('телефон\tметки\n1\t"Имя|Телефон|Email"\n', 1),
        ('x,"поля (имя;телефон;email)"\n1,"a;b;c"\n2,"a;b;c"\n', 1),
        ('телефон,имя\n+77011234567,"Имя;Телефон\nEmail;Имя;Телефон"\n', 1),
        ('x,y\n1,"имя;телефон"\n2,"имя;телефон"\n', 1),
    ],
)
def test_a_list_inside_quotes_decides_no_delimiter(read_bytes, text, header):
    found = read_bytes(text.encode())
    assert len(found.header) == 2
    assert found.dialect.header_row == header


@pytest.mark.parametrize("cell", ['ИП 5" трубы', '5" 6"', 'a"', 'труба 5"x', 'x ""y""', ' "z"', 'TV 42" / 50" "LG"'])
def test_a_quotation_mark_inside_an_unquoted_cell_is_a_character(read_bytes, cell):
    found = read_bytes(f'телефон;имя;x\n1;{cell};a\n2;"b\nc";{cell}\n4;d;e\n'.encode())
    assert found.rows == {2: ["1", cell, "a"], 3: ["2", "b\nc", cell], 5: ["4", "d", "e"]}
    assert found.issues == []


def test_a_quote_left_open_above_does_not_damage_a_quotation_mark_inside_a_cell(read_bytes):
    found = read_bytes('телефон,имя\n1,"ИП\n2,ИП 5" трубы\n3,c\n'.encode())
    assert found.issues == [(2, "", "row_quote")]
    assert found.rows[3] == ["2", 'ИП 5" трубы']


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a", b"\n\x1a\x1a\x1a", b"\r\n\x1a\r\n", b"\n\x1a  \n"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_a_ctrl_z_at_the_end_is_no_row(read_bytes, end, encoding):
    text = "телефон,имя\n1,Анна\n2,Вера" + end.decode()
    found = read_bytes(text.encode(encoding))
    assert found.rows == {2: ["1", "Анна"], 3: ["2", "Вера"]}
    assert found.issues == []


def test_a_ctrl_z_inside_of_the_text_stays(read_bytes):
    assert read_bytes(b"phone,x\n1,a\x1ab\n2,c\n").rows[2] == ["1", "a\x1ab"]


@pytest.mark.parametrize("blank", list("\u00a0\u1680\u180e\u2003\u2028\u202f\u205f\u3000\u200b\u2060\u2800\u3164\x1f"))
def test_a_row_of_white_space_in_any_script_is_blank(read_bytes, blank):
    found = read_bytes(f"phone,x\n{blank},{blank}{blank}\n1,a\n,{blank}\n".encode())
    assert found.rows == {3: ["1", "a"]}


def test_a_row_with_a_letter_behind_white_space_is_a_row(read_bytes):
    assert read_bytes("phone,x\n\u3000,\u00a0a\n".encode()).rows == {2: ["\u3000", "\u00a0a"]}


def test_the_widest_table_that_a_spreadsheet_holds_is_read(read_bytes):
    names = ["phone", *(f"c{place}" for place in range(16_383))]
    found = read_bytes((",".join(names) + "\n" + ",".join(["1"] * 16_384) + "\n").encode())
    assert len(found.header) == 16_384
    assert found.letters[-1] == "XFD"


def test_of_rows_with_line_breaks_the_rows_are_counted_and_not_their_lines(read_bytes, monkeypatch):
    """Where most are of another width than the header: each of these takes three lines."""
    monkeypatch.setattr(row_reader, "MAX_UNEVEN_ROWS", 100)
    with pytest.raises(RefusedFile, match="most rows"):
        read_bytes("phone,lastname\n" + '"1\n2\n3"\n' * 101)
    got = read_bytes("phone,lastname\n" + '"1\n2\n3",4\n' * 102 + "1\n" * 101)
    assert len(got.rows) == 203, "so many, and not the most of them"


@pytest.mark.parametrize("row", ["1\n", '"1\n2"\n'])
def test_of_rows_of_another_width_half_are_not_the_most_of_them(read_bytes, monkeypatch, row):
    monkeypatch.setattr(row_reader, "MAX_UNEVEN_ROWS", 100)
    assert len(read_bytes("phone,lastname\n" + "1,2\n" * 101 + row * 101).rows) == 202
    with pytest.raises(RefusedFile, match="most rows"):
        read_bytes("phone,lastname\n" + "1,2\n" * 100 + row * 101)
