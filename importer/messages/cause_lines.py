"""Causes as lines for a person: what reads the same is one line, what differs in its field alone names the field.

Fields of ours alone: what the API calls one may be told by anything, a phone or a person's name.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from importer.messages.text import translated
from importer.messages.wording import headline
from importer.model import Cause
from schemas.fields import FIELD_OF

_FIRST_ROWS: Final = 5
_MOST_FREQUENT: Final = 5


def cause_lines(causes: Iterable[Cause]) -> list[tuple[Cause, str]]:
    """Each line's cause, with the counts of all that read like it, and its headline in the language of the context."""
    given = [(cause, headline(cause.code)) for cause in causes]
    fields: dict[tuple[str, str], set[str]] = {}
    for cause, said in given:
        fields.setdefault((cause.severity, said), set()).add(cause.field)
    lines: dict[tuple[str, str, str], Cause] = {}
    for cause, said in given:
        named = len(fields[cause.severity, said]) > 1 and (field := _field_of_ours(cause.field))
        key = (cause.severity, cause.code, f"{said}: {translated(FIELD_OF[field].title)}" if named else said)
        lines[key] = _together(lines[key], cause) if key in lines else cause
    return [(cause, text) for (_severity, _code, text), cause in lines.items()]


def _field_of_ours(field: str) -> str:
    """The field of the body that a name of the API's is of (``user.email``, ``body[email]``); "" where it is none."""
    return next((part for part in re.split(r"[^a-z_]+", field.lower()) if part in FIELD_OF), "")


def _together(one: Cause, other: Cause) -> Cause:
    values = dict(one.values)
    for value, count in other.values:
        values[value] = values.get(value, 0) + count
    frequent = sorted(values.items(), key=lambda item: -item[1])[:_MOST_FREQUENT]
    rows = tuple(sorted({*one.first_rows, *other.first_rows})[:_FIRST_ROWS])
    return replace(one, count=one.count + other.count, first_rows=rows, values=tuple(frequent))
