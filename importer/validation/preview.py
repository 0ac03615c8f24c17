"""What a person should see before anything is sent: decisions, three rows as they would go, columns left unused."""

from collections.abc import Iterator

import pandas as pd

from importer.model import Finding
from importer.validation.stream import Checked, Source
from schemas.fields import FIELDS

PREVIEW_ROWS = 3


class Preview:
    """Gathers from checked chunks what is worth showing; keeps three rows and a few counts."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows: list[tuple[int, dict[str, str]]] = []
        self._elsewhere: dict[str, int] = {}

    def add(self, checked: Checked) -> None:
        """Look at a chunk."""
        if len(self._rows) < PREVIEW_ROWS:
            first = checked.sound(*FIELDS).head(PREVIEW_ROWS - len(self._rows))
            for row, *values in first.itertuples(name=None):
                self._rows.append((row, {name: value for name, value in zip(FIELDS, values, strict=True) if value}))
        for field, positions in self._source.mapping.tier2.items():
            blank = checked.raw[field].str.strip() == ""
            if positions and blank.any():
                others = checked.chunk.cells.loc[blank, list(positions)]
                filled = pd.Series(False, index=others.index)
                for position in positions:
                    filled |= others[position].str.strip() != ""
                self._elsewhere[field] = self._elsewhere.get(field, 0) + int(filled.sum())

    @property
    def rows(self) -> tuple[tuple[int, dict[str, str]], ...]:
        """Row number and body of the first rows that would be sent. Personal data: mask it before it is shown."""
        return tuple(self._rows)

    def findings(self) -> Iterator[Finding]:
        """What was decided about the whole file, and what an option would change."""
        decisions, mapping = self._source.decisions, self._source.mapping
        yield Finding("region", f"phones without a country code are read as {decisions.region}; --region overrides")
        for field, count in self._elsewhere.items():
            if count:
                where = " and ".join(mapping.label(position) for position in mapping.tier2[field])
                text = f"{count} rows without a {field} have one in {where}: {mapping.map_option(field)} takes it"
                yield Finding("mapping", text, warning=field == "phone")


def masked(value: str) -> str:
    """A value of which only a few characters are shown: ``+7701•••••67``, ``А•••••``."""
    if value.startswith("+") and len(value) > 7:  # noqa: PLR2004 (a country and operator code, and two digits)
        return f"{value[:5]}{'•' * (len(value) - 7)}{value[-2:]}"
    return value[:1] + "•" * (len(value) - 1) if len(value) > 1 else value
