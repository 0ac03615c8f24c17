"""Who did what: a line for each change, each start, each download; written once, never changed.

No cell of a file stands here, and no secret: names of accounts, of what they did, and where.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from importer.errors import StorageFailed
from importer.messages.text import Text
from importer.storage.private_files import make_folder

_BLOCK: Final = 65_536


@dataclass(frozen=True)
class AuditTrail:
    """The trail, one JSON object a line."""

    path: Path

    def note(self, who: str, did: str, what: str, **details: Any) -> None:
        """Write a line; it is on disk on return, so that nothing is done that nobody can look up.

        Raises:
            StorageFailed: It cannot be written.
        """
        told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "who": who, "did": did, "what": what, **details}
        line = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        try:
            make_folder(self.path.parent)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line)  # one call: lines of two processes do not mix
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as exc:
            why = Text(
                "{path}: cannot be written ({strerror}); nothing was done", path=self.path, strerror=exc.strerror
            )
            raise StorageFailed(why) from exc

    def newest(self) -> Iterator[dict[str, Any]]:
        """The lines, newest first; one that is damaged is shown as such."""
        for line in _backwards(self.path):
            try:
                told = json.loads(line)
            except ValueError:
                told = None
            yield told if isinstance(told, dict) else {"at": "", "who": "", "did": "damaged", "what": ""}


def _backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from its end, in blocks: it may be long."""
    if not path.exists():
        return
    with path.open("rb") as file:
        left, rest = file.seek(0, os.SEEK_END), b""
        while left:
            step = min(_BLOCK, left)
            left -= step
            file.seek(left)
            lines = (file.read(step) + rest).split(b"\n")
            rest = lines[0]
            yield from (line for line in reversed(lines[1:]) if line)
        if rest:
            yield rest
