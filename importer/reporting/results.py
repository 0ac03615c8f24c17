"""Outcomes → the result columns and the marks on wrong cells; the same for a report and for a checked file."""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import orjson
import pandas as pd

from importer.mapping import ColumnMapping
from importer.messages.kept_issues import in_words, notes_in_words
from importer.messages.language import language, speaking
from importer.messages.text import Text, text_of
from importer.model import RESULT_COLUMNS, Cause, Severity, Status
from importer.reporting.carried_ids import without_unsent_ids
from importer.validation.causes import CauseTally
from importer.validation.optional_fields import refused_for_them
from importer.writing import ResultChunk
from schemas.template import EXAMPLE_CODE

NO_ANSWER = (
    "row_no_answer",
    Text(
        "a request for this row was sent and no answer came back; run the same command again to find out what became "
        "of it"
    ),
)


class Results:
    """Turns outcome frames into result chunks and counts what passes through, for the summary.

    ``left``: why the run ended before its last row ("reason"), and the own cause of some rows ("rows"); see
    ``creating.rows.unsent_rows``.
    """

    def __init__(self, mapping: ColumnMapping, left: dict[str, Any] | None = None) -> None:
        self._mapping = mapping
        self._left = left or {"reason": "", "rows": {}}
        self._language = language()  # of here: the rows may be asked for in another thread
        self._reset()

    def _reset(self) -> None:
        self._last_row = 0
        self._tally = CauseTally()
        self.statuses: Counter[Status] = Counter()
        self.rows = 0
        self.without_id = 0
        self.examples = 0
        self.saved_by_drop = 0

    def of(self, outcomes: pd.DataFrame) -> ResultChunk:
        """One chunk.

        Args:
            outcomes: Index row; columns status, freedom_id, errors and note (as the journal keeps them; str, no NA);
                doubt (bool) if known.

        Returns:
            RESULT_COLUMNS in the language of the context that this was made in, same index, and a mark for each
            wrong cell.
        """
        if len(outcomes) and int(outcomes.index[0]) <= self._last_row:
            # The writer starts over where a workbook could not be kept as it was: each row counts once.
            self._reset()
        self._last_row = int(outcomes.index[-1]) if len(outcomes) else self._last_row
        outcomes = without_unsent_ids(outcomes)
        with speaking(self._language):
            reasons = _reasons(outcomes, self._left, self._mapping.describe)
            notes = notes_in_words(outcomes["note"], self._mapping.describe)
        frame = pd.DataFrame(_cells(outcomes, reasons, notes), columns=list(RESULT_COLUMNS)).astype("str")
        self._count(outcomes, reasons)
        return ResultChunk(frame, self._marks(reasons))

    def joined(
        self, outcomes: Callable[[pd.Index], pd.DataFrame], told: Callable[[int], object]
    ) -> Callable[[pd.Index], ResultChunk]:
        """What a writer asks for the rows of an index; ``told`` is called with how many they are."""

        def of(rows: pd.Index) -> ResultChunk:
            found = outcomes(rows)
            told(len(rows))
            return self.of(found)

        return of

    def causes(self) -> tuple[Cause, ...]:
        """What kept rows from getting a FreedomID, by cause."""
        return self._tally.causes()

    def _count(self, outcomes: pd.DataFrame, reasons: pd.DataFrame) -> None:
        self.rows += len(outcomes)
        self.examples += int((reasons["code"] == EXAMPLE_CODE).sum())
        self.without_id += int((outcomes["freedom_id"] == "").sum())
        for status, count in outcomes["status"].value_counts().items():
            self.statuses[Status(str(status))] += int(count)
        invalid = outcomes.index[outcomes["status"] == str(Status.INVALID)]
        of_these = reasons[reasons["row"].isin(invalid)].assign(severity=str(Severity.ERROR))
        self.saved_by_drop += len(refused_for_them(of_these))
        distinct = reasons.drop_duplicates(["row", "field", "code"])
        for (field, code), rows in distinct.groupby(["field", "code"], sort=False)["row"]:
            self._tally.count(str(code), str(field), Severity.ERROR, len(rows), rows.head(20).tolist())

    def _marks(self, reasons: pd.DataFrame) -> pd.DataFrame:
        places = {field: self._mapping.positions(field)[:1] for field in reasons["field"].unique().tolist()}
        position = reasons["field"].map({field: found[0] for field, found in places.items() if found})
        marks = reasons.assign(position=position).loc[position.notna(), ["row", "position", "message"]]
        return marks.astype({"position": "int64"}).reset_index(drop=True)


def _cells(outcomes: pd.DataFrame, reasons: pd.DataFrame, notes: pd.Series) -> dict[str, pd.Series]:
    """What each of RESULT_COLUMNS holds."""
    return {
        "freedom_id": outcomes["freedom_id"],
        "import_status": outcomes["status"],
        "import_error_code": _joined(reasons, "code", outcomes.index),
        "import_error": _joined(reasons, "message", outcomes.index),
        "import_note": notes,
    }


def _reasons(outcomes: pd.DataFrame, left: dict[str, Any], describe: Callable[[str], str]) -> pd.DataFrame:
    """One line for each error: field, code, message (str), row (int64); of rows that were not sent last."""
    doubtful = outcomes.index[outcomes["doubt"]] if "doubt" in outcomes else outcomes.index[:0]
    written = outcomes.loc[outcomes["errors"] != "", "errors"].drop(doubtful, errors="ignore")
    found = [orjson.loads(text) for text in written.tolist()]
    rows = np.repeat(written.index.to_numpy(), [len(reasons) for reasons in found])
    waiting = (
        outcomes.index[outcomes["status"] == Status.NOT_SENT].difference(doubtful)
        if left["reason"]
        else written.index[:0]
    )
    causes = {row: cause for row in waiting.tolist() if (cause := left["rows"].get(str(row))) is not None}
    answered = in_words(
        [*chain.from_iterable(found), *(_no_answer(left["rows"].get(str(row))) for row in doubtful)], describe
    ).assign(row=np.concatenate([rows, doubtful.to_numpy()]))
    caused = in_words([_not_sent(cause, left["reason"]) for cause in causes.values()], describe).assign(row=[*causes])
    others = waiting.difference([*causes])
    shared = in_words([_not_sent(None, left["reason"])], describe).loc[[0] * len(others)]  # put into words once
    unsent = pd.concat([caused, shared.assign(row=others)]).sort_values("row")
    return pd.concat([answered, unsent], ignore_index=True).astype({"row": "int64"})


def _no_answer(cause: object) -> list[object]:
    code, told = NO_ANSWER
    if cause is not None:
        told = Text("{text} (the last time: {cause})", text=told, cause=text_of(cause))
    return ["", code, told.as_record()]


def _not_sent(cause: object, reason: object) -> list[object]:
    """``cause`` of the row and ``reason`` of the run, as ``as_record`` keeps them."""
    told = Text("not sent: {reason}", reason=text_of(reason))
    if cause is not None:
        told = Text("not sent: {cause}; the same command sends it once that is mended", cause=text_of(cause))
    return ["", "row_not_sent", told.as_record()]


def _joined(reasons: pd.DataFrame, part: str, index: pd.Index) -> pd.Series:
    """What the reasons of each row say, each thing once."""
    several = reasons["row"].duplicated(keep=False)
    alone = reasons[~several].set_index("row")[part]
    many: dict[int, dict[str, None]] = {}
    for row, text in zip(reasons.loc[several, "row"].tolist(), reasons.loc[several, part].tolist(), strict=True):
        many.setdefault(row, {})[text] = None
    joined = pd.Series({row: "; ".join(texts) for row, texts in many.items()}, dtype="str")
    whole: pd.Series = pd.concat([alone, joined]).reindex(index, fill_value="")
    return whole
