"""``--map "COLUMN[, COLUMN…]=field"`` read against a header."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from importer.errors import RefusedFile, UsageError
from importer.mapping.header_keys import fold, plain_letters
from importer.mapping.header_labels import Header, one_line
from importer.mapping.header_names import HeaderKind, recognise
from importer.mapping.suggestions import nearest_columns, nearest_words
from importer.messages.text import Text, either, joined
from schemas.fields import FIELDS

FULL_NAME: Final = "full_name"
"""Target of ``--map`` that names the whole-name column for ``--full-name``; not a field of the body."""

DIAL_CODE: Final = "dial_code"
"""Target of ``--map`` for columns that hold the country code of the phone beside them; not a field of the body."""

LEFT_OUT: Final = "-"
"""Target of ``--map`` for columns that serve nothing and are not asked about: ``"ФИО=-"``, or ``"ФИО="``."""

_LETTER: Final = re.compile(r"(?:column|col|столбец|колонка|баған)\s+([a-z]{1,3})", re.IGNORECASE)


def read_requests(requests: Sequence[str], header: Header, reserved: Collection[int]) -> dict[str, tuple[int, ...]]:
    """Field → positions as asked for; () where a field is to be left out (``--map "=email"``).

    Under ``LEFT_OUT`` stand the columns that are to serve nothing.

    Args:
        requests: Texts of ``--map``; several for one field add up in their order.
        header: The table's header.
        reserved: Positions of an earlier output's result columns: they can't be mapped.

    Raises:
        UsageError: A text that names no such column or field, or one column for two fields.
        RefusedFile: A name that several columns share.
    """
    wanted: dict[str, tuple[int, ...]] = {}
    taken: dict[int, str] = dict.fromkeys(reserved, Text("a result column of an earlier output"))
    for request in requests:
        columns, equals, target = request.rpartition("=")
        if not equals:
            raise UsageError(
                '--map "{request}": write it as COLUMN=field, for instance "Телефон=phone"', request=request
            )
        field = _field(request, columns, target)
        positions = _positions(request, columns, field, header)
        _check(request, field, positions, taken, header)
        taken |= dict.fromkeys(positions, field)
        wanted[field] = tuple(dict.fromkeys((*wanted.get(field, ()), *positions)))
    return wanted


def _field(request: str, columns: str, target: str) -> str:
    field = target.strip().lower() or (LEFT_OUT if columns.strip() else "")
    if field == LEFT_OUT:
        return field
    if field in {*FIELDS, FULL_NAME, DIAL_CODE}:
        return field
    if columns.strip().lower() in FIELDS:
        raise UsageError(
            '--map "{request}": the column comes first: --map "{column}={field}"',
            request=request,
            column=target.strip(),
            field=columns.strip(),
        )
    meaning = recognise(target)
    known = meaning.field if meaning.kind is HeaderKind.FIELD else ""
    likely = [known] if known else nearest_words(field, FIELDS)
    suggestion = Text("Did you mean {names}?", names=either(likely)) if likely else ""
    raise UsageError(
        '--map "{request}": Freedom ID has no field "{field}". {suggestion}; to leave a column out: "COLUMN=-"',
        request=request,
        field=target.strip(),
        suggestion=joined((suggestion, Text("The fields: {fields}", fields=", ".join(FIELDS)))),
    )


def columns_named(requests: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a row holds every header that the requests name, and they name at least one; letters name none."""
    row = Header(tuple(texts), ())
    asked = [request.rpartition("=")[0].strip().strip("\"'") for request in requests]
    asked = [columns for columns in asked if columns and not _LETTER.fullmatch(one_line(columns))]
    return bool(asked) and all(_all_named(columns, row) for columns in asked)


def _all_named(columns: str, row: Header) -> bool:
    pieces = [piece.strip().strip("\"'") for piece in columns.split(",")]
    return bool(_named(columns, row)) or all(_LETTER.fullmatch(piece) or _named(piece, row) for piece in pieces)


def _positions(request: str, columns: str, field: str, header: Header) -> tuple[int, ...]:
    """Names cut at commas, the longest run of pieces that names a column first."""
    pieces = columns.split(",")
    if not columns.strip():
        return ()
    positions = []
    start = 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            found = _named(",".join(pieces[start:end]).strip().strip("\"'"), header)
            if end - start > 1:  # only a header with a comma is named by several pieces
                found = tuple(position for position in found if "," in header.texts[position])
            if len(found) > 1:
                raise RefusedFile(shared_name(header, found, field))
            if found:
                positions.append(found[0])
                start = end
                break
        else:
            raise UsageError(_no_such_column(request, pieces[start].strip(), header))
    return tuple(positions)


def _named(text: str, header: Header) -> tuple[int, ...]:
    """The columns that the text names: as it stands, by letter, or folded."""
    plain = one_line(text)
    if not plain:
        return ()
    if found := tuple(at for at, own in enumerate(header.texts) if one_line(own) == plain):
        return found
    if (letter := _LETTER.fullmatch(plain)) and letter[1].upper() in header.letters:
        return (header.letters.index(letter[1].upper()),)
    folded = fold(plain)
    if not folded:
        return ()
    if found := tuple(at for at, own in enumerate(header.texts) if fold(own) == folded):
        return found
    key = plain_letters(folded)
    return tuple(at for at, own in enumerate(header.texts) if plain_letters(fold(own)) == key)


def shared_name(header: Header, positions: Sequence[int], field: str) -> str:
    """The refusal of a header that stands twice: it asks which, options spelled out."""
    return Text(
        '{field}: the header "{header}" stands more than once ({columns}). Say which one: {options}',
        field=field,
        header=header.shown(positions[0]),
        columns=joined((Text("column {letter}", letter=header.letters[position]) for position in positions), ", "),
        options=either(header.option((position,), field) for position in positions),
    )


def _no_such_column(request: str, name: str, header: Header) -> str:
    nearest = nearest_columns(name, header)
    text = Text('--map "{request}": the file has no column "{name}"', request=request, name=name)
    if not nearest:
        return text
    meant = either(header.label(position) for position in nearest)
    return joined((text, Text("did you mean {names}?", names=meant)), "; ")


def _check(request: str, field: str, positions: tuple[int, ...], taken: Mapping[int, str], header: Header) -> None:
    if field == "phone" and not positions:
        raise UsageError('--map "{request}": a phone is required; name its column', request=request)
    for position in positions:
        use = taken.get(position, field)
        if use != field:
            raise UsageError(
                '--map "{request}": {column} already serves as {use}',
                request=request,
                column=header.label(position),
                use=use,
            )
