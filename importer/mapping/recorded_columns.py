"""The columns of an output as the manifest beside it names them: nothing is recognised, nothing guessed."""

from collections.abc import Callable, Sequence
from typing import Final

from importer.errors import UsageError
from importer.mapping.column_choice import result_columns
from importer.mapping.header_labels import Header
from importer.mapping.label_columns import label_positions
from importer.mapping.mapping import ColumnMapping
from importer.messages.text import Text

NEEDED: Final = ("freedom_id", "import_status")
"""What tells who was created."""


def output_columns(header: Header) -> dict[str, int]:
    """Where an output has the columns of its result; raises UsageError for a file without those that are needed."""
    results = result_columns(header)
    if not results.keys() >= set(NEEDED):
        raise UsageError(Text("it has no result columns of this program"))
    return results


def recorded_phones(
    table_header: Sequence[str], phones: Sequence[str], *, column_letter: Callable[[int], str]
) -> ColumnMapping:
    """A mapping of nothing but the phones.

    Args:
        table_header: Header texts as in the file.
        phones: The headers of the columns that gave them, in order of preference.
        column_letter: Spreadsheet letter of a position.

    Raises:
        UsageError: it is no output of this program, or one of the headers is not there, or more than once.
    """
    header = Header.of(table_header, column_letter)
    results = output_columns(header)
    own = [text if at not in results.values() else None for at, text in enumerate(header.texts)]
    if not phones or any(not text or own.count(text) != 1 for text in phones):
        raise UsageError(Text("the columns that its manifest names for the phone are not in it, each once"))
    places = tuple(own.index(text) for text in phones)
    used = {*places, *results.values()}
    carried = tuple(at for at in range(len(own)) if at not in used)
    return ColumnMapping(header, {"phone": places}, carried, results, {}, labels=label_positions(header, places))
