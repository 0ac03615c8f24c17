"""Writes the benchmark's input files: ten columns, invented people, always the same for the same arguments.

``python tests/benchmarks/inputs.py KIND ROWS OUT`` writes one file; KIND is a name of ``KINDS`` (with ``-xlsx`` a
workbook).
"""

import csv
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HEADER = (
    "client_id", "phone", "email", "firstname", "lastname", "date_of_birth", "identifier", "country", "gender",
    "nationality",
)  # fmt: skip
Row = tuple[str, ...]

FIRST = ("Айгуль", "Ерлан", "Данияр", "Мария", "John", "Асель", "Тимур", "Ольга", "Жанна", "Пётр")
LAST = ("Серикова", "Абаев", "Ким", "Иванова", "Smith", "Нурланова", "Ахметов", "Петров", "Омарова", "Ли")
COUNTRIES = ("KAZ", "KAZ", "KAZ", "RUS", "UZB", "KGZ")
NAMES = ("Казахстан", "Kazakhstan", "Қазақстан", "Россия", "Узбекистан", "РК")
NATIONALITIES = ("казах", "русский", "Kazakh", "узбек")
CODES = (701, 702, 705, 707, 747, 771, 775, 777)


def clean(number: int, dice: random.Random) -> list[str]:
    """A row that needs no repair. The phone is the number's own: nobody's stands twice."""
    return [
        str(number),
        f"+7{CODES[number % 8]}{number // 8 + 1000000:07d}",
        f"user{number}@example.com",
        FIRST[dice.randrange(10)],
        LAST[dice.randrange(10)],
        f"{dice.randrange(1950, 2006)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
        f"{dice.randrange(10**8):08d}",
        COUNTRIES[dice.randrange(6)],
        "MF"[dice.randrange(2)],
        NATIONALITIES[dice.randrange(4)],
    ]


def spoiled(number: int, dice: random.Random) -> list[str]:
    """A row with one error, of six kinds in turn."""
    row = clean(number, dice)
    column, value = (
        (1, f"8701{number % 1000}"),
        (2, f"user{number}@@example"),
        (5, f"{dice.randrange(1950, 2006)}-13-45"),
        (7, f"Нарния {number % 500}"),
        (8, "третий"),
        (1, ""),
    )[number % 6]
    row[column] = value
    return row


def dirty(number: int, dice: random.Random) -> list[str]:
    """A row whose phone, date and country all need repair, and that is certain all the same."""
    row = clean(number, dice)
    digits = row[1][2:]
    row[1] = f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}"
    year, month, day = row[5].split("-")
    row[5] = f"{day}.{month}.{year}"
    row[7] = NAMES[dice.randrange(6)]
    return row


def mixed(number: int, dice: random.Random) -> list[str]:
    """Five rows in a hundred have an error."""
    return spoiled(number, dice) if dice.random() < 0.05 else clean(number, dice)


KINDS: dict[str, Callable[[int, random.Random], list[str]]] = {
    "clean": clean,
    "mixed": mixed,
    "bad": spoiled,
    "dirty": dirty,
}


def rows(kind: str, count: int) -> Iterator[list[str]]:
    """The rows of a file."""
    dice = random.Random(7)
    make = KINDS[kind]
    return (make(number, dice) for number in range(count))


def write(kind: str, count: int, path: Path) -> None:
    """One file, complete or not there."""
    draft = path.with_name(path.name + ".new")
    if kind.endswith("-xlsx"):
        import xlsxwriter

        book = xlsxwriter.Workbook(str(draft), {"constant_memory": True, "strings_to_urls": False})
        sheet = book.add_worksheet("Users")
        sheet.write_row(0, 0, HEADER)
        for at, row in enumerate(rows(kind.removesuffix("-xlsx"), count), 1):
            for column, text in enumerate(row):
                sheet.write_string(at, column, text)
        book.close()
    else:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(rows(kind, count))
    draft.rename(path)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
