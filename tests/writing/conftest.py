"""Builders: small real tables in memory, and outcomes for their rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

from importer.model import RESULT_COLUMNS, Finding, Status, empty_issues
from importer.reading.table import Chunk, Dialect
from importer.writing import ResultChunk

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"


@dataclass
class MemoryTable:
    """A table whose rows stand in memory: row number → cells."""

    header: tuple[str, ...]
    rows: Mapping[int, Sequence[str]]
    dialect: Dialect
    path: Path
    surplus: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    chunk_rows: int = 65_536

    @property
    def row_count_hint(self) -> int | None:
        return len(self.rows)

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        numbers = list(self.rows)
        step = min(size, self.chunk_rows)
        for start in range(0, len(numbers), step):
            part = numbers[start : start + step]
            cells = pd.DataFrame(
                [list(self.rows[row]) for row in part],
                index=pd.Index(part, dtype="int64", name="row"),
                columns=pd.RangeIndex(len(self.header)),
                dtype="str",
            )
            yield Chunk(cells, empty_issues(), {row: self.surplus[row] for row in part if row in self.surplus})

    def column_letter(self, position: int) -> str:
        return chr(ord("A") + position)

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def make_table(tmp_path: Path) -> Callable[..., MemoryTable]:
    """A table of phone and name; rows may be a list (numbered below the header) or a dict by row number."""

    def make(
        rows: Sequence[Sequence[str]] | Mapping[int, Sequence[str]] = (("+77011112233", "Айгерим"),),
        header: tuple[str, ...] = ("phone", "firstname"),
        **options: object,
    ) -> MemoryTable:
        dialect = options.pop("dialect", Dialect("csv"))
        assert isinstance(dialect, Dialect)
        if not isinstance(rows, Mapping):
            rows = dict(enumerate(rows, start=dialect.header_row + 1))
        table = MemoryTable(header, rows, dialect, tmp_path / "users.csv")
        return replace(table, **options)  # type: ignore[arg-type]  # a builder's free options

    return make


@pytest.fixture
def outcomes() -> Callable[..., Callable[[pd.Index], ResultChunk]]:
    """Outcomes by row number; every other row is created. ``wrong``: (row, position, message)."""

    def make(
        by_row: Mapping[int, Mapping[str, str]] | None = None, wrong: Sequence[tuple[int, int, str]] = ()
    ) -> Callable[[pd.Index], ResultChunk]:
        def results(index: pd.Index) -> ResultChunk:
            frame = pd.DataFrame("", index=index, columns=list(RESULT_COLUMNS), dtype="str")
            frame["freedom_id"] = UUID
            frame["import_status"] = str(Status.CREATED)
            for row, texts in (by_row or {}).items():
                if row in index:
                    frame.loc[row] = [texts.get(name, "") for name in RESULT_COLUMNS]
            marks = pd.DataFrame(
                [mark for mark in wrong if mark[0] in index], columns=["row", "position", "message"]
            ).astype({"row": "int64", "position": "int64", "message": "str"})
            return ResultChunk(frame.astype("str"), marks)

        return results

    return make


@pytest.fixture
def invalid() -> Callable[..., dict[str, str]]:
    """The outcome of an invalid row."""

    def make(
        message: str = "phone: '8701' has 4 digits", code: str = "phone_pattern", note: str = ""
    ) -> dict[str, str]:
        return {
            "import_status": "invalid",
            "import_error_code": code,
            "import_error": message,
            "import_note": note,
        }

    return make
