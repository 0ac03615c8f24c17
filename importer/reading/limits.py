"""How much of a file is believed: every bound that keeps a hostile or broken file from taking memory or time.

All sizes are bytes of decoded (unpacked) content unless the name says otherwise.
"""

from typing import Final

MIB: Final = 1024 * 1024

MAX_COLUMNS: Final = 16_384
"""Excel's own number of columns; a header wider than this is no table."""

MAX_LINE: Final = 4 * MIB
"""One physical line of a text file; a longer one is refused with its number."""

MAX_RECORD: Final = 1 * MIB
"""One quoted cell with line breaks; beyond this the opening quote counts as never closed."""

MAX_RECORD_LINES: Final = 1_000
"""Line breaks inside one quoted cell; beyond this the opening quote counts as never closed."""

MAX_ROW_CELLS: Final = 4 * MAX_COLUMNS
"""A row with more cells than this (the header has fewer) is no row of a table."""

MAX_STRAY_ROWS: Final = 100_000
"""Rows with a quote out of place; with more of them the file is not delimited text as it claims."""

MAX_UNEVEN_ROWS: Final = 100_000
"""Rows of another width than the header; with more of them, and them the most, the table is not what it seems."""

HEADER_SEARCH_ROWS: Final = 50
"""Among this many first rows that are not blank the header is looked for."""

SAMPLE_ROWS: Final = 1_000
"""Rows from which delimiter, trailing delimiter and quoting are found out."""

SAMPLE_BYTES: Final = MAX_LINE + MIB
"""Text from which those rows are taken: always holds at least one whole line."""

PIECE: Final = 1 * MIB
"""Bytes read at a time while a file is looked over."""

MIN_BLOCK: Final = 1 * MIB
MAX_BLOCK: Final = 9 * MIB
"""Bytes parsed at a time while a file is read: nearly a chunk of ten columns. 2 MiB more take 25 MB."""

MAX_CHUNK_CELLS: Final = 2_000_000
"""Cells in one chunk: a very wide file gives shorter chunks, not more memory."""

GZIP_FREE: Final = 64 * MIB
MAX_GZIP_RATIO: Final = 100
"""Once GZIP_FREE bytes are unpacked, more than this many bytes out of one packed byte are refused."""

MAX_WORKBOOK_PART: Final = 1_024 * MIB
"""One XML part of a workbook, unpacked."""

MAX_SMALL_PART: Final = 32 * MIB
"""A part that is parsed as a whole: workbook, relations, styles."""

MAX_SHARED_STRINGS: Final = 3_000_000
MAX_SHARED_TEXT: Final = 160 * MIB
"""The texts that the cells of an .xlsx refer to."""

MAX_SHEET_TEXT: Final = 1_024 * MIB
"""All texts of a sheet together: a short file may show one long text in a million cells."""

MAX_SHEET_CELLS: Final = 20_000_000
"""Cells with text in a sheet; an .ods may repeat one of them without end."""

BATCH_ROWS: Final = 32_768
"""Rows of a spreadsheet held before they are packed away; fewer where they are long:"""

MAX_BATCH_TEXT: Final = 16 * MIB
"""Text of spreadsheet rows held before they are packed away."""

MAX_CELL: Final = 1 * MIB
"""One cell of a spreadsheet; Excel's own bound is 32,767 characters."""

MAX_SHEETS: Final = 256
MAX_SHEET_ROWS: Final = 1_048_576
"""Excel's own number of rows."""

MAX_OLD_WORKBOOK: Final = 96 * MIB
"""An .xls file, which is read as a whole."""

MAX_OLD_CELLS: Final = 6_000_000
"""Cells (rows x columns of the used area) of an .xls sheet, which stand in memory together."""
