"""Files as branch offices send them: an export of 1C in Russian, and a workbook that somebody typed."""

from pathlib import Path

import openpyxl

NAMES = ("Ахметова Алия Болатовна", "Ким Олег Сергеевич", "Смирнова Дарья Павловна", "Оспанов Ерлан Маратович")
HEADER = ("Код", "ФИО", "Дата рождения", "Пол", "Страна", "Телефон", "Электронная почта", "Комментарий")


def messy_rows(count=60):
    """Rows of the export: most of them right, some wrong in ways that repeat."""
    rows = []
    for number in range(count):
        phone = f"8 701 {200 + number // 100:03d}-{number % 100:02d}-{(number * 7) % 100:02d}"
        country = "Казахстан"
        born, email = f"{number % 27 + 1:02d}.{number % 11 + 1:02d}.{1960 + number % 40}", f"person{number}@example.com"
        comment = "звонить после 18"
        if number % 10 == 3:
            country = "Казахстон РКК"
        if number % 15 == 4:
            born = "31.02.1999"
        if number == 7:
            phone = "8701"
        if number == 11:
            phone = "8 701 200-10-70"  # that of row 10
        if number == 13:
            email = "person13@example,com"
        if number == 17:
            comment = "<script>alert(1)</script>"
        rows.append(
            (
                f"00-{number:05d}",
                NAMES[number % 4],
                born,
                ("Женский", "Мужской")[number % 2],
                country,
                phone,
                email,
                comment,
            )
        )
    return rows


def messy_csv(path: Path, count=60) -> Path:
    """As 1C writes it: Windows-1251, semicolons, a title above the header."""
    lines = ["Справочник: Физические лица;;;;;;;", ";".join(HEADER), *(";".join(row) for row in messy_rows(count))]
    path.write_bytes("\r\n".join(lines).encode("cp1251") + b"\r\n")
    return path


def messy_workbook(path: Path, count=30) -> Path:
    """Two sheets, of which one is a list of people, the header in its third row."""
    book = openpyxl.Workbook()
    book.active.title = "Инструкция"
    book.active.append(["Заполните второй лист"])
    sheet = book.create_sheet("Клиенты")
    sheet.append(["Клиенты за май"])
    sheet.append([])
    sheet.append(["Телефон", "Имя", "Фамилия", "Дата рождения", "Страна", "Примечание"])
    for number, row in enumerate(messy_rows(count)):
        last, first, _ = row[1].split()
        sheet.append([row[5], first, last, row[2], row[4], "=1+1" if number == 5 else row[7]])
    book.save(path)
    return path
