"""The decided mapping: a frozen value that the rest of the pipeline asks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.mapping.header_labels import Header
from importer.messages.text import Text
from importer.model import Finding


@dataclass(frozen=True)
class ColumnMapping:
    """Which columns serve which field; positions are 0-based places in the table's header.

    Attributes:
        header: Texts and letters of all columns.
        columns: Each of the FIELDS → its positions in order of preference, the first usable one
            serves a row; () where no column serves the field.
        carried: Positions passed through, ascending: neither mapped nor a result column.
        result_columns: Columns of an earlier output, name → position: dropped from the originals on output.
        tier2: Field that is mapped by its tier-1 columns → unused weaker positions, which ``map_option``
            would add.
        full_name: Position of the whole name and the order of its words ("last", "first", "middle"), when
            told.
        labels: Position of a phone column, mapped or weaker → of the column that says what kind of number it holds.
        dial_codes: Position of a phone column, mapped or weaker → of the column that says the country code of its
            phones.
        loose_first_name: Whether the first name comes from a column that may hold whole names (``Имя`` without a
            surname column): only its cells of one word are first names.
        unexplained: Positions of whole names that nobody said what to do with, in a file without other names.
        findings: What was mapped, is carried through, is missing, with the options that would change it.
    """

    header: Header
    columns: Mapping[str, tuple[int, ...]]
    carried: tuple[int, ...]
    result_columns: Mapping[str, int]
    tier2: Mapping[str, tuple[int, ...]]
    full_name: tuple[int, tuple[str, ...]] | None = None
    labels: Mapping[int, int] = field(default_factory=dict)
    dial_codes: Mapping[int, int] = field(default_factory=dict)
    loose_first_name: bool = False
    unexplained: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()

    def header_of(self, position: int) -> str:
        """The header text as in the file."""
        return self.header.texts[position]

    def label(self, position: int) -> str:
        """``column C "Телефон"``."""
        return self.header.label(position)

    def positions(self, field: str) -> tuple[int, ...]:
        """The positions that can serve the field, the whole name included, in order of preference."""
        own = self.columns.get(field, ())
        if self.full_name is not None and field in self.split_fields():
            return (self.full_name[0], *own)
        return own

    def code_of_another(self, phone: int) -> bool:
        """Whether a phone column's column of country codes stands directly beside another one, and not beside it."""
        codes = self.dial_codes[phone]
        beside = {at for at, own in self.dial_codes.items() if own == codes and abs(at - codes) == 1}
        return bool(beside) and phone not in beside

    def split_fields(self) -> tuple[str, ...]:
        """The fields that the whole name gives."""
        order = self.full_name[1] if self.full_name else ()
        return tuple(f"{word}name" for word in ("first", "last") if word in order)

    def describe(self, field: str) -> str:
        """The field's columns for a message: ``column C "Моб.", column D "Телефон"``; "no column" if none."""
        return self.header.labels(self.positions(field)) or Text("no column")

    def map_option(self, field: str) -> str:
        """The ``--map`` option that lets the field's unused weaker columns serve after its mapped ones."""
        return self.header.option((*self.columns.get(field, ()), *self.tier2.get(field, ())), field)

    def fingerprint(self) -> str:
        """Stable text of what decides the bodies: a part of the run's identity."""
        served = {field: list(positions) for field, positions in self.columns.items() if positions}
        name = [self.full_name[0], *self.full_name[1]] if self.full_name else []
        decided: dict[str, object] = {"columns": served, "full_name": name}
        if self.dial_codes:  # what is as it always was keeps the identity that it always had
            decided["dial_codes"] = sorted(self.dial_codes.items())
        return json.dumps(decided, sort_keys=True, separators=(",", ":"))
