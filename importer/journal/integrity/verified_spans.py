"""Which records were all found to be as they were written: one digest tells it of many, and spares them their MACs.

Whether a record is as it was written follows from the record and the key alone. So the keyed digest of some thousand
records, noted when each of them had its MAC, says for ever that the records of this digest have theirs. No note has to
be kept up to date: where a bit of a record changes, where one goes or comes, or two change places, the digest is
another, and each record is held against its MAC as if nothing were noted. A note that is lost costs time, nothing else.
"""

import marshal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hashlib import blake2b

NAME: Final = "sound.txt"
"""The file of notes in a run's folder: digests as hex, one a line."""

_WITHOUT_REFERENCES: Final = 2
"""Of marshal's formats the last one that tells the same records by the same bytes, whichever objects they are."""


class SoundSpans:
    """The notes of an open journal: those that were read, and of the spans that were looked through since."""

    def __init__(self) -> None:
        self._noted: set[bytes] = set()
        self._found: dict[int, dict[object, bytes]] = {}

    def recall(self, path: Path) -> None:
        """Read what was noted; nothing where that cannot be read."""
        try:
            self._noted.update(map(bytes.fromhex, path.read_text(encoding="ascii").split()))
        except (OSError, ValueError):
            return

    def notes(self, run: int) -> str:
        """What to note of a run: the content of the file."""
        return "".join(f"{digest.hex()}\n" for digest in self._found.get(run, {}).values())

    def soundness(
        self, run: int, place: object, count: int, digest: bytes, look: Callable[[], list[bool]]
    ) -> list[bool]:
        """Whether each record of a span is as it was written.

        Args:
            run: The number of the run whose records they are.
            place: Where the span begins: of each place the latest digest is kept.
            count: How many records.
            digest: Of the records (see ``digested``).
            look: Holds each record against its MAC: asked where nothing is noted.
        """
        sound = [True] * count if digest in self._noted else look()
        if count and all(sound):
            self._found.setdefault(run, {})[place] = digest
        return sound


def digested(found: Iterable[list[tuple[Any, ...]]], digest: "blake2b") -> Iterator[list[tuple[Any, ...]]]:
    """Records as they come, some at a time, each taken into the digest before it is given."""
    for some in found:
        digest.update(marshal.dumps(some, _WITHOUT_REFERENCES))  # a third of what one MAC takes
        yield some


def columns_of(found: Iterable[list[tuple[Any, ...]]], count: int) -> list[list[Any]]:
    """Records as so many columns.

    Column by column, for the garbage collector walks through a list of records again and again (5 us a row, not 2).
    """
    columns: list[list[Any]] = [[] for _ in range(count)]
    for some in found:
        for column, values in zip(columns, zip(*some, strict=True), strict=True):
            column.extend(values)
    return columns
