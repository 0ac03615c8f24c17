"""Writes sample files in the shapes that CRM systems, shops, address books and identity providers export.

Run it to make the files again beside this script: ``python tests/exports/make_exports.py [FOLDER]``.
The people are invented.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]  # the package ships no types
from layout import Layout
from layouts_cis import CIS
from layouts_world import WORLD

MADE = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """One invented person, spelled the ways the systems spell."""

    number: int
    last: str
    first: str
    middle: str
    latin: str
    phone: str  # +77010000000
    other_phone: str
    email: str
    born: str  # 1999-12-31, "" unknown
    male: bool
    country: str  # a row of COUNTRIES
    identifier: str

    def cells(self) -> dict[str, object]:
        """Everything a layout may name."""
        year, month, day = self.born.split("-") if self.born else ("", "", "")
        digits = self.phone.lstrip("+")
        local = f"8 {digits[1:4]} {digits[4:7]}-{digits[7:9]}-{digits[9:]}"
        english, russian, iso2, upper = COUNTRIES[self.country]
        first_latin, last_latin = self.latin.split()
        return {
            **vars(self),
            "digits": digits,
            "quoted": f"'{self.phone}",
            "other_quoted": f"'{self.other_phone}" if self.other_phone else "",
            "local": local,
            "spaced": f"+7 ({digits[1:4]}) {digits[4:7]}-{digits[7:9]}-{digits[9:]}",
            "dmy": f"{day}.{month}.{year}" if year else "",
            "mdy": f"{month}/{day}/{year}" if year else "",
            "outlook_en": f"{int(month)}/{int(day)}/{year}" if year else "0/0/00",
            "full": f"{self.last} {self.first} {self.middle}".strip(),
            "first_latin": first_latin,
            "last_latin": last_latin,
            "country_en": english,
            "country_ru": russian,
            "iso2": iso2,
            "country_upper": upper,
            "mf": "M" if self.male else "F",
            "gender_ru": "Мужской" if self.male else "Женский",
            "gender_en": "male" if self.male else "female",
        }


COUNTRIES = {
    "KAZ": ("Kazakhstan", "Казахстан", "KZ", "КАЗАХСТАН"),
    "RUS": ("Russia", "Россия", "RU", "РОССИЯ"),
    "KGZ": ("Kyrgyzstan", "Кыргызстан", "KG", "КЫРГЫЗСТАН"),
}

PEOPLE = (
    Person(
        *(1, "Ахметова", "Алия", "Болатовна", "Aliya Akhmetova", "+77011234501", "+77272501101"),
        *("aliya@example.com", "1990-05-17", False, "KAZ", "900517400015"),
    ),
    Person(
        *(2, "Ким", "Олег", "Сергеевич", "Oleg Kim", "+77021234502", ""),
        *("oleg.kim@example.com", "1985-12-31", True, "KAZ", "851231300026"),
    ),
    Person(
        *(3, "Смирнова", "Дарья", "", "Darya Smirnova", "+77051234503", "+77272501103"),
        *("darya@example.org", "", False, "KAZ", ""),
    ),
    Person(
        *(4, "О'Коннор", "Тимур", "Ильич", "Timur OConnor", "+77471234504", ""),
        *("", "2001-02-03", True, "KAZ", "010203500043"),
    ),
    Person(
        *(5, "Жұмабай", "Әсел", "Нұрланқызы", "Assel Zhumabay", "+77771234505", "+77172701105"),
        *("assel@example.net", "1978-11-09", False, "KAZ", "781109400058"),
    ),
)


def table(layout: Layout) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a layout; a person whose name the encoding lacks is left out."""
    columns = re.split(r"\s\|\s+", layout.columns.strip())
    header, patterns = zip(*(column.split("=", 1) for column in columns), strict=True)
    rows = [[pattern.strip().format(**person.cells()).replace("¶", "\n") for pattern in patterns] for person in PEOPLE]
    rows = [row for row in rows if _fits("".join(row), layout.encoding)]
    return list(header), [*rows, *(list(row) for row in layout.more_rows)]


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def delimited(layout: Layout) -> bytes:
    """The layout as a text file."""
    header, rows = table(layout)
    tail = layout.delimiter if layout.trailing_delimiter else ""
    lines = [layout.delimiter.join(_quoted(cell, layout) for cell in row) + tail for row in (header, *rows)]
    text = "".join(line + layout.line_ending for line in (*layout.before, *lines, *layout.after))
    return (layout.mark + text).encode(layout.encoding)


def _quoted(cell: str, layout: Layout) -> str:
    if layout.quote_all or {layout.delimiter, '"', "\r", "\n"} & set(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def workbook(layout: Layout, path: Path) -> None:
    """The layout as an Excel file: title lines above the header, a blank line between, all cells text."""
    header, rows = table(layout)
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("TDSheet")
        lines = [*([line] for line in layout.before), header, *rows, *([line] for line in layout.after)]
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
        if layout.before:
            sheet.merge_range(0, 0, 0, 3, layout.before[0], book.add_format({"bold": True}))


def html(layout: Layout) -> bytes:
    """The layout as the HTML table that some systems name ``.xls``."""
    header, rows = table(layout)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in [header, *rows])
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">\n{body}</table></body></html>\n'
    return page.encode(layout.encoding)


def make(folder: Path) -> Iterator[Path]:
    """Write every sample into a folder."""
    for layout in (*CIS, *WORLD):
        path = folder / layout.name
        if path.suffix == ".xlsx":
            workbook(layout, path)
        elif path.suffix == ".xls":
            path.write_bytes(html(layout))
        else:
            path.write_bytes(delimited(layout))
        yield path


if __name__ == "__main__":
    for written in make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        sys.stdout.write(f"{written.name}\n")
