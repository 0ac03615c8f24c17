# ruff: noqa: E501 (a case is one line)
"""What a text file looks like, what is sent of it, what the output says: a line for each case that files of this field show.

``P1`` … ``P9`` stand for phones that belong to that case alone, ``L1`` … for the same ones as people write them.
"""

import gzip
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from inputs.importing import Importing

from importer.errors import RefusedFile


@dataclass(frozen=True)
class Row:
    """What is expected of one row."""

    status: str
    sent: dict[str, str] | None = None
    code: str = ""
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """A file, how it is imported, and what comes of it. ``causes``: code → the row numbers that the summary names."""

    name: str
    content: str | bytes
    rows: list[Row]
    encoding: str = "utf-8"
    file: str = "users.csv"
    options: dict[str, Any] = field(default_factory=dict)
    findings: tuple[tuple[str, str], ...] = ()
    causes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def ok(phone, *says, **fields):
    """A row that is sent."""
    return Row("created", {"phone": phone, **fields}, "", says)


def bad(code, *says, status="invalid"):
    """A row that is not sent."""
    return Row(status, None, code, says)


def people(delimiter=",", header="phone{}lastname"):
    """Two people with Cyrillic names."""
    lines = (header.format(delimiter), f"P1{delimiter}Сейтова", f"P2{delimiter}Щукин", f"P3{delimiter}Жуков")
    return "\n".join(lines) + "\n"


THREE = [ok("P1", lastname="Сейтова"), ok("P2", lastname="Щукин"), ok("P3", lastname="Жуков")]
RU = "Телефон{}Фамилия"

BYTES = [
    File("UTF-8", people(header=RU), THREE, findings=(("encoding", "UTF-8"),)),
    File("UTF-8 with a BOM", people(header=RU), THREE, "utf-8-sig", findings=(("encoding", "byte order mark"),)),
    File("cp1251", people(header=RU), THREE, "cp1251", findings=(("encoding", "CP1251"),)),
    File("KOI8-R", people(header=RU), THREE, "koi8-r", findings=(("encoding", "KOI8-R"),)),
    File("cp866", people(header=RU), THREE, "cp866", findings=(("encoding", "CP866"),)),
    File("UTF-16 with a BOM", people(header=RU), THREE, "utf-16", findings=(("encoding", "UTF-16"),)),
    File("UTF-16 big endian", "\ufeff" + people(header=RU), THREE, "utf-16-be", findings=(("encoding", "UTF-16"),)),
    File("UTF-16 without a BOM", people(), THREE, "utf-16-le", findings=(("encoding", "UTF-16"),)),
    File("UTF-16 big endian without a BOM", people(), THREE, "utf-16-be"),
    File("a Latin header over cp1251", people(), THREE, "cp1251", findings=(("encoding", "CP1251"),)),
    File("a Latin header over KOI8-R", people(), THREE, "koi8-r", findings=(("encoding", "KOI8-R"),)),
    File("a Latin header over cp866", people(), THREE, "cp866", findings=(("encoding", "CP866"),)),
    File(
        "Cyrillic only far below in cp1251",
        "phone,lastname,remark\n" + f"0,Kim,{'x' * 1_200}\n" * 150 + "P1,Сейтова,\n",
        [*[bad("phone_missing")] * 150, ok("P1", lastname="Сейтова")],
        "cp1251",
    ),
    File("Kazakh letters in UTF-8", "phone,lastname\nP1,Әбдіғұлов\n", [ok("P1", lastname="Әбдіғұлов")]),
    File("one cell of cp1252", "phone,lastname\nP1,Müller\nP2,André\n", [ok("P1", lastname="Müller"),
         ok("P2", lastname="André")], "cp1252"),
    File("plain ASCII", "phone,lastname\nP1,Kim\n", [ok("P1", lastname="Kim")]),
    File("CR LF", people().replace("\n", "\r\n"), THREE),
    File("CR alone", people().replace("\n", "\r"), THREE),
    File("mixed line endings", "phone,lastname\r\nP1,Сейтова\nP2,Щукин\rP3,Жуков\r\n", THREE),
    File("no line end at the end", people().rstrip("\n"), THREE),
    File("a truncated last line", "phone,lastname,country\nP1,Kim,KAZ\nP2,Le",
         [ok("P1", lastname="Kim", country="KAZ"), bad("row_truncated", "cut off|ends in the middle")]),
    File("cut off inside quotes", 'phone,lastname\nP1,Kim\nP2,"Le',
         [ok("P1", lastname="Kim"), bad("row_truncated|row_quote")]),
    File("a NUL byte", "phone,lastname\nP1,K\0im\nP2,Lee\n",
         [bad("row_nul", "column B, character 2"), ok("P2", lastname="Lee")], causes={"row_nul": (2,)}),
    File("a CSV named .xlsx", people(), THREE, file="users.xlsx"),
    File("a CSV named .xls", people(";"), THREE, "cp1251", file="users.xls"),
    File("no extension", people(), THREE, file="users"),
    File("TSV", people("\t"), THREE, file="users.tsv"),
    File("TXT", people("\t"), THREE, "utf-16", file="users.txt"),
    File("gzip", people(), THREE, file="users.csv.gz"),
    File("gzip of a TSV in cp1251", people("\t"), THREE, "cp1251", file="users.tsv.gz"),
    File("gzip without the ending .gz", people(), THREE, file="zipped.csv"),
]  # fmt: skip

TWO = [ok("P1", lastname="Kim"), ok("P2", lastname="Lee")]
TURNED = "phone,dob\nP1,1999-02-01\nP2,1999-03-07\nP3,1985-11-12\nP4,31/12/1999\nP5,25/05/1987\nP6,13/01/1990\n"
TURNED_DOTS = "phone,dob\nP1,01.02.1999\nP2,07.03.1999\nP3,12.11.1985\nP4,12/31/1999\nP5,5/25/1987\nP6,1/13/1990\n"
AS_TEXT = [
    ok("P4", date_of_birth="1999-12-31"), ok("P5", date_of_birth="1987-05-25"), ok("P6", date_of_birth="1990-01-13")
]  # fmt: skip
AMBIGUOUS = "phone,dob\nP1,01/02/1999\nP2,{}\n"

STRUCTURE = [
    *(
        File(f"separated by {name}", f'phone{sign}lastname{sign}note\nP1{sign}Kim{sign}"a,b;c\td|e"\nP2{sign}Lee{sign}"{sign}"\n',
             TWO, findings=(("delimiter", name),))
        for name, sign in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("vertical bar", "|"))
    ),
    File("many commas in text between semicolons", "phone;lastname;note\nP1;Kim;a,b,c,d\nP2;Lee;e,f,g,h\n", TWO),
    File("sep= of Excel", "sep=;\nphone;lastname\nP1;Kim\nP2;Lee\n", TWO),
    File("one column", "phone\nP1\nP2\n", [ok("P1"), ok("P2")]),
    File("all quoted", '"phone","lastname"\n"P1","Kim"\n"P2","Lee"\n', TWO),
    File("a doubled quote", 'phone,lastname\nP1,"Kim ""K"""\n', [ok("P1", lastname='Kim "K"')]),
    File("a field too many", "phone,lastname\nP1,Kim\nP3,Lee,KAZ\nP2,Lee\n",
         [TWO[0], bad("row_shape", "3 cells"), TWO[1]], causes={"row_shape": (3,)}),
    File("a field too few", "phone,lastname,country\nP1,Kim,\nP3,Lee\nP2,Lee,\n", [TWO[0], bad("row_shape"), TWO[1]]),
    File("an unquoted separator", "phone,lastname,country\nP1,Kim,\nP3,Kim, Lee,KAZ\nP2,Lee,\n",
         [TWO[0], bad("row_shape"), TWO[1]]),
    File("a separator more in each row", "phone;lastname\nP1;Kim;\nP2;Lee;\n", TWO),
    File("a separator more in header and rows", '"phone";"lastname";\n"P1";"Kim";\n"P2";"Lee";\n', TWO),
    File("a stray quote costs its row only", 'phone,lastname\nP3,"Ki"m\nP1,Kim\nP2,Lee\n', [bad("row_quote"), *TWO]),
    File("an endless quote costs its row only", 'phone,lastname\nP3,"Kim\nP1,Kim\nP2,Lee\n', [bad("row_quote"), *TWO]),
    File("a line break inside quotes", 'phone,lastname,note\nP1,Kim,"a\nb\r\nc"\n0,Ли,\nP2,Lee,\n',
         [TWO[0], bad("phone_missing"), TWO[1]], causes={"phone_missing": (5,)}),
    File("blank lines", "phone,lastname\n\nP1,Kim\n\n\n0,Ли\nP2,Lee\n\n",
         [TWO[0], bad("phone_missing"), TWO[1]], causes={"phone_missing": (6,)}, findings=(("rows", "blank rows"),)),
    File("empty tails", "phone,lastname\nP1,Kim\nP2,Lee\n,\n,\n ,  \n", TWO),
    File("a banner above", "Клиенты банка;;\nвыгружено 01.02.2024;;\n\nТелефон;Фамилия;Имя\nP1;Kim;\nP2;Lee;\n0;;x\n",
         [*TWO, bad("phone_missing")], findings=(("header", "row 4"),), causes={"phone_missing": (7,)}),
    File("a note in one cell above", "Список клиентов\nphone,lastname\nP1,Kim\nP2,Lee\n", TWO, findings=(("header", "row 2"),)),
    File("the same unmapped header twice", "phone,utm,utm,lastname\nP1,a,b,Kim\nP2,c,d,Lee\n", TWO),
    File("an empty header", "phone,lastname,\nP1,Kim,x\nP2,Lee,y\n", TWO, findings=(("mapping", "column C"),)),
    File("500 columns carried", "phone,lastname,Отчество," + ",".join(f"c{n}" for n in range(500)) + "\n"
         + "P1,Kim,И." + ",x" * 500 + "\nP2,Lee,О." + ",y" * 500 + "\n", TWO, findings=(("mapping", "(501)"),)),
    File("a whole name that is left out", "phone,ФИО\nP1,Ким Алия Ивановна\n", [ok("P1")], options={"map": ("ФИО=-",)}),
    File("a whole name split as told", "phone,ФИО\nP1,Ким Алия Ивановна\nP2,Ли Ян\nP3,Ли\n",
         [ok("P1", lastname="Ким", firstname="Алия"), ok("P2", lastname="Ли", firstname="Ян"),
          bad("firstname_full_name|lastname_full_name")], options={"full_name": "last first middle"}),
    File("two phone columns of the first rank", "Телефон,Мобильный телефон,Фамилия\nP1,P2,Kim\nP3,,Lee\n,P4,Цой\n",
         [ok("P2", "P1", lastname="Kim"), ok("P3", lastname="Lee"), ok("P4", lastname="Цой")]),
    File("a weaker phone column serves only when asked", "Мобильный телефон,Рабочий телефон,Фамилия\nP1,,Kim\n,P3,Lee\n",
         [TWO[0], bad("phone_missing")],
         findings=(("mapping", '1 row without a phone has one in column B "Рабочий телефон"'),
                   ("mapping", '--map "Мобильный телефон, Рабочий телефон=phone"'))),
    File("… asked", "Мобильный телефон,Рабочий телефон,Фамилия\nP1,,Kim\n,P2,Lee\n", TWO,
         options={"map": ("Мобильный телефон, Рабочий телефон = phone",)}),
    File("the same number in two ways", "phone,lastname\nP1,Kim\nP2,Lee\nL1,Ким\n",
         [*TWO, bad("phone_duplicate", "row 2", "P1", "L1", status="duplicate")], causes={"phone_duplicate": (4,)}),
    File("no row of a repeated phone", "phone,lastname\nL1,Kim\nP2,Lee\nP1,Ким\n",
         [bad("phone_duplicate", "row 4", "P1", status="duplicate"), TWO[1],
          bad("phone_duplicate", "row 2", "L1", status="duplicate")], options={"duplicates": "none"}),
    File("an invalid row holds its phone", "phone,dob\nP1,31.02.1999\nP1,31.12.1999\n",
         [bad("date_of_birth_calendar; phone_repeated"), bad("phone_duplicate", "row 2", status="duplicate")]),
    File("the same e-mail in two rows", "phone,email\nP1,a@example.com\nP2,A@example.com\n",
         [ok("P1", "row 3", email="a@example.com"), ok("P2", "row 2", email="A@example.com")]),
    File("day first, as another cell tells", AMBIGUOUS.format("31/12/1999"),
         [ok("P1", date_of_birth="1999-02-01"), ok("P2", date_of_birth="1999-12-31")]),
    File("month first, as another cell tells", AMBIGUOUS.format("12/31/1999"),
         [ok("P1", date_of_birth="1999-01-02"), ok("P2", date_of_birth="1999-12-31")]),
    File("no cell tells the order", AMBIGUOUS.format("1999-12-31"),
         [bad("date_of_birth_ambiguous", "1999-02-01", "1999-01-02", "--date-order"), ok("P2", date_of_birth="1999-12-31")]),
    File("both orders in a column", AMBIGUOUS.format("12/31/1999\nP3,31/12/1999"),
         [bad("date_of_birth_ambiguous"), ok("P2", date_of_birth="1999-12-31"), ok("P3", date_of_birth="1999-12-31")],
         findings=(("dates", "--date-order"),)),
    File("dates turned round by a spreadsheet", TURNED,
         [bad("date_of_birth_turned", "1999-02-01", "1999-01-02", "--date-order ymd"),
          *[bad("date_of_birth_turned")] * 2, *AS_TEXT], findings=(("dates", "turned day and month round"),)),
    File("dates turned round, told that they are not", TURNED,
         [ok("P1", date_of_birth="1999-02-01"), ok("P2", date_of_birth="1999-03-07"),
          ok("P3", date_of_birth="1985-11-12"), *AS_TEXT], options={"date_order": "ymd"}),
    File("dates turned round by a spreadsheet that wrote them with dots", TURNED_DOTS,
         [bad("date_of_birth_turned_dots", "1999-02-01", "1999-01-02", "--date-order dmy"),
          *[bad("date_of_birth_turned_dots")] * 2, *AS_TEXT], findings=(("dates", "turned day and month round"),)),
    File("dates with dots, told that they have the month first", TURNED_DOTS,
         [ok("P1", date_of_birth="1999-01-02"), ok("P2", date_of_birth="1999-07-03"),
          ok("P3", date_of_birth="1985-12-11"), *AS_TEXT], options={"date_order": "mdy"}),
    File("a wide no-break space in a header", "Номер\u00a0телефона,Фамилия\nP1,Kim\nP2,Lee\n", TWO),
    File("a phone without a code elsewhere", "phone\n(415) 555-01#\n".replace("#", "32"), [ok("+14155550132")],
         options={"region": "US"}),
]  # fmt: skip

HEADERS = [
    ("phone", ["Телефон\n(моб.)", "Phone Number *", "Моб.тел", "Телефон нөмірі", "ТЕЛЕФОН:", "№ телефона", "phone_number",
               "\u200bPhone", "Сотовый", "Телефон переносной", "Tелефон"]),
    ("date_of_birth", ["Д/Р", "Дата рождения", "DOB", "birthDate", "Туған күні", "туган куни", "Дата  рожд."]),
    ("lastname", ["Фамилия *", "Surname", "last_name", "Тегі", "Last Name (required)"]),
    ("email", ["E-mail", "Эл. почта", "Email Address", "электрондық пошта"]),
    ("identifier", ["ИИН", "IIN", "ЖСН"]),
    ("country", ["Страна", "Country/Region", "Елі"]),
    ("gender", ["Пол", "Sex", "Жынысы"]),
    ("nationality", ["Гражданство", "Citizenship", "Азаматтығы"]),
]  # fmt: skip

REFUSED = [
    ("zero bytes", b"", ["empty"]),
    ("blank lines only", b"\n \n\n", ["no text"]),
    ("a header and no rows", b"phone,email\n", ["nothing to import"]),
    ("UTF-8 with one broken line", "phone,lastname\n1,Щукин и Юлия\n2,".encode() + b"\xff\xfe\n", ["line 3", "--encoding"]),
    ("two encodings", "phone,lastname\n1,Щукин\n2,".encode() + "Юлия".encode("cp1251") + b"\n", ["line 3"]),
    ("an HTML table", b"<html><table><tr><td>phone</td></tr></table>", ["HTML"]),
    ("an XML document", b"<?xml version='1.0'?><users/>", ["XML"]),
    ("JSON", b'[{"phone": "+77010000001"}]', ["JSON"]),
    ("a zip of something else", b"PK\x03\x04" + bytes(60), ["users.csv"]),
    ("a PDF", b"%PDF-1.7\n", ["PDF"]),
    ("a picture", b"\x89PNG\r\n\x1a\n", ["picture"]),
    ("a vCard", b"BEGIN:VCARD\nTEL:1\nEND:VCARD\n", ["vCard"]),
    ("a whole name is not split in silence", "phone,ФИО\n+77010000001,Ким Алия\n".encode(), ["--full-name", "ФИО=-"]),
    ("no phone column", "Имя,Телефн,Город\nАня,1,2\n".encode(), ["Имя", "Телефн", "Город", "--map"]),
    ("lines in quotes as a whole", '"Телефон,""Имя"""\n"87010000001,""Ян"""\n"87010000002,""Ли"""\n'.encode(),
     ["one cell", ", between them", "Text to Columns"]),
    ("a sep line of another sign", "sep=,\nТелефон;Имя\n87010000001;Ян\n".encode(), ["sep=", '--delimiter ";"']),
    ("one column of something else", "Город, область\nАлматы\n".encode(), ["no column (of 1) has a known name", "--header-row", "--map"]),
    ("the phone column twice", b"phone,phone\n1,2\n", ["column A", "column B"]),
    ("two columns of the second rank", "Рабочий телефон,Домашний телефон\n1,2\n".encode(), ["Рабочий телефон", "--map"]),
    ("more invalid rows than allowed", b"phone\n1\n2\n", ["2 of 2", "--max-invalid"]),
]  # fmt: skip

FILES = {f"{kind}: {file.name}": (place, file) for kind, files in (("bytes", BYTES), ("structure", STRUCTURE))
         for place, file in enumerate(files, start=0 if kind == "bytes" else 100)}  # fmt: skip


def filled(value: Any, case: int) -> Any:
    """``P1`` and ``L1`` replaced by the case's own phones."""
    if isinstance(value, dict):
        return {name: filled(one, case) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    text = re.sub(r"\bP([1-9])\b", rf"+77055{case:03d}00\1", value)
    return re.sub(r"\bL([1-9])\b", rf"8 705 5{case // 10:02d} {case % 10}0 0\1", text)


def stored(case: int, file: File) -> bytes:
    """The bytes of the case."""
    content = filled(file.content, case).encode(file.encoding)
    packed = file.file.endswith(".gz") or file.file.startswith("zipped")
    return gzip.compress(content) if packed else content


@pytest.mark.parametrize("name", FILES)
def test_a_text_file_is_read_right_and_comes_back_as_it_was(importing: Importing, folder, name):
    case, file = FILES[name]
    path = folder / file.file
    path.write_bytes(stored(case, file))
    imported = importing.run(path, **file.options)
    assert len(imported.rows) == len(file.rows) == imported.summary.rows
    for row, expected in zip(imported.rows, file.rows, strict=True):
        assert row["sent"] == filled(expected.sent, case)
        assert row["import_status"] == expected.status
        assert row["import_error_code"] in expected.code.split("|")
        said = row["import_error"] + row["import_note"]
        assert all(any(part in said for part in filled(words, case).split("|")) for words in expected.says), said
    shown = importing.validate(path, **file.options).findings if file.findings else ()
    for topic, words in file.findings:
        assert any(finding.topic == topic and words in finding.text for finding in shown), shown
    named = {cause.code: cause.first_rows for cause in imported.summary.causes}
    assert {code: named.get(code) for code in file.causes} == file.causes


@pytest.mark.parametrize(
    ("field", "header"), [(field, header) for field, headers in HEADERS for header in headers], ids=str
)
def test_a_header_is_matched_as_people_write_it(importing: Importing, folder, field, header):
    values = {"phone": "+77010000001", "date_of_birth": "1999-12-31", "email": "a@example.com", "gender": "F",
              "country": "KAZ"}  # fmt: skip
    path = folder / "users.csv"
    cells = [header, values.get(field, "900101300017")]
    columns = [cells] if field == "phone" else [["phone", values["phone"]], cells]
    lines = [";".join(f'"{column[line]}"' for column in columns) for line in (0, 1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = importing.validate(path, show_values=True)
    ((_, body),) = summary.preview
    assert body == {"phone": values["phone"], field: cells[1]}


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_file_is_refused_with_its_reason_before_anything_is_sent(importing: Importing, folder, content, words):
    path = folder / "users.csv"
    path.write_bytes(content)
    before = importing.sandbox.stats()["requests"]
    with pytest.raises(RefusedFile) as refusal:
        importing.run(path, max_invalid="1")
    assert all(word in str(refusal.value) for word in words), str(refusal.value)
    assert len(str(refusal.value)) < 1_000
    assert importing.sandbox.stats()["requests"] == before
    written = {file.name for file in folder.iterdir()} - {"users.csv"}
    assert written <= {"users.rejected.csv", "users.rejected.xlsx"}, "the rows to be mended, and no result"
