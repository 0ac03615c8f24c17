"""What a person is told about the mapping before anything is sent: header names and options, no cells."""

from collections.abc import Iterator, Mapping, Sequence

from importer.mapping.column_candidates import Candidates
from importer.mapping.header_names import HeaderKind, HeaderMeaning
from importer.mapping.map_option import LEFT_OUT
from importer.mapping.mapping import ColumnMapping
from importer.messages.text import Text, joined
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
        *_dial_codes(mapping),
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
        columns = mapping.describe(field)
        text: str = Text("{field} ← {columns}", field=field, columns=columns)
        if len(positions) > 1:
            text = Text("{field} ← {columns} (the first filled one)", field=field, columns=columns)
        weak = field not in wanted and all(meanings[at].tier == 2 for at in mapping.columns[field])  # noqa: PLR2004
        if weak and mapping.columns[field]:
            why = Text("a weaker column, taken because nothing better and nothing else could serve")
            text = joined((text, why), ": ")
        yield Finding(_TOPIC, text, warning=bool(weak and mapping.columns[field]))


def _dial_codes(mapping: ColumnMapping) -> Iterator[Finding]:
    """Which column says the country of which phones."""
    for codes in dict.fromkeys(mapping.dial_codes.values()):
        phones = sorted(phone for phone, own in mapping.dial_codes.items() if own == codes)
        text = Text(
            "country code of the phones in {phones} ← {column}: a phone without one of its own is read as of that "
            "country; {none} leaves the column out",
            phones=mapping.header.labels(phones),
            column=mapping.label(codes),
            none=mapping.header.option((codes,), LEFT_OUT),
        )
        yield Finding(_TOPIC, text)


def _rest(mapping: ColumnMapping) -> Iterator[Finding]:
    missing = [field for field in FIELDS if not mapping.positions(field)]
    if missing:
        yield Finding(_TOPIC, Text("no column for {fields}", fields=", ".join(missing)))
    if mapping.carried:
        yield Finding(
            _TOPIC,
            Text(
                "carried through unchanged ({count}): {columns}",
                count=len(mapping.carried),
                columns=mapping.header.labels(mapping.carried),
            ),
        )
    if mapping.result_columns:
        yield Finding(_TOPIC, Text("the result columns of an earlier output are replaced by new ones"))


def _weaker(mapping: ColumnMapping) -> Iterator[Finding]:
    for field, positions in mapping.tier2.items():
        yield Finding(
            _TOPIC,
            Text(
                "{field} could also come from {columns} where it is blank: {option}",
                field=field,
                columns=mapping.header.labels(positions),
                option=mapping.map_option(field),
            ),
        )


def _names(mapping: ColumnMapping, found: Candidates) -> Iterator[Finding]:
    """Whole names are split only when told; say how, where no column gives the names already."""
    whole = [at for at in (*found.full_names, *found.loose_names) if at in mapping.carried]
    if not whole or mapping.columns["firstname"] or mapping.columns["lastname"] or mapping.full_name:
        return
    shown = mapping.header.labels(whole)
    which = mapping.header.option(whole[:1], "full_name")
    text: str = Text(
        "{columns} may hold whole names and is not split by itself: {option} splits it (say the order that the cells "
        "have)",
        columns=shown,
        option='--full-name "last first middle"',
    )
    if len(whole) > 1:
        text = joined((text, Text("{option} says which column", option=which)), "; ")
    if whole[0] in found.loose_names:
        option = mapping.header.option(whole[:1], "firstname")
        text = joined((text, Text("if it is the first name alone: {option}", option=option)), "; ")
    yield Finding(_TOPIC, text, warning=True)


def _hints(mapping: ColumnMapping, meanings: Sequence[HeaderMeaning], found: Candidates) -> Iterator[Finding]:
    """Columns that look like a field without a column, and why they were not taken."""
    given = 0
    for position in mapping.carried:
        meaning = meanings[position]
        if given == _MOST_HINTS:
            return
        if not meaning.field or mapping.positions(meaning.field) or meaning.everywhere:
            continue
        if meaning.kind is HeaderKind.NOT:
            reason = Text(meaning.reason)
        elif position in found.unproven:
            reason = Text("its cells do not show that it is one")
        elif meaning.kind is HeaderKind.SURNAME:
            reason = Text("in Russian it means tags")
        else:
            continue
        given += 1
        option = mapping.header.option((position,), meaning.field)
        text = Text(
            "{column} was not taken for {field}: {reason}; else {option}",
            column=mapping.label(position),
            field=meaning.field,
            reason=reason,
            option=option,
        )
        yield Finding(_TOPIC, text)
