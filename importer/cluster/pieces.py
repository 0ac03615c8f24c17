"""The rows that a worker sends, as they lie in the storage."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import orjson

from importer.creating import Sendable
from importer.journal.writer.claims import Piece
from importer.storage import Storage, Stored

PIECE_ROWS: Final = 250
"""Rows of a piece: what one worker may have left to do when the others are done, or what waits when it dies."""


def in_pieces(storage: Storage, folder: str, batches: Iterable[Sequence[Sendable]]) -> Iterator[Piece]:
    """Pieces of batches, stored one by one as they are asked for; as ``store``."""
    for batch in batches:
        rows = iter(batch)
        while piece := list(islice(rows, PIECE_ROWS)):
            yield store(storage, folder, piece)


def store(storage: Storage, folder: str, rows: Sequence[Sendable]) -> Piece:
    """Store rows that are handed out together: in the order of the file, one at least. Raises StorageFailed."""
    first, last = rows[0].row, rows[-1].row
    content = orjson.dumps([_record_of(one) for one in rows])
    stored = storage.write(f"{folder}/rows-{first:012}", content)
    return Piece(first, last, stored.name, stored.sha256)


def read(storage: Storage, piece: Piece) -> list[Sendable]:
    """Read the rows of a piece; whether one is in doubt by now is for the journal to say.

    Raises:
        StorageFailed: they cannot be read, or are not what was stored.
    """
    return [_sendable_of(record) for record in orjson.loads(storage.read(Stored(piece.stored, piece.sha256)))]


def _record_of(one: Sendable) -> dict[str, Any]:
    return {
        "row": one.row,
        "body": one.body,
        "freedom_id": one.freedom_id,
        "prints": one.prints.hex(),
        "replaces": one.replaces.hex(),
        "before": one.before.hex(),
        "marked": one.marked.hex(),
    }


def _sendable_of(record: dict[str, Any]) -> Sendable:
    return Sendable(
        record["row"],
        record["body"],
        freedom_id=record["freedom_id"],
        prints=bytes.fromhex(record["prints"]),
        replaces=bytes.fromhex(record["replaces"]),
        before=bytes.fromhex(record["before"]),
        marked=bytes.fromhex(record["marked"]),
    )
