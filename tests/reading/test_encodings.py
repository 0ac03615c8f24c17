"""The encoding is proven or judged from all of the file; letters are never lost in silence."""

import codecs
import gzip

import pytest

from importer.errors import RefusedFile, UsageError
from importer.mapping import header_score
from importer.reading import open_table
from importer.reading.table import ReadOptions
from importer.reading.table_parts import PartTable, parts_of
from importer.reading.text import encoding

RUSSIAN = "телефон;имя;фамилия\n+77011234567;Пётр;Иванов\n+77011234568;Ольга;Ёлкина\n"


@pytest.mark.parametrize("name", ["cp1251", "koi8-r", "cp866", "utf-8", "iso8859-5", "mac-cyrillic"])
def test_russian_text_is_read_right_in(read_bytes, name):
    got = read_bytes(RUSSIAN.encode(name))
    assert got.rows[3] == ["+77011234568", "Ольга", "Ёлкина"]
    assert codecs.lookup(got.dialect.encoding) == codecs.lookup(name)
    assert not got.dialect.bom


@pytest.mark.parametrize("rows", [1, 3, 30])
@pytest.mark.parametrize("written", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("name", ["cp1251", "koi8-r", "cp866"])
def test_names_in_capitals_or_small_letters_below_a_latin_header_are_read_right_in(read_bytes, name, written, rows):
    people = ["Сулейменов;Ержан", "Щукина;Юлия", "Ким;Асель"]
    lines = [f"+77011234567;{written(people[place % 3])}" for place in range(rows)]
    got = read_bytes("\n".join(["phone;lastname;firstname", *lines]).encode(name))
    assert [";".join(row) for row in got.rows.values()] == lines


def are_read(read_bytes, people, name):
    """The first cells of a row of people are read as they were written, beneath a header of ASCII alone."""
    got = read_bytes(f"phone;lastname;firstname\n1;{people}\n".encode(name))
    assert ";".join(got.rows[2]).startswith(f"1;{people}"[:20])


@pytest.mark.parametrize("written", [str.upper, str.title])
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("cp1251", "Євген Їжак;Сергій Мельник;Матвій Андрієнко"),
        ("cp1251", "Уладзімір Каралёў;Зміцер Быкаў"),
        ("cp1251", "ТОО «Ромашка» №5 — Алматы"),
        ("kz1048", "Ғалым Нұрсұлтан;Ержан Қуанышұлы"),
        ("kz1048", "Қанат Әбенов"),
        ("ptcp154", "Әйгерім Ғалиев;Ян Қимов"),
        ("ptcp154", "Ғалым Нұрсұлтан;Ержан Қуанышұлы"),
        ("cp1251", "Євген Сергієнко;Єгор Матвієнко;Ємельян Єфремов"),
        ("cp1251", "Иванов Пётр ±5;Щукина Юлия ±7;Сулейменов Ержан ±9"),
        ("koi8-u", "Євген Їжак;Сергій Мельник;Матвій Андрієнко"),
    ],
)
def test_the_letters_of_neighbours_are_told_apart(read_bytes, name, people, written):
    are_read(read_bytes, written(people), name)


OTHER_SCRIPTS = {
    "Παπαδόπουλος Γιώργος;Ιωάννου Μαρία;Χατζή Ελένη": ["cp1253", "iso8859-7", "cp737"],
    "כהן דוד;לוי שרה;מזרחי משה;פרץ רחל;אברהם חנה;ביטון יוסף": ["cp1255", "cp862"],
    "محمد أحمد;فاطمة علي;يوسف حسن;مريم خالد": ["cp1256", "iso8859-6"],
    "สมชาย ใจดี;สมหญิง รักไทย;วิชัย ทองคำ": ["cp874"],
    "山田 太郎;鈴木 花子;佐藤 一郎": ["shift_jis"],
    "김철수;이영희;박민수;최지우;정하늘;강바다;조은별;윤가람;장보고;임꺽정;한석봉;오세훈;서태지;신사임": ["cp949"],
    "Иванов Пётр;Щукина Юлия;Сулейменов Ержан": ["cp855"],
}


@pytest.mark.parametrize(
    ("people", "name"), [(people, name) for people, all_ in OTHER_SCRIPTS.items() for name in all_]
)
def test_letters_of_another_script_are_never_read_as_cyrillic_ones(read_bytes, people, name):
    text = ("phone;lastname;firstname\n" + f"1;{people}\n" * 4).encode(name)
    with pytest.raises(RefusedFile, match="--encoding"):
        read_bytes(text)
    assert ";".join(read_bytes(text, encoding=name).rows[2]).startswith(f"1;{people}"[:8])


def test_an_encoding_that_is_likely_but_not_certain_is_named(read_bytes):
    with pytest.raises(RefusedFile, match="--encoding cp1253"):
        read_bytes("phone;lastname\n1;Παπαδόπουλος\n2;Αντωνίου\n3;Δημητρίου\n".encode("cp1253"))


@pytest.mark.parametrize("written", [str.upper, str.title])
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("cp1257", "Žydrūnas Šimkus;Jūratė Kazlauskienė;Rūta Petraitytė;Česlovas Jankūnas"),
        ("cp1257", "Jānis Bērziņš;Mārtiņš Liepiņš;Kārlis Ozoliņš;Līga Kalniņa"),
        ("mac-roman", "Jürgen Müller;Käthe Schröder;Günther Größe;Björn Strauß"),
        ("cp850", "José Muñoz;Begoña Núñez;Martín López;Ángel Ibáñez"),
        ("cp852", "Łukasz Żółw;Grażyna Zieliński;Święta Łęcka;Paweł Dąbrowski"),
    ],
)
def test_rarer_pages_of_latin_letters_are_told_apart(read_bytes, name, people, written):
    are_read(read_bytes, written(people), name)


def test_latin_letters_of_no_page_are_refused(read_bytes):
    rows = "1;Žydrūnas Šimkus;Jūratė Kazlauskienė\n2;Kęstutis Ąžuolas;Rūta Petraitytė\n" * 5
    with pytest.raises(RefusedFile, match="--encoding"):
        read_bytes(f"phone;lastname;firstname\n{rows}".encode("cp775"))


@pytest.mark.parametrize("name", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_decides_and_is_remembered(read_bytes, name):
    got = read_bytes(("\ufeff" + RUSSIAN).encode(name))
    assert (got.dialect.encoding, got.dialect.bom, got.header[0]) == (name, True, "телефон")
    assert got.rows[2] == ["+77011234567", "Пётр", "Иванов"]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen(read_bytes, name):
    got = read_bytes(RUSSIAN.encode(name))
    assert (got.dialect.encoding, got.dialect.bom, len(got.rows)) == (name, False, 2)


def test_nul_bytes_in_plain_text_are_not_taken_for_utf_16(read_bytes):
    assert read_bytes(b"phone,email\n" + b"1,\0\n" * 500).dialect.encoding == "utf-8"


def test_kazakh_letters_of_kz1048_are_read_right(read_bytes):
    got = read_bytes("телефон;имя\n1;Әлібек Нұрсұлтан Қайрат Өмірзақов Гүлнұр\n".encode("kz1048"))
    assert got.rows[2][1].startswith("Әлібек Нұрсұлтан")


def test_a_latin_header_over_cyrillic_rows_much_later_is_read_right(read_bytes):
    text = "phone,firstname\n" + "1,Ivan\n" * 400_000 + "2,Пётр Иванов\n"
    got = read_bytes(text.encode("cp1251"))
    assert got.rows[400_002] == ["2", "Пётр Иванов"]


def test_accents_in_latin_names_are_no_cyrillic(read_bytes):
    got = read_bytes("phone;firstname\n1;René\n2;Zoë\n3;Müller\n".encode("cp1252"))
    assert [row[1] for row in got.rows.values()] == ["René", "Zoë", "Müller"]


@pytest.mark.parametrize("written", [str.upper, str.title])
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("cp1252", "José Muñoz;Begoña Núñez;Martín López;Ángel Ibáñez"),
        ("cp1252", "Hélène Lefèvre;Anaïs Noël;François Côté;Jérôme Forêt"),
        ("cp1252", "João Simões;Inês Magalhães;Conceição Guimarães"),
        ("cp1252", "Niccolò Segrè;Bartolomeo Borzomì"),
        ("cp1252", "Åse Ørsted;Åke Ångström;Søren Kjær"),
        ("cp1252", "Jürgen Müller;Jörg Schäfer"),
        ("cp1254", "Ayşe Çelik;Gökhan Şahin;Ümit Yıldız;Çağrı Doğan"),
        ("cp1250", "Łukasz Żółw;Grażyna Zieliński;Święta Łęcka"),
        ("cp1250", "Jiří Dvořák;Ondřej Šťastný;Zdeněk Němec"),
        ("cp1250", "Gábor Fűzi;Ágnes Őri;Győző Kovács"),
        ("cp1250", "Luka Kovačić;Željka Perić"),
    ],
)
def test_the_languages_of_latin_letters_are_told_apart_also_in_capitals(read_bytes, name, people, written):
    are_read(read_bytes, written(people), name)


def test_utf_8_with_a_broken_line_is_refused_with_the_line(read_bytes):
    text = RUSSIAN.encode() + "1;Анна;Ким\n".encode() * 20 + "2;Анна;Ли\n".encode("cp1251")
    with pytest.raises(RefusedFile, match="line 24"):
        read_bytes(text)


def test_another_encoding_with_utf_8_lines_in_it_is_refused(read_bytes):
    with pytest.raises(RefusedFile, match="in part only"):
        read_bytes(RUSSIAN.encode("cp1251") * 30 + "3;Анастасия Александровна;Ким\n".encode())


@pytest.mark.parametrize(("first", "second"), [("cp1251", "koi8-r"), ("koi8-r", "cp1251"), ("cp1251", "cp866")])
def test_two_exports_in_different_code_pages_in_one_file_are_refused(read_bytes, first, second):
    glued = RUSSIAN.encode(first) + "3;Анастасия;Александрова\n4;Ержан;Сулейменов\n".encode(second) * 2
    with pytest.raises(RefusedFile, match="another in"):
        read_bytes(glued)
    assert read_bytes(glued, encoding=first).rows[2][1] == "Пётр"


def test_a_byte_that_means_no_letter_is_refused_with_the_line(read_bytes):
    with pytest.raises(RefusedFile, match=r"line 3 .*cp1251"):
        read_bytes(b"phone;firstname\n1;\xcf\xb8\xf2\xf0\n2;\x98\xef\n", encoding="cp1251")


def test_an_encoding_told_must_fit(read_bytes):
    assert read_bytes(RUSSIAN.encode("cp866"), encoding="ibm866").rows[2][1] == "Пётр"
    with pytest.raises(RefusedFile, match=r"line 1 .*utf-8"):
        read_bytes(RUSSIAN.encode("cp1251"), encoding="utf8")
    with pytest.raises(RefusedFile, match="line 3"):
        read_bytes("phone,email\n1,日本\n".encode("gbk") + b"2,\xff\xff\n", encoding="gbk")
    with pytest.raises(UsageError, match="--encoding"):
        read_bytes(RUSSIAN, encoding="klingon")
    with pytest.raises(UsageError, match="--encoding"):
        read_bytes(RUSSIAN, encoding="base64")


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined", "rot13", "mbcs"]
)
def test_what_python_encodes_otherwise_than_a_text_is_no_encoding_of_a_file(read_bytes, name):
    with pytest.raises(UsageError, match="there is no text encoding"):
        read_bytes(b"phone,firstname\n+77010000001,Ann\n", encoding=name)


def test_a_guess_is_told_with_the_way_to_override_it(read_bytes):
    assert "--encoding" in read_bytes(RUSSIAN.encode("cp1251")).findings
    assert "--encoding" not in read_bytes(RUSSIAN).findings


def test_no_pattern_of_the_detector_needs_more_than_a_look(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"phone\n" + (b"a" * 3_000_000 + b"\n") * 3 + b"\xcf\xf0\n")
    assert encoding.decide(path, packed=False).name == "cp1251"


@pytest.mark.parametrize("rows", [1, 2, 12])
@pytest.mark.parametrize("written", [str.upper, str.lower, str.title])
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("cp1252", "Yo‘ldosheva;Gulnora"),
        ("cp1251", "Ro‘ziyev;G‘ani"),
        ("cp1252", "To’rayev;Ma’ruf"),
        ("cp1252", "O´Brien;John"),
        ("cp1252", "Smith–Jones;Mary—Ann"),
        ("cp1250", "Žagar;Špela"),
        ("cp1251", "Пак;Э.Ж."),
        ("koi8-r", "Цой;А.К."),
        ("cp866", "Ан;Ю.Б."),
    ],
)
def test_signs_inside_of_names_and_initials_tell_of_no_other_page_or_script(read_bytes, name, people, written, rows):
    lines = [f"{at};{written(people)}" for at in range(rows)]
    got = read_bytes("\n".join(["phone;lastname;firstname", *lines]).encode(name))
    assert [";".join(row) for row in got.rows.values()] == lines


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("cp1252", ["Martin;Bât. 3"] * 9),
        ("cp1250", ["Nagy;Jenő…", "Tóth;József", "Varga;Erzsébet"] * 9),
        ("cp1251", ["Ivanov;© 1", "Kim;§ 5", "Petrov;б/н", "Petrov;100 €", "Ivanov;ИП Ли А.К."] * 9),
        ("kz1048", ["Ivanov;–", "Kim;© 2020", "Petrov;ул. Абая", "Petrov;5 °C"] * 40),
    ],
)
def test_signs_beside_names_tell_of_no_other_page_and_no_second_one(read_bytes, name, rows):
    got = read_bytes("\n".join(["phone;lastname;comment", *(f"1;{row}" for row in rows)]).encode(name))
    assert [";".join(row[1:]) for row in got.rows.values()] == rows


WHOLE = "phone,имя,город\n+77010000001,Анна,Алматы\n+77010000002,Берик,Актау\n+77010000003,Вера,Орал"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_ends_inside_a_letter_has_its_last_row_flagged(read_bytes, encoding, packed):
    content = WHOLE.encode(encoding)[:-1]
    got = read_bytes(gzip.compress(content) if packed else content)
    assert got.rows[4] == ["+77010000003", "Вера", "Ора"]
    assert [row for row, _, code in got.issues if code == "row_truncated"] == [4]
    assert got.header == ("phone", "имя", "город")


def test_a_file_that_ends_inside_a_letter_is_read_alike_in_parts(tmp_path):
    path = tmp_path / "users.csv"
    path.write_bytes(WHOLE.encode()[:-1])
    table = open_table(path, header_score=header_score)
    parts = [PartTable(part, content, path, table.dialect, table.header) for part, content in parts_of(table, 1)]
    issues = [issue for part in parts for chunk in part.chunks() for issue in chunk.issues[["row", "code"]].to_numpy()]
    assert [tuple(issue) for issue in issues] == [(4, "row_truncated")]


CUT = {
    "in the first letter of a row": "\n",
    "in the first letter of a row, after CR LF": "\r\n",
    "behind a space": "\n ",
    "in the second cell, the first one blank": "\n,",
    "in the last cell, all others blank": "\n,,",
    "below a blank row": "\n\n",
    "behind a quote": '\n"',
    "behind a quoted cell": '\n"1"',
    "behind a row that a quote spoils": '\n1,x"y,z"z\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "gb18030"])
@pytest.mark.parametrize("before", CUT.values(), ids=CUT)
def test_a_half_letter_belongs_to_a_row_wherever_it_stands(read_bytes, tmp_path, encoding, before):
    content = (WHOLE + before + "Ж").encode(encoding)[:-1]
    got = read_bytes(content, encoding=encoding)
    last = 5 + before.count("\n\n") + before.count("z\n")
    assert [row for row, _, code in got.issues if code == "row_truncated"] == [last] == [max(got.rows)]
    assert got.rows[4] == ["+77010000003", "Вера", "Орал"]
    table = open_table(tmp_path / "users.csv", ReadOptions(encoding=encoding), header_score=header_score)
    parts = [PartTable(part, content, table.path, table.dialect, table.header) for part, content in parts_of(table, 1)]
    chunks = [chunk for part in parts for chunk in part.chunks()]
    assert [row for chunk in chunks for row in chunk.cells.index] == list(got.rows)
    assert [
        row for chunk in chunks for row, code in chunk.issues[["row", "code"]].to_numpy() if code == "row_truncated"
    ] == [last]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["", "\n", "\r", "\r\n", "\n \t", "\n\u200b", "\n,,", "\n\n", "\n\x1a"])
def test_a_file_that_ends_behind_a_letter_is_whole(read_bytes, encoding, end):
    got = read_bytes((WHOLE + end).encode(encoding))
    assert (max(got.rows), got.issues) == (4, [])


STRAY = [b"\x1a", b"\0", b"\n", b"\r"]
STRAYS = [(encoding, end) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32") for end in STRAY]


@pytest.mark.parametrize(
    ("encoding", "end"), [*STRAYS, ("utf-32", b"\r\n"), ("utf-32", b"\n\0\0"), ("utf-32", b"\0\0\0")]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_stray_bytes_behind_the_last_row_of_a_file_are_no_row(read_bytes, encoding, end, line_end):
    """A DOS program's end of a file in one byte, or the line end of a program that knew nothing of the encoding."""
    got = read_bytes((WHOLE + "\n").replace("\n", line_end).encode(encoding) + end)
    assert (max(got.rows), got.rows[4], got.issues) == (4, ["+77010000003", "Вера", "Орал"], [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-le"])
def test_half_a_letter_that_looks_like_the_end_of_a_dos_text_is_one_inside_a_row(read_bytes, encoding):
    got = read_bytes(WHOLE.encode(encoding) + "К".encode(encoding)[:1], encoding=encoding)
    assert [row for row, _, code in got.issues if code == "row_truncated"] == [4]


def test_a_header_that_ends_inside_a_letter_has_no_row_below(read_bytes):
    assert read_bytes("phone,имя".encode()[:-1]).rows == {}


def test_a_quoted_cell_that_ends_inside_a_letter_is_flagged(read_bytes):
    got = read_bytes(b'phone,name\n1,\xd0\x90\n2,"\xd0\x90\xd0')
    assert got.issues == [(3, "", "row_truncated")]


def test_a_lone_letter_at_the_end_is_no_proof_of_utf8(read_bytes):
    got = read_bytes("phone,пол\n".encode("cp1251") + "1,М".encode("cp1251"), encoding="cp1251")
    assert (got.rows[2], got.issues) == (["1", "М"], [])
    assert "UTF-8" not in read_bytes(b"phone,sex\n1,A\n2,B\n3,\xcc", encoding="").findings


@pytest.mark.parametrize("wrong", ["имя".encode()[:-1] + b",x\n", "имя".encode()[:-1] + b"\n"])
def test_a_letter_cut_anywhere_else_is_refused(read_bytes, wrong):
    with pytest.raises(RefusedFile, match="UTF-8 in part only: line 2"):
        read_bytes("phone,имя,город\n".encode() + wrong + WHOLE.encode())
