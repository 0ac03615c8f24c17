"""A second header among the rows: named as one, and what stands below it is refused where its columns have moved."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from importer.columns.arrow_text import issues_at, to_arrow
from importer.mapping.header_keys import fold
from importer.mapping.header_names import HeaderKind, recognise
from importer.mapping.mapping import ColumnMapping
from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.model import Severity, empty_issues
from importer.reading.table import Chunk
from schemas.fields import FIELDS

_NO_PHONE = r"^(?:[^0-9]*[0-9]){0,4}[^0-9]*$"
"""Fewer digits than any phone: looked at closely."""

_FEW = 2


@dataclass
class SecondHeaders:
    """The headers among the rows of one table, whose chunks come in their order.

    ``moved``: row number of the last header, where that misplaces what stands below it; else 0.
    """

    mapping: ColumnMapping
    moved: int = 0

    def issues(self, chunk: Chunk) -> pd.DataFrame:
        """ISSUE_COLUMNS: ``row_header`` for each further header, ``row_header_order`` for the rows that it misplaces.

        A header whose mapped columns stand where they stood ends what another one began.
        """
        headers = self._headers(chunk)
        if not headers and not self.moved:
            return empty_issues()
        rows = chunk.cells.index.to_numpy()
        codes = pd.Series("", index=chunk.cells.index)
        details = pd.Series("", index=chunk.cells.index)
        edges = [rows[0], *headers, rows[-1] + 1]
        for first, last in pairwise(edges):
            if first in headers:
                self.moved = first if headers[first] else 0
            if self.moved:
                codes.loc[first : last - 1] = "row_header_order"
                details.loc[first : last - 1] = kept(Text("row {row}", row=self.moved))
        codes.loc[list(headers)] = "row_header"
        details.loc[list(headers)] = ""
        wrong = (codes != "").to_numpy()
        return issues_at(rows[wrong], "", to_arrow(codes[wrong]), Severity.ERROR, "", to_arrow(details[wrong]))

    def _headers(self, chunk: Chunk) -> dict[int, bool]:
        """Row number of each further header → whether its columns have moved."""
        suspects = np.zeros(len(chunk.cells), dtype=bool)
        for position in self.mapping.columns["phone"]:
            cells = to_arrow(chunk.cells[position])
            odd = np.flatnonzero(pc.and_(pc.not_equal(cells, ""), pc.match_substring_regex(cells, _NO_PHONE)))
            if len(odd):
                known = {text for text in pc.unique(cells.take(odd)).to_pylist() if self._is_name(text)}
                suspects[odd] |= np.array([text in known for text in cells.take(odd).to_pylist()])
        found = {}
        rows = chunk.cells[suspects]
        for row, cells in zip(rows.index.tolist(), rows.to_numpy().tolist(), strict=True):
            filled = [text for text in cells if text.strip()]
            names = sum(map(self._is_name, filled))
            if 2 * names > len(filled):
                # "Анна, Телефон, Email" is a person of two channels, whose name is no name of a column
                sure = names > _FEW or all(self._is_name(cells[at]) for at in self._used if cells[at].strip())
                found[row] = sure and any(self._has_moved(at, cells[at]) for at in self._used)
        return found

    @cached_property
    def _used(self) -> tuple[int, ...]:
        return tuple(position for name in FIELDS for position in self.mapping.positions(name))

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(fold(text) for text in self.mapping.header.texts) - {""}

    def _is_name(self, text: str) -> bool:
        return fold(text) in self._own or recognise(text).kind is not HeaderKind.UNKNOWN

    def _has_moved(self, position: int, text: str) -> bool:
        return _key(text) != _key(self.mapping.header.texts[position])


def _key(text: str) -> str:
    """What a header says: its field, or its words."""
    meaning = recognise(text)
    return meaning.field if meaning.kind is not HeaderKind.NOT and meaning.field else fold(text)
