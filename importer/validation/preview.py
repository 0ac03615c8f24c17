"""What a person should see before anything is sent: decisions, three rows as they would go, columns left unused."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Final

import pandas as pd

from importer.mapping import Mapping
from importer.messages.text import Text, counted, joined
from importer.model import Finding
from importer.validation.duplicates import Repeats
from importer.validation.stream import CHUNK_ROWS, Checked, Source, checked_chunks
from schemas.fields import FIELDS

PREVIEW_ROWS = 3
_TOP_ROWS = 4_096

IMPERSONAL: Final = frozenset({"gender", "country", "nationality"})
"""Fields whose values tell nobody apart: what is wrong with them is shown as it stands."""

MASK: Final = "•"

_LONGEST: Final = 60
"""Characters of a value that a summary shows."""

_DIGITS: Final = 5
"""So many digits make a phone, a date or an identifier that slipped into another column."""


class Preview:
    """Gathers from checked chunks what is worth telling of a whole file; keeps a few counts."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self.elsewhere: dict[str, int] = {}

    def add(self, checked: Checked) -> None:
        """Look at a chunk."""
        for field, positions in self._mapping.tier2.items():
            blank = checked.raw[field].str.strip() == ""
            if positions and blank.any():
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


def first_to_send(
    source: Source, duplicates: Repeats, known: Callable[[Sequence[str]], Collection[str]]
) -> tuple[tuple[int, dict[str, str]], ...]:
    """Row number and body of the first rows that would be sent. Personal data: mask it before it is shown.

    Args:
        source: The surveyed file.
        duplicates: The rows that another row keeps back.
        known: Phones → those of them that an earlier run created.
    """
    found: list[tuple[int, dict[str, str]]] = []
    for size in (_TOP_ROWS, CHUNK_ROWS):  # the first rows suffice, but for a file of people who are there already
        with closing(checked_chunks(source, size=size, notes=False)) as stream:
            for checked in islice(stream, 1) if size == _TOP_ROWS else stream:
                rows = checked.sound(*FIELDS)
                rows = rows[~rows.index.isin(duplicates.within(rows.index).rows)]
                rows = rows[~rows["phone"].isin(list(known(rows["phone"].tolist())))]
                for row, *values in rows.head(PREVIEW_ROWS - len(found)).itertuples(name=None):
                    found.append((row, {name: value for name, value in zip(FIELDS, values, strict=True) if value}))
                if len(found) == PREVIEW_ROWS:
                    return tuple(found)
        if size == _TOP_ROWS and found:
            break
    return tuple(found)


def shown(field: str, value: str, *, plain: bool) -> str:
    """A value as a summary shows it: masked where it is a person's, of bounded length."""
    told = value if plain or _is_nobodys(field, value) else masked(value)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}… ({len(value):,} characters)"


def _is_nobodys(field: str, value: str) -> bool:
    """Whether a value is one that many have: of gender, country or nationality, unless it looks like something else."""
    return (
        field in IMPERSONAL and "@" not in value and len(value) <= _LONGEST and sum(map(str.isdigit, value)) < _DIGITS
    )


def masked(value: str) -> str:
    """A value of which only a few characters are shown: ``+7701•••••67``, ``А•••••``."""
    if value.startswith("+") and len(value) > 7:  # noqa: PLR2004 (a country and operator code, and two digits)
        return f"{value[:5]}{MASK * (len(value) - 7)}{value[-2:]}"
    return value[:1] + MASK * (len(value) - 1) if len(value) > 1 else value
