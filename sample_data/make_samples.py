"""Makes the sample files again: ``python sample_data/make_samples.py``. Everybody in them is invented.

What each file should give stands in ``tests/pipeline/test_sample_data.py``.
"""

import csv
import io
import random
from datetime import datetime
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent

MEN = ("Алмас", "Болат", "Данияр", "Ерлан", "Илья", "Марат", "Нурлан", "Олег", "Руслан", "Тимур")
WOMEN = ("Айгерим", "Алия", "Вера", "Гульнар", "Дина", "Жанна", "Ирина", "Мадина", "Ольга", "Сауле")
LAST_MEN = ("Ахметов", "Беков", "Ким", "Касымов", "Петров", "Сейткали", "О'Коннор", "Цой", "Иванов", "Нурпеисов")
LAST_WOMEN = ("Ахметова", "Бекова", "Ким", "Касымова", "Петрова", "Сейткали", "Ли", "Цой", "Иванова", "Нурпеисова")
OPERATORS = ("701", "702", "705", "707", "708", "747", "771", "775", "777", "778")

CLEAN_HEADER = (
    "phone",
    "email",
    "firstname",
    "lastname",
    "date_of_birth",
    "identifier",
    "country",
    "gender",
    "nationality",
)


class Person:
    """An invented person; every number of every person differs."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.woman = rng.random() < 0.5
        self.first = rng.choice(WOMEN if self.woman else MEN)
        self.last = rng.choice(LAST_WOMEN if self.woman else LAST_MEN)
        self.national = f"{rng.choice(OPERATORS)}000{number:04d}"
        self.email = f"user{number:03d}@example.com"
        self.born = (rng.randint(1960, 2004), rng.randint(1, 12), rng.randint(1, 28))

    @property
    def phone(self) -> str:
        return f"+7{self.national}"

    @property
    def crm_phone(self) -> str:
        n = self.national
        return f"8 {n[:3]} {n[3:6]}-{n[6:8]}-{n[8:]}"

    @property
    def iso(self) -> str:
        return "{:04d}-{:02d}-{:02d}".format(*self.born)

    @property
    def dotted(self) -> str:
        return "{2:02d}.{1:02d}.{0:04d}".format(*self.born)

    def clean(self) -> list[str]:
        return [
            self.phone,
            self.email,
            self.first,
            self.last,
            self.iso,
            "",
            "KAZ",
            "F" if self.woman else "M",
            "Kazakhstan",
        ]


def people(first: int, count: int, seed: int) -> list[Person]:
    """``count`` people with the numbers from ``first`` on."""
    rng = random.Random(seed)  # noqa: S311 (samples, not secrets)
    return [Person(first + i, rng) for i in range(count)]


def text_file(name: str, header: tuple[str, ...], rows: list[list[str]], *, encoding: str, delimiter: str) -> None:
    """A delimited file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    (HERE / name).write_bytes(buffer.getvalue().encode(encoding))


def legacy_crm() -> None:
    """200 rows as a Russian CRM exports them: every kind of error, duplicate and warning among them."""
    header = ("Код клиента", "Фамилия", "Имя", "Отчество", "Мобильный телефон", "E-mail", "Дата рождения", "Пол")
    header += ("Страна", "Гражданство", "ИИН", "Менеджер", "Примечание")
    rows = []
    for number, person in enumerate(people(1001, 200, 7)):
        rows.append(
            [
                f"К-{5000 + number:06d}",
                person.last,
                person.first,
                "",
                person.crm_phone if number % 3 else person.phone,
                person.email if number % 4 else "",
                person.dotted if number % 5 else "",
                ("Жен" if person.woman else "Муж") if number % 2 else "",
                ("Казахстан", "РК", "KZ", "")[number % 4],
                "казахстанское" if number % 7 == 0 else "",
                "",
                "Отдел продаж",
                "",
            ]
        )
    last, first, phone, email, born, gender, country, iin, note = 1, 2, 4, 5, 6, 7, 8, 10, 12
    changes: dict[int, dict[int, str]] = {
        3: {phone: ""},
        5: {phone: "нет"},
        8: {phone: "77777777777"},
        11: {phone: "8701"},
        14: {phone: "+8 701 000 10 15"},
        17: {phone: "7.70112E+10"},
        20: {phone: rows[19][phone], note: "тот же человек?"},
        23: {phone: "8 (" + rows[22][phone][-13:-10] + ") " + rows[22][phone][-9:].replace("-", "")},
        26: {phone: rows[26][phone] + ", 8 702 000 90 26"},
        29: {phone: rows[29][phone] + " доб. 12"},
        32: {phone: "+1234567890"},
        35: {email: "user036@example,com"},
        38: {email: "user039@gmail.con"},
        41: {email: "один@example.com, два@example.com"},
        44: {email: rows[43][email] or "user044@example.com"},
        47: {email: "USER048@EXAMPLE.COM"},
        50: {born: "31.02.1999"},
        53: {born: "15.06.2131"},
        56: {born: "01.01.1900"},
        59: {born: "31 декабря 1999 г."},
        62: {born: "12.05.85"},
        65: {born: "неизвестно"},
        68: {born: "17.03.1991 10:20:00"},
        71: {gender: "1"},
        74: {gender: "н/д"},
        77: {country: "Нарния"},
        80: {country: "РФ"},
        83: {country: "Кыргызстан"},
        86: {country: "398"},
        89: {last: "Null"},
        92: {first: "=1+1"},
        95: {note: '=HYPERLINK("http://example.com";"сюда")'},
        98: {last: "  Ким   -  Чен "},
        101: {iin: "000000000001"},
        104: {iin: "12345"},
        107: {note: "первая строка\nвторая строка"},
        110: {phone: "+44 20 7946 0958", country: "Великобритания"},
        113: {phone: "", email: "", born: "99.99.9999", gender: "?", country: "?"},
    }
    for row, cells in changes.items():
        for column, value in cells.items():
            rows[row][column] = value
    rows[43][email] = rows[44][email]
    text_file("legacy_crm.csv", header, rows, encoding="cp1251", delimiter=";")


def clean_files() -> None:
    """20 rows that need nothing, as CSV and as a workbook."""
    rows = [person.clean() for person in people(1, 20, 1)]
    text_file("users.csv", CLEAN_HEADER, rows, encoding="utf-8", delimiter=",")
    with xlsxwriter.Workbook(HERE / "users.xlsx", {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("users")
        for number, cells in enumerate([list(CLEAN_HEADER), *rows]):
            for column, value in enumerate(cells):
                sheet.write_string(number, column, value)


def ops_workbook() -> None:
    """A hand-made workbook: instructions first, then a sheet with a banner above the header and real dates."""
    with xlsxwriter.Workbook(HERE / "ops_clients.xlsx", {"strings_to_formulas": False}) as book:
        help_sheet = book.add_worksheet("Инструкция")
        help_sheet.write_string(0, 0, "Заполните лист «Клиенты» и отправьте в отдел интеграций")
        sheet = book.add_worksheet("Клиенты")
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        dates = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.merge_range(0, 0, 0, 5, "Новые клиенты, октябрь", bold)
        for column, name in enumerate(("Телефон *", "Имя", "Фамилия", "Дата\nрождения", "Пол", "Страна")):
            sheet.write_string(2, column, name, bold)
        for number, person in enumerate(people(2001, 12, 3)):
            row = 3 + number
            if number % 2:
                sheet.write_number(row, 0, float("8" + person.national))
            else:
                sheet.write_string(row, 0, person.crm_phone)
            sheet.write_string(row, 1, person.first)
            sheet.write_string(row, 2, person.last)
            year, month, day = person.born
            if number == 4:
                sheet.write_string(row, 3, "31.02.1990")
            else:
                sheet.write_datetime(row, 3, datetime(year, month, day), dates)
            sheet.write_string(row, 4, "ж" if person.woman else "м")
            sheet.write_string(row, 5, "Нарния" if number == 7 else "Казахстан")


def nightly_pair() -> None:
    """Yesterday's file and today's: the same rows, two of them changed, five new."""
    before = people(3001, 15, 5)
    header = ("phone", "email", "firstname", "lastname", "country")
    rows = [[p.phone, p.email, p.first, p.last, "KAZ"] for p in before]
    text_file("nightly_yesterday.csv", header, rows, encoding="utf-8", delimiter=",")
    rows[3][3] += "-Ким"
    rows[8][1] = "new.address@example.com"
    rows += [[p.phone, p.email, p.first, p.last, "KAZ"] for p in people(3016, 5, 6)]
    text_file("nightly_today.csv", header, rows, encoding="utf-8", delimiter=",")


if __name__ == "__main__":
    clean_files()
    legacy_crm()
    ops_workbook()
    nightly_pair()
