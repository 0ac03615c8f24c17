"""The columns of an output as the manifest beside it names them: nothing is recognised, nothing guessed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from importer.errors import UsageError
from importer.mapping.column_choice import result_columns
from importer.mapping.header_labels import Header
from importer.mapping.label_columns import label_positions
from importer.mapping.mapping import ColumnMapping
from importer.mapping.name_splitting import name_order
from importer.messages.text import Text

NEEDED: Final = ("freedom_id", "import_status")
"""What tells who was created."""


def output_columns(header: Header) -> dict[str, int]:
    """Where an output has the columns of its result; raises UsageError for a file without those that are needed."""
    results = result_columns(header)
    if not results.keys() >= set(NEEDED):
        raise UsageError(Text("it has no result columns of this program"))
    return results


def recorded_users(
    table_header: Sequence[str], told: Mapping[str, Any], *, column_letter: Callable[[int], str], names: bool
) -> ColumnMapping:
    """A mapping of nothing but the phones and, as far as they are certain, the names.

    Args:
        table_header: Header texts as in the file.
        told: By the manifest: ``mapping`` (field → the headers of the columns that gave it, in order of preference) and
            ``full_name`` (the header of the whole names, and the order of their words; [] where there were none).
        column_letter: Spreadsheet letter of a position.
        names: Whether they are wanted at all.

    Raises:
        UsageError: it is no output of this program, or one of the phones' headers is not there, or more than once.
    """
    header = Header.of(table_header, column_letter)
    results = output_columns(header)
    own = [text if at not in results.values() else None for at, text in enumerate(header.texts)]

    def places_of(headers: Sequence[str]) -> tuple[int, ...]:
        certain = all(text and own.count(text) == 1 for text in headers)
        return tuple(own.index(text) for text in headers) if certain else ()

    given = told.get("mapping", {})
    columns = {"phone": places_of(given.get("phone", []))}
    if not columns["phone"]:
        raise UsageError(Text("the columns that its manifest names for the phone are not in it, each once"))
    whole = told.get("full_name")  # older versions told nothing of it
    full_name = _full_name(whole, places_of) if names and whole else None
    if names and (full_name or not whole):
        columns |= {name: places_of(given.get(name, [])) for name in ("firstname", "lastname")}
    dial_codes = _dial_codes(told.get("dial_codes", []), places_of)
    used = {*(at for places in columns.values() for at in places), *results.values(), *(full_name or ())[:1]}
    carried = tuple(at for at in range(len(own)) if at not in used)
    labels = label_positions(header, columns["phone"])
    return ColumnMapping(header, columns, carried, results, {}, full_name, labels, dial_codes)


def _dial_codes(told: object, places_of: Callable[[Sequence[str]], tuple[int, ...]]) -> dict[int, int]:
    """As ``ColumnMapping.dial_codes``; raises UsageError where a column is not there: a phone would be another one."""
    try:
        return dict(places_of((str(phone), str(codes))) for phone, codes in told)  # type: ignore[attr-defined, misc]  # a file's
    except (TypeError, ValueError) as exc:
        raise UsageError(Text("its manifest does not tell how its phones were read")) from exc


def _full_name(
    told: object, places_of: Callable[[Sequence[str]], tuple[int, ...]]
) -> tuple[int, tuple[str, ...]] | None:
    """As ``ColumnMapping.full_name``; None where it is not certain: then no names are."""
    with suppress(UsageError):
        if isinstance(told, list) and all(isinstance(text, str) for text in told) and (places := places_of(told[:1])):
            return places[0], name_order(" ".join(told[1:]), asked=True)
    return None
