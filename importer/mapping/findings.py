"""What a person is told about the mapping before anything is sent: header names and options, no cells."""

from collections.abc import Iterator, Mapping, Sequence

from importer.mapping.column_candidates import Candidates
from importer.mapping.header_names import HeaderMeaning, Kind
from importer.mapping.mapping import Mapping as ColumnMapping
from importer.model import Finding
from schemas.fields import FIELDS

_TOPIC = "mapping"
_MOST_HINTS = 10


def findings_of(
    mapping: ColumnMapping,
    meanings: Sequence[HeaderMeaning],
    found: Candidates,
    wanted: Mapping[str, tuple[int, ...]],
) -> tuple[Finding, ...]:
    """What was mapped, is carried through and is missing; then what a person may want to change."""
    return (
        *_mapped(mapping, meanings, wanted),
        *_rest(mapping),
        *_weaker(mapping),
        *_names(mapping, found),
        *_hints(mapping, meanings, found),
    )


def _mapped(
    mapping: ColumnMapping, meanings: Sequence[HeaderMeaning], wanted: Mapping[str, tuple[int, ...]]
) -> Iterator[Finding]:
    for field in FIELDS:
        positions = mapping.positions(field)
        if not positions:
            continue
        text = f"{field} ← {mapping.describe(field)}"
        if len(positions) > 1:
            text += " (the first filled one)"
        weak = field not in wanted and all(meanings[at].tier == 2 for at in mapping.columns[field])  # noqa: PLR2004
        if weak and mapping.columns[field]:
            text += ": a weaker column, taken because nothing better and nothing else could serve"
        yield Finding(_TOPIC, text, warning=bool(weak and mapping.columns[field]))


def _rest(mapping: ColumnMapping) -> Iterator[Finding]:
    missing = [field for field in FIELDS if not mapping.positions(field)]
    if missing:
        yield Finding(_TOPIC, f"no column for {', '.join(missing)}")
    if mapping.carried:
        yield Finding(
            _TOPIC,
            f"carried through unchanged ({len(mapping.carried)}): {mapping.header.labels(mapping.carried)}",
        )
    if mapping.result_columns:
        yield Finding(_TOPIC, "the result columns of an earlier output are replaced by new ones")


def _weaker(mapping: ColumnMapping) -> Iterator[Finding]:
    for field, positions in mapping.tier2.items():
        yield Finding(
            _TOPIC,
            f"{field} could also come from {mapping.header.labels(positions)} where it is blank: "
            f"{mapping.map_option(field)}",
        )


def _names(mapping: ColumnMapping, found: Candidates) -> Iterator[Finding]:
    """Whole names are split only when told; say how, where no column gives the names already."""
    whole = [at for at in (*found.full_names, *found.loose_names) if at in mapping.carried]
    if not whole or mapping.columns["firstname"] or mapping.columns["lastname"] or mapping.full_name:
        return
    shown = mapping.header.labels(whole)
    which = mapping.header.option(whole[:1], "full_name")
    choice = f" and {which} to say which column" if len(whole) > 1 else ""
    text = (
        f"{shown} may hold whole names and is not split by itself: "
        f'--full-name "last first middle" splits it (say the order that the cells have){choice}'
    )
    if whole[0] in found.loose_names:
        text += f"; if it is the first name alone: {mapping.header.option(whole[:1], 'firstname')}"
    yield Finding(_TOPIC, text, warning=True)


def _hints(mapping: ColumnMapping, meanings: Sequence[HeaderMeaning], found: Candidates) -> Iterator[Finding]:
    """Columns that look like a field without a column, and why they were not taken."""
    given = 0
    for position in mapping.carried:
        meaning = meanings[position]
        if given == _MOST_HINTS:
            return
        if not meaning.field or mapping.positions(meaning.field) or _own_number(meaning):
            continue
        if meaning.kind is Kind.NOT:
            reason = meaning.reason
        elif position in found.unproven:
            reason = "its cells do not show that it is one"
        elif meaning.kind is Kind.SURNAME:
            reason = "in Russian it means tags"
        else:
            continue
        given += 1
        option = mapping.header.option((position,), meaning.field)
        yield Finding(_TOPIC, f"{mapping.label(position)} was not taken for {meaning.field}: {reason}; else {option}")


def _own_number(meaning: HeaderMeaning) -> bool:
    """A system's own ``ID`` or ``№`` stands in nearly every file: not worth a line each time."""
    return meaning.field == "identifier" and meaning.reason.startswith("it is a system's own number")
