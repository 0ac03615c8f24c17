"""Some columns of a table, for who needs no more than these and the numbers of the rows."""

from collections.abc import Iterator, Sequence

import pandas as pd

from importer.reading.table import Table
from importer.reading.text.csv_table import CsvTable


def read_columns(table: Table, positions: Sequence[int]) -> Iterator[pd.DataFrame]:
    """The cells of some columns, in the parts that ``table.chunks()`` gives.

    Args:
        table: An opened table.
        positions: In its header, each once; at least one.

    Yields:
        Columns RangeIndex (places in ``positions``), dtype str, index as in ``Chunk.cells``.

    Raises:
        RefusedFile: As ``chunks``.
    """
    if isinstance(table, CsvTable):
        yield from table.columns(positions)
        return
    for chunk in table.chunks():
        yield chunk.cells.iloc[:, list(positions)].set_axis(pd.RangeIndex(len(positions)), axis="columns")
