"""What the importer decided is shown before anything is sent, and an option overrides each wrong guess."""

import openpyxl
import pytest
from inputs.importing import Importing

from importer.errors import RefusedFile


def shown(importing: Importing, path, **options):
    """The bodies that would be sent, and everything that was said."""
    summary = importing.validate(path, show_values=True, **options)
    return [body for _, body in summary.preview], {one.topic: one.text for one in summary.findings}, summary


def test_encoding(importing, folder):
    path = folder / "users.csv"
    path.write_bytes("phone,lastname\n+77010000001,Ü\n".encode("cp1252"))
    bodies, said, _ = shown(importing, path)
    assert "--encoding" in said["encoding"]
    assert bodies[0]["lastname"] != "Ü"
    bodies, said, _ = shown(importing, path, encoding="cp1252")
    assert bodies[0]["lastname"] == "Ü"
    assert "CP1252" in said["encoding"]


def test_delimiter(importing, folder):
    path = folder / "users.csv"
    path.write_text("phone^lastname\n+77010000001^Kim, A.\n", encoding="utf-8")
    with pytest.raises(RefusedFile):
        importing.validate(path)
    bodies, said, _ = shown(importing, path, delimiter="^")
    assert bodies == [{"phone": "+77010000001", "lastname": "Kim, A."}]
    assert "^" in said["delimiter"]


def test_header_row(importing, folder):
    path = folder / "users.csv"
    path.write_text("phone,lastname,firstname\nТелефон,Имя,Фамилия\n+77010000001,Ян,Ким\n", encoding="utf-8")
    bodies, said, summary = shown(importing, path)
    assert "row 1" in said["header"]
    assert summary.rows == 2
    bodies, said, summary = shown(importing, path, header_row=2)
    assert "row 2" in said["header"]
    assert summary.rows == 1
    assert bodies == [{"phone": "+77010000001", "lastname": "Ким", "firstname": "Ян"}]


@pytest.mark.parametrize(("order", "day"), [("", ""), ("dmy", "1999-02-01"), ("mdy", "1999-01-02")])
def test_date_order(importing, folder, order, day):
    path = folder / "users.csv"
    path.write_text("phone,dob\n+77010000001,01/02/1999\n", encoding="utf-8")
    bodies, said, summary = shown(importing, path, date_order=order)
    assert [body["date_of_birth"] for body in bodies] == ([day] if day else [])
    assert ("--date-order" in said["dates"]) is (not day)
    assert summary.exit_code == (0 if day else 1)


def test_a_date_order_that_was_told_outranks_what_the_column_shows(importing, folder):
    path = folder / "users.csv"
    path.write_text("phone,dob\n+77010000001,01/02/1999\n+77010000002,31/12/1999\n", encoding="utf-8")
    assert shown(importing, path)[0][0]["date_of_birth"] == "1999-02-01"
    assert shown(importing, path, date_order="mdy")[0][0]["date_of_birth"] == "1999-01-02"


def test_sheet(importing, folder):
    book = openpyxl.Workbook()
    for phone in ("+77010000001", "+77010000002"):
        sheet = book.create_sheet(phone[-1])
        sheet.append(["phone"])
        sheet.append([phone])
    book.save(folder / "users.xlsx")
    with pytest.raises(RefusedFile, match=r"2 sheets of people.*--sheet"):
        shown(importing, folder / "users.xlsx")
    assert shown(importing, folder / "users.xlsx", sheet="2")[0] == [{"phone": "+77010000002"}]


@pytest.mark.parametrize("column", ["Рабочий телефон", "column B", "рабочий  ТЕЛЕФОН"])
def test_map(importing, folder, column):
    path = folder / "users.csv"
    path.write_text("Телефон,Рабочий телефон\n+77010000001,+77010000002\n", encoding="utf-8")
    assert shown(importing, path)[0] == [{"phone": "+77010000001"}]
    assert shown(importing, path, map=(f"{column} = phone",))[0] == [{"phone": "+77010000002"}]


def test_region(importing, folder):
    path = folder / "users.csv"
    path.write_text("phone\n8 701 000 00 01\n", encoding="utf-8")
    assert "KZ" in shown(importing, path)[1]["region"]
    assert shown(importing, path, region="US")[2].exit_code == 1


def test_values_are_masked_unless_they_are_asked_for(importing, folder):
    path = folder / "users.csv"
    path.write_text("phone,lastname\n" + "".join(f"+7701000000{n},Сейтова\n" for n in range(5)), encoding="utf-8")
    summary = importing.validate(path)
    assert [row for row, _ in summary.preview] == [2, 3, 4]
    assert all("•" in body["phone"] and "Сейтова" not in body["lastname"] for _, body in summary.preview)


@pytest.mark.parametrize(
    ("content", "options", "lastname"),
    [
        ("phone,lastname\nP,Ü\n".encode("cp1252"), {"encoding": "cp1252"}, "Ü"),
        (b"phone,lastname\nphone,lastname\nP,Kim\n", {"header_row": 2}, "Kim"),
        (b"phone;lastname\nP;Kim\n", {"delimiter": "semicolon"}, "Kim"),
    ],
    ids=["encoding", "header row", "delimiter"],
)
def test_the_same_file_read_another_way_is_another_run(importing, folder, content, options, lastname):
    path, home = folder / "users.csv", folder / "home"
    phone = f"+770990001{len(lastname)}{len(content)}"[:12]
    path.write_bytes(content.replace(b"P", phone.encode()))
    first = importing.run(path, home=home)
    second = importing.run(path, home=home, **options)
    assert first.summary.run != second.summary.run
    assert [row["import_status"] for row in second.rows] == ["already_imported"]
    assert importing.validate(path, home=home, show_values=True, **options).rows == 1
