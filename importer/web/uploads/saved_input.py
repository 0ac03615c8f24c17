"""How a file is read, mapped and cleaned, kept beside its rows: a few of them are checked again without the file."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from importer.cleaning import Decisions
from importer.mapping import ColumnMapping
from importer.mapping.header_labels import Header
from importer.model import ISSUE_COLUMNS, Finding, issues_of
from importer.reading.table import Chunk, Dialect
from importer.validation.stream import MappedInput


@dataclass(frozen=True)
class RowsTable:
    """Some rows of a file as a table. See ``Table``."""

    header: tuple[str, ...]
    rows: Chunk
    letters: tuple[str, ...]
    path: Path = field(default_factory=Path)
    dialect: Dialect = field(default_factory=lambda: Dialect("csv"))
    findings: tuple[Finding, ...] = ()
    row_count_hint: int | None = None

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows, at once."""
        del size
        yield self.rows

    def column_letter(self, position: int) -> str:
        """The spreadsheet letter of a position."""
        return self.letters[position]

    def close(self) -> None:
        """Nothing is held open."""


def input_as_json(mapped: MappedInput) -> dict[str, Any]:
    """What ``input_from_json`` needs, as JSON can hold it."""
    mapping = mapped.mapping
    return {
        "decisions": asdict(mapped.decisions),
        "header": mapping.header.texts,
        "letters": mapping.header.letters,
        "columns": mapping.columns,
        "carried": mapping.carried,
        "result_columns": mapping.result_columns,
        "tier2": mapping.tier2,
        "full_name": mapping.full_name,
        "labels": list(mapping.labels.items()),
        "dial_codes": list(mapping.dial_codes.items()),
        "loose_first_name": mapping.loose_first_name,
        "unexplained": mapping.unexplained,
    }


def input_from_json(known: dict[str, Any], rows: Chunk) -> MappedInput:
    """The input of some rows, mapped and cleaned as the whole file is."""
    header = Header(tuple(known["header"]), tuple(known["letters"]))
    name = known["full_name"]
    mapping = ColumnMapping(
        header,
        {each: tuple(positions) for each, positions in known["columns"].items()},
        tuple(known["carried"]),
        known["result_columns"],
        {each: tuple(positions) for each, positions in known["tier2"].items()},
        (name[0], tuple(name[1])) if name else None,
        labels=dict(map(tuple, known["labels"])),
        dial_codes=dict(map(tuple, known.get("dial_codes", ()))),
        loose_first_name=known["loose_first_name"],
        unexplained=tuple(known["unexplained"]),
    )
    return MappedInput(RowsTable(header.texts, rows, header.letters), mapping, Decisions(**known["decisions"]))


def issues_as_text(issues: pd.DataFrame) -> dict[int, str]:
    """What the reader says of rows, by row."""
    found: dict[int, list[tuple[str, ...]]] = {}
    for row, *issue in issues[list(ISSUE_COLUMNS)].itertuples(index=False, name=None):
        found.setdefault(row, []).append(tuple(issue))
    return {row: orjson.dumps(each).decode() for row, each in found.items()}


def chunk_of(rows: Sequence[tuple[int, str, str]]) -> Chunk:
    """Rows as they were kept (number, cells, what the reader says), ascending, as a chunk."""
    numbers = [row for row, _, _ in rows]
    cells = [orjson.loads(texts) for _, texts, _ in rows]
    frame = pd.DataFrame(cells, index=pd.Index(numbers, dtype="int64", name="row"), dtype="str")
    frame.columns = pd.RangeIndex(frame.shape[1])
    told = ((row, *issue) for row, _, said in rows if said for issue in orjson.loads(said))
    return Chunk(frame, issues_of(told), {})
