"""Outcomes → the five result columns and the marks on wrong cells; the same for a report and for a checked file."""

import json
from collections import Counter

import pandas as pd

from importer.mapping import Mapping
from importer.model import RESULT_COLUMNS, Cause, Severity, Status
from importer.survey import CauseTally
from importer.writing import ResultChunk

NO_ANSWER = (
    "row_no_answer",
    "a request for this row was sent and no answer came back; run the same command again to find out what became of it",
)


class Results:
    """Turns outcome frames into result chunks and counts what passes through, for the summary."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._reset()

    def _reset(self) -> None:
        self._last_row = 0
        self._tally = CauseTally()
        self.statuses: Counter[Status] = Counter()
        self.rows = 0
        self.without_id = 0

    def of(self, outcomes: pd.DataFrame) -> ResultChunk:
        """One chunk.

        Args:
            outcomes: Index row; columns status, freedom_id, errors (JSON), note (str, no NA); doubt (bool) if known.

        Returns:
            The five columns, same index, and a mark for each wrong cell.
        """
        if len(outcomes) and int(outcomes.index[0]) <= self._last_row:
            # The writer starts over where a workbook could not be kept as it was: each row counts once.
            self._reset()
        self._last_row = int(outcomes.index[-1]) if len(outcomes) else self._last_row
        errors = _errors(outcomes)
        frame = pd.DataFrame(
            {
                "freedom_id": outcomes["freedom_id"],
                "import_status": outcomes["status"],
                "import_error_code": _joined(errors, 1, outcomes.index),
                "import_error": _joined(errors, 2, outcomes.index),
                "import_note": outcomes["note"],
            },
            columns=list(RESULT_COLUMNS),
        ).astype("str")
        self._count(outcomes, errors)
        return ResultChunk(frame, self._marks(errors))

    def causes(self) -> tuple[Cause, ...]:
        """What kept rows from getting a FreedomID, by cause."""
        return self._tally.causes()

    def _count(self, outcomes: pd.DataFrame, errors: dict[int, list[list[str]]]) -> None:
        self.rows += len(outcomes)
        self.without_id += int((outcomes["freedom_id"] == "").sum())
        for status, count in outcomes["status"].value_counts().items():
            self.statuses[Status(str(status))] += int(count)
        by_cause: dict[tuple[str, str], list[int]] = {}
        for row, reasons in errors.items():
            for field, code in {(reason[0], reason[1]) for reason in reasons}:
                by_cause.setdefault((field, code), []).append(row)
        for (field, code), rows in by_cause.items():
            self._tally.count(code, field, Severity.ERROR, len(rows), rows[:20])

    def _marks(self, errors: dict[int, list[list[str]]]) -> pd.DataFrame:
        marks = [
            (row, position, message)
            for row, reasons in errors.items()
            for field, _code, message in reasons
            for position in self._mapping.positions(field)[:1]
        ]
        return pd.DataFrame(marks, columns=["row", "position", "message"]).astype(
            {"row": "int64", "position": "int64", "message": "str"}
        )


def _errors(outcomes: pd.DataFrame) -> dict[int, list[list[str]]]:
    """Row → [[field, code, message], …] for the rows that have any."""
    written = outcomes.loc[outcomes["errors"] != "", "errors"]
    errors: dict[int, list[list[str]]] = {
        int(row): json.loads(text) for row, text in zip(written.index.tolist(), written.tolist(), strict=True)
    }
    if "doubt" in outcomes:
        for row in outcomes.index[outcomes["doubt"]].tolist():
            errors[int(row)] = [["", *NO_ANSWER]]
    return errors


def _joined(errors: dict[int, list[list[str]]], part: int, index: pd.Index) -> pd.Series:
    texts = {row: "; ".join(dict.fromkeys(reason[part] for reason in reasons)) for row, reasons in errors.items()}
    return pd.Series(texts, dtype="str").reindex(index, fill_value="")
