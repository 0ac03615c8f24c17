"""What a person should see before anything is sent: decisions, three rows as they would go, columns left unused."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing

import pandas as pd

from importer.mapping import ColumnMapping
from importer.messages.text import Text, counted, joined
from importer.model import Finding
from importer.validation.duplicate_policy import Duplicates
from importer.validation.stream import Checked, MappedInput, checked_chunks
from schemas.fields import FIELDS

PREVIEW_ROWS = 3
_TOP_ROWS = 4_096
"""Those that the preview is taken from, but for a file of people who are there already."""


class Preview:
    """Gathers from checked chunks what is worth telling of a whole file; keeps a few counts."""

    def __init__(self, mapping: ColumnMapping) -> None:
        self._mapping = mapping
        self.elsewhere: dict[str, int] = {}

    def add(self, checked: Checked) -> None:
        """Look at a chunk."""
        for field, positions in self._mapping.tier2.items():
            if positions:
                blank = checked.raw[field].str.strip() == ""
                others = checked.chunk.cells.loc[blank, list(positions)]
                filled = pd.Series(False, index=others.index)
                for position in positions:
                    filled |= others[position].str.strip() != ""
                self.elsewhere[field] = self.elsewhere.get(field, 0) + int(filled.sum())

    def include(self, other: "Preview") -> None:
        """Take in what another one saw."""
        for field, count in other.elsewhere.items():
            self.elsewhere[field] = self.elsewhere.get(field, 0) + count

    def findings(self, region: str) -> Iterator[Finding]:
        """What was decided about the whole file, and what an option would change."""
        mapping = self._mapping
        text = Text("phones without a country code are read as {region}; --region overrides", region=region)
        yield Finding("region", text)
        for field, count in self.elsewhere.items():
            if count:
                where = joined((mapping.label(position) for position in mapping.tier2[field]), ", ")
                text = counted(
                    "{count:,} row without a {field} has one in {where}: {option} takes it",
                    "{count:,} rows without a {field} have one in {where}: {option} takes it",
                    count,
                    field=field,
                    where=where,
                    option=mapping.map_option(field),
                )
                yield Finding("mapping", text, warning=field == "phone")


def top_rows(checked: Checked) -> pd.DataFrame:
    """The first rows of a chunk as they would be sent, less those with an error; columns FIELDS. Personal data."""
    rows = checked.sound(*FIELDS)
    return rows[rows.index.isin(checked.fields.index[:_TOP_ROWS])]


def first_to_send(
    mapped: MappedInput,
    duplicates: Duplicates,
    known: Callable[[Sequence[str]], Collection[str]],
    top: pd.DataFrame | None = None,
) -> tuple[tuple[int, dict[str, str]], ...]:
    """Row number and body of the first rows that would be sent. Personal data: mask it before it is shown.

    ``duplicates``: the rows that another row keeps back. ``known``: phones → those of them that an earlier run created.
    ``top``: ``top_rows`` of the file, where they are known.
    """

    def bodies(rows: pd.DataFrame, most: int) -> list[tuple[int, dict[str, str]]]:
        rows = rows[~rows.index.isin(duplicates.within(rows.index).rows)]
        rows = rows[~rows["phone"].isin(list(known(rows["phone"].tolist())))]
        return [
            (row, {name: value for name, value in zip(FIELDS, values, strict=True) if value})
            for row, *values in rows.head(most).itertuples(name=None)
        ]

    if top is None:
        with closing(checked_chunks(mapped, size=_TOP_ROWS, notes=False)) as stream:
            top = next(map(top_rows, stream), None)
    found = [] if top is None else bodies(top, PREVIEW_ROWS)
    if not found:  # a file of people who are there already
        with closing(checked_chunks(mapped, notes=False)) as stream:
            for checked in stream:
                found += bodies(checked.sound(*FIELDS), PREVIEW_ROWS - len(found))
                if len(found) == PREVIEW_ROWS:
                    break
    return tuple(found)
