"""Every input format there is, in the order in which they are asked. A new one is a file and a line here."""

from typing import Final

from importer.reading import arrow_table, corrected_copy
from importer.reading.input_format import InputFormat
from importer.reading.text import csv_table
from importer.reading.workbook import ods_book, xls_book, xlsx_book

FORMATS: Final[tuple[InputFormat, ...]] = (
    xlsx_book.FORMAT,
    ods_book.FORMAT,
    xls_book.FORMAT,
    arrow_table.FORMAT,
    corrected_copy.FORMAT,
    csv_table.FORMAT,
)


def usual_endings() -> tuple[str, ...]:
    """How names of files that can be imported end: ".csv", ".csv.gz", ".xlsx", …; text may be packed."""
    return tuple(
        f".{extension}{more}"
        for each in FORMATS
        for extension in each.extensions
        for more in (("", ".gz") if each.packed else ("",))
    )


def is_text(format_name: str) -> bool:
    """Whether a format, as ``Dialect.format`` has it, is delimited text; else its rows lie in a workbook."""
    return any(each.packed for each in FORMATS if each.name == format_name)


def is_workbook(name: str) -> bool:
    """Whether a name is a workbook's by its ending."""
    return name.lower().endswith(tuple(f".{one}" for each in FORMATS if each.book for one in each.extensions))
