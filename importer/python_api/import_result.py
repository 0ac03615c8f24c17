"""What a call of the Python API gives: the summary of the command, and the rows with their outcomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from importer.model import Cause, Finding, Status, Summary
from importer.python_api.frame_input import API_OF_IDS
from importer.reading.arrow_table import FIRST_ROW
from importer.reading.table import Chunk
from importer.reporting.summary_dict import as_dict
from importer.validation.stream import MappedInput


@dataclass(frozen=True)
class ImportResult:
    """What became of an import.

    Attributes:
        summary: The end of the command in figures, without personal data.
    """

    summary: Summary
    _read_rows: Callable[[], pd.DataFrame] = field(repr=False)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row of the input: its own columns, then freedom_id, import_status and what else an output adds.

        Of a DataFrame: its own columns, dtypes and index. Of a file: its cells as text (dtype str), index "row" the row
        numbers that a person sees; read when first asked for, so that a file of any length can be imported. The
        result columns are str without NA; those of an earlier result are replaced. ``attrs`` name the API whose
        FreedomIDs they are: where these rows are imported again, only there an ID that the API does not name is the
        row's. Of a frame that has lost them (by ``merge``, ``to_csv`` and ``read_csv``) the import_note has it. A file
        that ``to_csv`` wrote names no API: imported as a file, its IDs are taken for those of the run's.
        """
        rows = self._read_rows()
        rows.attrs[API_OF_IDS] = self.summary.api
        return rows

    @property
    def exit_code(self) -> int:
        """What the command would have ended with: 0 every row has a FreedomID (or would be sent), 1 some have none."""
        return self.summary.exit_code

    @property
    def statuses(self) -> Mapping[Status, int]:
        """Rows per status; a Status equals its name: ``result.statuses["created"]``."""
        return self.summary.statuses

    @property
    def run(self) -> str:
        """The run's id, for ``report``, ``verify`` and ``runs``; "" of a check."""
        return self.summary.run

    @property
    def output(self) -> str:
        """The output file, or ""."""
        return self.summary.output

    @property
    def rejected(self) -> str:
        """The file of the rows that a person must mend, or ""."""
        return self.summary.rejected

    @property
    def message(self) -> str:
        """What to know beside the figures, or ""."""
        return self.summary.message

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why rows have no FreedomID, by cause."""
        return self.summary.causes

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was decided about the whole input."""
        return self.summary.findings

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON can hold it, with the keys of ``--json``; no rows, no personal data."""
        return as_dict(self.summary)


class CollectedRows:
    """Takes the chunks of an import (``Collect``) and makes the rows of a result of them."""

    def __init__(self) -> None:
        self._header: tuple[str, ...] = ()
        self._kept: list[int] = []
        self._cells: list[pd.DataFrame] = []
        self._results: list[pd.DataFrame] = []

    def __call__(self, mapped: MappedInput, chunk: Chunk, results: pd.DataFrame) -> None:
        """Take a chunk: its cells but for the columns of an earlier result, and its own."""
        dropped = set(mapped.mapping.result_columns.values())
        self._header = mapped.table.header
        self._kept = [position for position in range(chunk.cells.shape[1]) if position not in dropped]
        self._cells.append(chunk.cells)
        self._results.append(results)

    def of_file(self) -> pd.DataFrame:
        """The rows of a file: text, index the row numbers."""
        cells = pd.concat(self._cells)[self._kept].set_axis([self._header[place] for place in self._kept], axis=1)
        return pd.concat([cells, pd.concat(self._results)], axis=1)

    def beside(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame: its own columns as they are, its own index.

        Raises:
            ValueError: There are not as many rows: a defect.
        """
        results = pd.concat(self._results)
        if not results.index.equals(pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(frame))):
            raise ValueError("the result has other rows than the DataFrame")
        return pd.concat([frame.iloc[:, self._kept], results.set_axis(frame.index)], axis=1)
