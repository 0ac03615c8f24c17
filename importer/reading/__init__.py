"""A file -> Table of text cells: true row numbers, the dialect it is written in, and what was found on the way.

Everything is text; nothing is inferred, and nothing is guessed in silence. Public names are those below; one
file per format, the finding-out apart (``content``, ``encoding``, ``delimiter``, ``header``).
"""

from pathlib import Path

from importer.columns.memory import give_back_soon
from importer.reading.content import Content, identify
from importer.reading.header_row import HeaderScore
from importer.reading.table import Chunk, Dialect, ReadOptions, Table
from importer.reading.text.csv_table import open_csv
from importer.reading.workbook.sheet_table import open_sheet
from importer.reading.workbook.sheets import Workbook

__all__ = ["Chunk", "Dialect", "HeaderScore", "ReadOptions", "Table", "open_table"]


def open_table(path: Path, options: ReadOptions | None = None, *, header_score: HeaderScore) -> Table:
    """Opens an input by its content, whatever its extension.

    Args:
        path: .csv, .tsv, .txt (also .gz of these), .xlsx, .xlsm, .xls or .ods.
        options: What a person decided.
        header_score: How many of a row's cells are known header names; it decides header row and sheet.

    Raises:
        RefusedFile: It can't be read, or holds no table; the message says what it is and what to do.
        UsageError: An option names an encoding, delimiter, row or sheet that there is not.
    """
    give_back_soon()
    options = options or ReadOptions()
    content = identify(path)
    if content.kind == "text":
        return open_csv(path, options, header_score, packed=content.gzip)
    return open_sheet(path, _workbook(path, content), options, header_score)


def _workbook(path: Path, content: Content) -> Workbook:
    # Text, which most files are, does not pay for the readers of workbooks.
    from importer.reading.workbook.ods_book import OdsBook  # noqa: PLC0415
    from importer.reading.workbook.xls_book import XlsBook  # noqa: PLC0415
    from importer.reading.workbook.xlsx_book import XlsxBook  # noqa: PLC0415
    from importer.reading.workbook.zip_package import ZipPackage  # noqa: PLC0415

    if content.kind == "ole":
        return XlsBook(path)
    package = ZipPackage(path)
    try:
        return XlsxBook(package) if package.kind() == "xlsx" else OdsBook(package)
    except BaseException:
        package.close()
        raise
