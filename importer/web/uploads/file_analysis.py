"""What was understood of a file, before all of its rows are looked at: how it is read, mapped, and first rows of it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final

from importer.errors import ImporterError, RefusedFile, UsageError
from importer.mapping import ColumnMapping
from importer.messages.kept_issues import in_words
from importer.messages.kept_sentences import kept
from importer.model import Severity
from importer.planning.mapped_input import mapped_input, read_table, today
from importer.progress import Watch
from importer.reading import open_workbook
from importer.reading.table import Table
from importer.settings import Settings
from importer.validation.stream import MappedInput, checked_chunks
from importer.validation.survey import first_guess
from importer.web import words
from schemas.fields import FIELDS

PREVIEW_ROWS: Final = 6
_SAMPLES: Final = 3
_SAMPLE_ROWS: Final = 50
_LONGEST: Final = 80

NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("refusal", "question", "format", "sheet", "encoding", "delimiter", "region", "dates"), ""),
    **dict.fromkeys(("sheets", "header", "letters", "samples", "results", "unexplained", "preview", "findings"), ()),
    "header_row": 0,
    "rows": 0,
    "full_name": None,
}
"""What is known of a file of which nothing was understood."""


def understand(path: Path, settings: Settings, watch: Watch) -> dict[str, Any]:
    """Facts about a file, as JSON can hold them.

    Keys: ``refusal`` (it cannot be read like this, "" where it can), ``question`` (it can be read, and its columns need
    a person), ``format``, ``sheets``, ``sheet``, ``encoding``, ``delimiter``, ``header_row``, ``rows``, ``header``,
    ``letters``, ``samples`` (some cells of each column), ``columns`` (field → positions), ``weaker``, ``full_name``
    ([position, order] or None), ``results`` (positions of an earlier output's columns), ``dates``, ``region``,
    ``preview`` and ``findings``. ``heard`` says refusal, question and findings, ``in_preview`` what is ``wrong`` there.
    """
    facts = {**NOTHING, "sheets": sheets_of(path), "region": settings.region}
    try:
        table = read_table(path, settings, watch)
    except (RefusedFile, UsageError) as exc:
        return facts | {"refusal": kept(exc.sentence)}
    with closing(table):
        facts |= _read(table)
        try:
            mapped = mapped_input(table, settings, today())
        except (RefusedFile, UsageError) as exc:
            return facts | {"question": kept(exc.sentence)}
        return facts | _mapped(mapped.mapping) | _first_rows(mapped)


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets; [] of a text file, and of what cannot be read."""
    try:
        with closing(open_workbook(path)) as book:
            return [sheet.name for sheet in book.sheets]
    except ImporterError:
        return []


def _read(table: Table) -> dict[str, Any]:
    dialect, header = table.dialect, table.header
    samples: list[list[str]] = [[] for _ in header]
    for chunk in islice(table.chunks(_SAMPLE_ROWS), 1):
        samples = [_samples(chunk.cells[position].tolist()) for position in range(len(header))]
    return {
        "format": dialect.format,
        "sheet": dialect.sheet,
        "encoding": dialect.encoding + (" (BOM)" if dialect.bom else ""),
        "delimiter": dialect.delimiter,
        "header_row": dialect.header_row,
        "rows": table.row_count_hint or 0,
        "header": [_short(text) for text in header],
        "whole_header": list(header),
        "letters": [table.column_letter(position) for position in range(len(header))],
        "samples": samples,
        "findings": [kept(finding.text) for finding in table.findings if finding.warning],
    }


def _mapped(mapping: ColumnMapping) -> dict[str, Any]:
    return {
        "columns": {field: list(mapping.columns.get(field, ())) for field in FIELDS},
        "weaker": {field: list(positions) for field, positions in mapping.tier2.items()},
        "full_name": [mapping.full_name[0], " ".join(mapping.full_name[1])] if mapping.full_name else None,
        "results": sorted(mapping.result_columns.values()),
        "unexplained": list(mapping.unexplained),
    }


def _first_rows(mapped: MappedInput) -> dict[str, Any]:
    """The first rows: what the columns that serve hold, and what would be sent of it."""
    decisions = first_guess(mapped)
    read = MappedInput(mapped.table, mapped.mapping, decisions)
    with closing(checked_chunks(read, size=PREVIEW_ROWS)) as stream:
        checked = next(iter(stream), None)
        if checked is None:
            return {"preview": [], "dates": decisions.date_order}
        errors = checked.issues[checked.issues["severity"] == Severity.ERROR]
        wrong: dict[tuple[int, str], list[str]] = {}
        for row, *issue in errors[["row", "field", "code", "value", "detail"]].itertuples(index=False):
            wrong.setdefault((int(row), str(issue[0])), [str(part) for part in issue])
        preview = [
            {
                "row": int(row),
                "raw": {field: _short(str(checked.raw.loc[row, field])) for field in FIELDS},
                "sent": {field: _short(str(checked.fields.loc[row, field])) for field in FIELDS},
                "wrong": [wrong[row, field] for field in ("", *FIELDS) if (row, field) in wrong],
            }
            for row in checked.raw.index[:PREVIEW_ROWS]
        ]
    return {"preview": preview, "dates": decisions.date_order}


def in_preview(wrong: Sequence[Sequence[str]]) -> dict[str, str]:
    """Field → what is wrong with it, of a row of the preview."""
    said = in_words(wrong, lambda _field: "")
    told = zip(said["field"], said["code"], said["message"], strict=True)
    return {field: plain_sentence(field, code, text) for field, code, text in told}


def plain_sentence(field: str, code: str, sentence: str) -> str:
    """A message as the page says it: without the name of its field, for it stands at the cell."""
    told = words.on_page(words.as_can_be_done(code, sentence.removeprefix(f"{field}: ")))
    return told[:1].upper() + told[1:]


def _samples(texts: Sequence[str]) -> list[str]:
    """The first different texts of a column."""
    return list(dict.fromkeys(_short(text) for text in texts if text.strip()))[:_SAMPLES]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def served(facts: Mapping[str, Any]) -> Sequence[str]:
    """The fields that a column of the file serves."""
    columns = facts.get("columns", {})
    split = [f"{word}name" for word in (facts.get("full_name") or [0, ""])[1].split() if word in {"first", "last"}]
    return [field for field in FIELDS if columns.get(field) or field in split]
