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
