"""A table that stands for another one, with some of it otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importer.model import Finding
from importer.reading.table import Chunk, Dialect, Table


@dataclass(frozen=True)
class TableOverlay:
    """What a subclass does not say otherwise is the other table's. See ``Table``."""

    table: Table

    @property
    def path(self) -> Path:
        """The file."""
        return self.table.path

    @property
    def dialect(self) -> Dialect:
        """How it is written."""
        return self.table.dialect

    @property
    def header(self) -> tuple[str, ...]:
        """The header's texts."""
        return self.table.header

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was decided when it was read."""
        return self.table.findings

    @property
    def row_count_hint(self) -> int | None:
        """About how many rows there are."""
        return self.table.row_count_hint

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""
        return self.table.chunks(size)

    def column_letter(self, position: int) -> str:
        """The spreadsheet letter of a header position."""
        return self.table.column_letter(position)

    def close(self) -> None:
        """Let go of what is held open."""
        self.table.close()
