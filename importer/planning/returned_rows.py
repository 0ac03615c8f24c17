"""Rows that come back from a person, compared with what went out: what was refused, or is another person's, stays so.

the cells of the error are as they were     refused again, for the same reason
a cell that was right reads differently     refused: its neighbours decided how it is read, or an option
a cell that was right has got shorter       refused: a spreadsheet took its plus, its zeros or its digits
its phone was another row's                 a duplicate still
it has a FreedomID of another phone         refused, unless --update sends it
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from importer.mapping import ColumnMapping
from importer.messages import kept_sentences
from importer.messages.text import Text
from importer.model import IMPORT_ROW, OTHER_PERSON, PHONE_CHANGED, TO_BE_FIXED, Severity, issues_of
from importer.planning.phone_changes import phone_changes
from importer.planning.refused_rows import RowPrints, original_rows, row_values
from importer.settings import Settings
from importer.validation.duplicate_policy import DUPLICATE_CODE
from importer.validation.stream import Checked, MappedInput

if TYPE_CHECKING:
    from importer.journal import Journal  # checking a file needs no journal, and so no database library
    from importer.journal.ledger.refused_fingerprints import RefusedRow

_TELLING: Final = ("phone", "email", "firstname", "lastname", "date_of_birth", "identifier")
"""Fields whose cells tell rows apart: that two rows are both of women from Kazakhstan says nothing."""

_DECIDED_ANEW: Final = ("api_", "phone_exists", OTHER_PERSON, DUPLICATE_CODE)
"""How codes of errors begin that the API gave, or the ledger, or the other rows: they decide again."""

_FieldIssue = tuple[str, str, str, str]
"""field, code, value, detail."""


@dataclass(frozen=True)
class _Row:
    """A row that came back: its fields as written (stripped) and as sent, its own cells, the fields with errors."""

    written: Mapping[str, str]
    value: Mapping[str, str]
    cells: Sequence[str]
    errors: frozenset[str]


def has_been_out(mapping: ColumnMapping) -> bool:
    """Whether a file has columns of an earlier output: without them it is a new one."""
    return bool(mapping.result_columns)


class ReturnedRows:
    """Compares the rows of a file that has the columns of an earlier output with what the journal knows of them.

    That is what was refused before, and which FreedomIDs were given at ``api`` (as the journal has it).
    """

    def __init__(self, journal: "Journal", api: str, mapping: ColumnMapping, settings: Settings) -> None:
        self._journal, self._api, self._mapping = journal, api, mapping
        self._date_order_told, self._update = bool(settings.date_order), settings.update
        self._prints = RowPrints(journal.refused, settings)

    def __call__(self, checked: Checked) -> pd.DataFrame:
        """What is wrong with the rows of a chunk because of what they were: ISSUE_COLUMNS, all errors."""
        found = [*self._refused_again(checked), *self._changed_hands(checked)]
        return issues_of(
            (row, field, code, Severity.ERROR.value, value, detail) for row, field, code, value, detail in found
        )

    def _refused_again(self, checked: Checked) -> Iterator[tuple[int, str, str, str, str]]:
        returned = self._returned(checked)
        if not len(returned):
            return
        errors: dict[int, set[str]] = {}
        of_these = checked.issues[(checked.issues["severity"] == Severity.ERROR) & checked.issues["row"].isin(returned)]
        for row, field in of_these[["row", "field"]].itertuples(index=False, name=None):
            errors.setdefault(row, set()).add(field)
        values = row_values(checked.chunk, self._mapping, checked.raw, checked.fields, returned)
        rows = {
            row: (number or row, _Row(written, value, cells, frozenset(errors.get(row, ()))))
            for row, written, value, cells, number in values
        }
        for row, then in self._as_they_were(rows).items():
            for issue in self._compared(rows[row][1], then):
                yield (row, *issue)

    def _returned(self, checked: Checked) -> pd.Index:
        """The rows that say they were refused: they have the number of an original, or the status of a refusal.

        A person who clears that cell says that the row is a new one.
        """
        if IMPORT_ROW in self._mapping.result_columns:
            numbers = original_rows(checked.chunk, self._mapping)
            return numbers.index[numbers > 0]
        position = self._mapping.result_columns.get("import_status")
        if position is None:  # a column freedom_id alone: its rows say nothing of a refusal
            return checked.fields.index[:0]
        statuses = checked.chunk.cells[position].str.strip()
        return statuses.index[statuses.isin([str(status) for status in TO_BE_FIXED])]

    def _as_they_were(self, rows: Mapping[int, tuple[int, _Row]]) -> dict[int, "RefusedRow"]:
        """For each row the refused one that it was, where the journal has one that it must be.

        One file comes from one run: a row without a cell that is as it was is taken for one of the run of most others.
        """
        refused = self._journal.refused
        candidates: dict[int, list[RefusedRow]] = {}
        for then in refused.of_rows(sorted({number for number, _ in rows.values()})):
            candidates.setdefault(then.import_row, []).append(then)
        by_phone: dict[bytes, list[RefusedRow]] = {}
        if IMPORT_ROW not in self._mapping.result_columns:
            phones = {refused.phone_hash_of(row.value["phone"]) for _, row in rows.values() if row.value["phone"]}
            for then in refused.of_phones(sorted(phones)):
                if then.phone is not None and DUPLICATE_CODE in then.wrong.values():
                    by_phone.setdefault(then.phone, []).append(then)
        found: dict[int, RefusedRow] = {}
        unsure: dict[int, list[RefusedRow]] = {}
        for place, (number, row) in rows.items():
            among = [*candidates.get(number, ()), *by_phone.get(refused.phone_hash_of(row.value["phone"]), ())]
            best = max(among, key=lambda then: self._agreement(row, then), default=None)  # of equals the newest
            if best is not None and self._agreement(row, best):
                found[place] = best
            elif among:
                unsure[place] = among
        if found and unsure and IMPORT_ROW in self._mapping.result_columns:
            run = Counter(then.run for then in found.values()).most_common(1)[0][0]
            found |= {place: then for place, among in unsure.items() for then in among if then.run == run}
        return found

    def _agreement(self, row: _Row, then: "RefusedRow") -> int:
        """How many telling cells are as they were, or were so before a spreadsheet took something out of them."""
        if row.value["phone"] and then.phone == self._journal.refused.phone_hash_of(row.value["phone"]):
            return len(_TELLING) + 1
        return sum(
            self._is_as_written(field, row, then) or bool(self._restored(field, row, then))
            for field in _TELLING
            if row.written[field]
        )

    def _is_as_written(self, field: str, row: _Row, then: "RefusedRow") -> bool:
        kept = then.cells.get(field)
        return kept is not None and kept.written == self._prints.written(field, row.written[field])

    def _restored(self, field: str, row: _Row, then: "RefusedRow") -> str:
        """What a cell was, where only its plus or its leading zeros are gone; else ""."""
        kept, text = then.cells.get(field), row.written[field]
        lost = kept.length - len(text) if kept is not None and text.isdigit() else 0
        if kept is None or lost <= 0:
            return ""
        texts = ["0" * lost + text, "+" + "0" * (lost - 1) + text]
        return next((one for one in texts if self._prints.written(field, one) == kept.written), "")

    def _compared(self, row: _Row, then: "RefusedRow") -> Iterator[_FieldIssue]:
        if then.wrong.get("phone") == DUPLICATE_CODE and self._has_the_phone_of(row, then):
            yield "phone", DUPLICATE_CODE, row.written["phone"], _as_before(then)
        whole = then.wrong.get("", "")
        stands = whole and "" not in row.errors and not whole.startswith(_DECIDED_ANEW)
        if stands and then.fingerprint == self._prints.fingerprint(row.cells):
            yield "", "row_unchanged", "", whole
        for field, kept in then.cells.items():
            if field in row.errors or "" in row.errors:
                continue
            if self._is_as_written(field, row, then):
                yield from self._read_again(field, row, then)
            elif len(row.written[field]) < kept.length:
                yield from self._shortened(field, row, then)

    def _has_the_phone_of(self, row: _Row, then: "RefusedRow") -> bool:
        return "phone" not in row.errors and then.phone == self._journal.refused.phone_hash_of(row.value["phone"])

    def _read_again(self, field: str, row: _Row, then: "RefusedRow") -> Iterator[_FieldIssue]:
        """A cell is as it was: what was wrong with it is, unless an option says otherwise; what was right reads so."""
        code, kept = then.wrong.get(field, ""), then.cells[field]
        if code.startswith(_DECIDED_ANEW):
            return
        if code:
            if kept.meaning == self._prints.reading_of(field):
                yield field, code, row.written[field], ""
        elif kept.meaning != self._prints.meaning(field, row.value[field]):
            told = field == "date_of_birth" and self._date_order_told
            if not told:
                yield field, "cell_reads_differently", row.written[field], ""

    def _shortened(self, field: str, row: _Row, then: "RefusedRow") -> Iterator[_FieldIssue]:
        """A cell has fewer characters: where it was not the wrong one, or is an identifier, it is refused.

        Not where it means the same as before; and where the whole row was wrong, or the API said no more than that,
        any cell may be what was corrected: then only what a spreadsheet is known to take out is refused.
        """
        kept, restored = then.cells[field], self._restored(field, row, then)
        if field not in then.wrong and kept.meaning == self._prints.meaning(field, row.value[field]):
            return
        pointed_at = bool(then.wrong[field]) or field != "identifier" if field in then.wrong else False
        may_be_corrected = pointed_at or "" in then.wrong
        if not may_be_corrected or (restored and (not pointed_at or field == "identifier")):
            yield field, "cell_shortened", row.written[field], restored

    def _changed_hands(self, checked: Checked) -> Iterator[tuple[int, str, str, str, str]]:
        """Rows with a FreedomID of ours and another phone than it was made for, unless that is to be sent."""
        for change in phone_changes(self._journal, self._api, self._mapping, checked):
            if change.taken or not self._update:
                written = str(checked.raw.loc[change.row, "phone"])
                yield change.row, "phone", PHONE_CHANGED, written, ""


def _as_before(then: "RefusedRow") -> str:
    if then.other:
        return kept_sentences.kept(Text("row {row} of the original file, and it is as it was", row=then.other))
    return kept_sentences.kept(Text("a row of the original file, and it is as it was"))


def compared(mapped: MappedInput, journal: "Journal", label: str, settings: Settings) -> MappedInput:
    """The input, to be compared with what the journal knows of its rows, if they were out before."""
    if not has_been_out(mapped.mapping):
        return mapped
    return replace(mapped, returned=ReturnedRows(journal, label, mapped.mapping, settings))
