"""An output of this program that was opened to be joined with another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from importer.errors import UsageError
from importer.mapping import header_score
from importer.model import IMPORT_ROW, RESULT_COLUMNS
from importer.planning.mapped_input import opening
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import Table
from importer.reporting.manifest_content import manifest_of
from schemas.result_columns import OUTPUT_MARKS, is_output


@dataclass(frozen=True)
class OpenedResult:
    """An output that was opened.

    Attributes:
        table: Its cells.
        results: RESULT_COLUMNS → position, as far as it has them; ``numbers`` the position of the row numbers of a
            rejected file.
        own: The positions of the person's own columns, by header text and how often that stood before.
        manifest: What stands beside it, {} where nothing of this program does.
    """

    table: Table
    results: dict[str, int]
    numbers: int | None
    own: dict[tuple[str, int], int]
    manifest: dict[str, Any]

    @classmethod
    def opened(cls, path: Path, watch: Watch) -> "OpenedResult":
        """Raises UsageError where it is no output of this program."""
        table = open_table(path, header_score=header_score, advanced=opening(watch))
        header = [text.strip() for text in table.header]
        if not is_output(header):
            table.close()
            raise UsageError(
                "{path}: without the columns {names}: no output of this program",
                path=path,
                names=", ".join(OUTPUT_MARKS),
            )
        results = {name: len(header) - 1 - header[::-1].index(name) for name in RESULT_COLUMNS if name in header}
        numbers = header.index(IMPORT_ROW) if IMPORT_ROW in header else None
        own: dict[tuple[str, int], int] = {}
        for at, text in enumerate(header):
            if at not in results.values() and at != numbers:
                own[next((text, nth) for nth in count() if (text, nth) not in own)] = at
        return cls(table, results, numbers, own, manifest_of(path))

    def close(self) -> None:
        """Let go of the file."""
        self.table.close()

    def rows(self, watch: Watch) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Number and cells of every row."""
        for chunk in self.table.chunks():
            watch.advanced_or_ended(len(chunk.cells))
            columns = (chunk.cells[at].tolist() for at in chunk.cells.columns)
            yield from zip(chunk.cells.index.tolist(), zip(*columns, strict=True), strict=True)

    def outcome(self, cells: tuple[str, ...]) -> dict[str, str]:
        """The cells of RESULT_COLUMNS of a row; "" where it lacks the column, as an output of before does."""
        return {name: cells[self.results[name]] if name in self.results else "" for name in RESULT_COLUMNS}

    def outcomes(self) -> pd.DataFrame:
        """The same of all rows; index row."""
        columns = list(self.results.values())
        found = pd.concat([chunk.cells[columns] for chunk in self.table.chunks()]).set_axis(list(self.results), axis=1)
        return found.reindex(columns=list(RESULT_COLUMNS), fill_value="")
