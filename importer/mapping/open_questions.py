"""The questions a header leaves open, as refusals that spell out the option which answers them."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from importer.errors import RefusedFile
from importer.mapping.header_labels import Header
from importer.mapping.header_names import HeaderKind, HeaderMeaning
from importer.mapping.suggestions import guesses_by_cells, guesses_by_name
from importer.messages.text import Text, either, joined

if TYPE_CHECKING:
    import pandas as pd

    from importer.mapping.mapping import ColumnMapping
    from importer.reading.table import Chunk

_UUID_OR_BLANK = r"(?:[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12})?"
_MOST_SEEN = 30
_MOST_GUESSES = 3
_SIGNS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
"""What stands between the cells of a text: as ``--delimiter`` takes it."""


def refuse_several_weak(field: str, positions: Sequence[int], header: Header) -> NoReturn:
    """No column serves the field by itself and several could: ask which, or in which order."""
    text = Text(
        "{field}: several columns could serve and none does by itself: {columns}. Say which, in order of preference: "
        "{option} (the first filled one is used)",
        field=field,
        columns=header.labels(positions),
        option=header.option(positions, field),
    )
    leave_out = Text('or --map "={field}" to leave the field out', field=field)
    raise RefusedFile(text if field == "phone" else joined((text, leave_out), ", "))


def refuse_two_people(
    header: Header,
    positions: Sequence[int],
    meanings: Sequence[HeaderMeaning],
    wanted: Collection[str],
    columns: Mapping[str, Sequence[int]],
) -> None:
    """Rows that seem to hold two people: ask whose column each field takes, rather than mix them.

    A field that ``--map`` decides or a plain column serves is no question.

    Raises:
        RefusedFile: A field could only come from such columns.
    """
    open_fields = dict.fromkeys(meanings[at].field for at in positions)
    asked = [name for name in open_fields if name not in wanted and not columns[name]]
    if not asked:
        return
    of_field = {name: [at for at in positions if meanings[at].field == name] for name in asked}
    asking = ((name, either(header.option((at,), name) for at in places)) for name, places in of_field.items())
    questions = joined((Text("{field}: {options}", field=name, options=options) for name, options in asking), "; ")
    shown = header.labels(at for places in of_field.values() for at in places)
    raise RefusedFile(
        "a row seems to hold two people: {shown}. Say whose is to be sent, the same person's in every "
        'field: {questions}. --map "={asked}" leaves a field out',
        shown=shown,
        questions=questions,
        asked=asked[-1],
    )


def refuse_foreign_ids(mapping: "ColumnMapping", chunks: Iterable["Chunk"]) -> None:
    """A lone ``freedom_id``, without the status beside it, is an output's if it holds FreedomIDs and blanks alone.

    Raises:
        RefusedFile: One of the chunks holds anything else, which the output would lose.
    """
    position = mapping.result_columns.get("freedom_id")
    if position is None or "import_status" in mapping.result_columns:
        return
    for chunk in chunks:
        cells = chunk.cells[position].str.strip()
        foreign = cells[~cells.str.fullmatch(_UUID_OR_BLANK)]
        if len(foreign):
            raise RefusedFile(
                "{column}: row {row} holds something else than a FreedomID, and the output would replace it. "
                "Rename the column, or say which field it serves: {option}",
                column=mapping.label(position),
                row=foreign.index[0],
                option=mapping.header.option((position,), "identifier"),
            )


def refuse_without_phone(
    header: Header,
    free: Sequence[int],
    meanings: Sequence[HeaderMeaning],
    cells: "pd.DataFrame | None",
) -> NoReturn:
    """One error for the file: the columns seen, the nearest guesses, and how to say which it is."""
    _refuse_rows_in_one_cell(header, cells)
    guess = _guess(header, meanings, cells, free)
    if not header.names_columns:
        raise RefusedFile(
            "no phone column: no column (of {count}) has a known name, and the first row may be data. If it is, add "
            "a row with the names above it, or say where the names stand (--header-row). {guess}",
            count=len(header.texts),
            guess=guess,
        )
    seen = header.labels(free, _MOST_SEEN) or "–"
    raise RefusedFile(
        "no phone column among the columns of the file: {seen}. {guess}",
        seen=seen,
        guess=guess,
    )


def _refuse_rows_in_one_cell(header: Header, cells: "pd.DataFrame | None") -> None:
    """Lines that a program put into quotes as a whole, or a ``sep=`` line of another sign: no column can be named."""
    filled = [text for text in ([] if cells is None else cells.iloc[:, 0]) if text.strip()]
    if len(header.texts) != 1 or not filled:
        return
    for sign, name in _SIGNS.items():
        widths = {len(row) for row in csv.reader((header.texts[0], *filled), delimiter=sign)}
        if len(widths) == 1 and widths != {1}:
            raise RefusedFile(
                "no phone column: each row is one cell that holds several, with {sign} between them. In Excel split "
                "that column (Data, Text to Columns) and save the file as .xlsx; where the file has a first line "
                '"sep=" of another sign, take that line off or tell --delimiter "{sign}"',
                sign=name,
            )


def _guess(header: Header, meanings: Sequence[HeaderMeaning], cells: "pd.DataFrame | None", free: Sequence[int]) -> str:
    by_cells = () if cells is None else guesses_by_cells(cells, header)
    reasons = {
        position: Text(meanings[position].reason)
        for position in free
        if meanings[position].kind is HeaderKind.NOT and meanings[position].field == "phone"
    }
    guesses = [
        at
        for at in dict.fromkeys((*by_cells, *guesses_by_name("phone", header)))
        if at in free and (meanings[at].kind is HeaderKind.UNKNOWN or at in reasons or at in by_cells)
    ][:_MOST_GUESSES]
    parts: list[str] = []
    if guesses:
        options = either(header.option((position,), "phone") for position in guesses)
        nearest = header.labels(guesses)
        parts.append(
            Text("Nearest: {columns}. If one of them is the phone, say so: {options}", columns=nearest, options=options)
        )
    else:
        parts.append(Text('If one of them is the phone, say which: --map "COLUMN=phone"'))
    for position, reason in list(reasons.items())[:_MOST_GUESSES]:
        parts.append(Text("{column} was not taken: {reason}", column=header.label(position), reason=reason))
    return joined(parts, ". ")
