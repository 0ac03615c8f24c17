"""A file -> Table of text cells: true row numbers, the dialect it is written in, and what was found on the way.

Everything is text; nothing is inferred, and nothing is guessed in silence. Public names are those below; one file
per format, the finding-out apart (``content``, ``encoding``, ``delimiter``, ``header``).
"""

from pathlib import Path

from importer.reading.content import identify
from importer.reading.csv_table import open_csv
from importer.reading.header import HeaderScore
from importer.reading.table import Chunk, Dialect, ReadOptions, Table

__all__ = ["Chunk", "Dialect", "HeaderScore", "ReadOptions", "Table", "open_table"]


def open_table(path: Path, options: ReadOptions | None = None, *, header_score: HeaderScore) -> Table:
    """Opens an input by its content, whatever its extension.

    Args:
        path: .csv, .tsv, .txt (also .gz of these), .xlsx, .xlsm, .xls or .ods.
        options: What a person decided.
        header_score: How many of a row's cells are known header names; it decides the header row and the sheet.

    Raises:
        RefusedFile: It can't be read, or holds no table; the message says what it is and what to do.
        UsageError: An option names an encoding, delimiter, row or sheet that there is not.
    """
    options = options or ReadOptions()
    content = identify(path)
    return open_csv(path, options, header_score, packed=content.gzip)
