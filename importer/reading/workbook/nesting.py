"""How deep the elements of an XML part may stand inside each other: the parser remembers every one that is open."""

from collections.abc import Iterable, Iterator
from typing import Final

from importer.errors import RefusedFile

MAX_DEPTH: Final = 50_000
"""Far more than any document has; some thousands are lost by counting where tags are torn between two pieces."""


def shallow(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The pieces of a part, as long as its elements are not nested endlessly.

    Raises:
        RefusedFile: They are, in the file of this name.
    """
    depth = 0
    for piece in pieces:
        depth = max(0, depth + piece.count(b"<") - 2 * piece.count(b"</") - piece.count(b"/>"))
        if depth > MAX_DEPTH:
            raise RefusedFile(
                "{name} nests its elements endlessly, as no spreadsheet does; save the sheet as CSV", name=name
            )
        yield piece
