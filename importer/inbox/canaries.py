"""Files that wait as only a canary of them was sent: what ``--limit`` lets through."""

from dataclasses import dataclass, field
from pathlib import Path

from importer.inbox.arrivals import FileStamp, look_at


@dataclass
class Canaries:
    """What this command, whose limit stays the same, is done with: the next one without a limit goes on with it.

    A file in ``working`` of which it sent the canary, and one of the same name in the inbox that waits for it.
    """

    _seen: dict[Path, FileStamp] = field(default_factory=dict)

    def note(self, path: Path, seen: FileStamp) -> None:
        """This file waits."""
        self._seen[path] = seen

    def hold(self, path: Path) -> bool:
        """Whether this file waits, and is still what it was."""
        return path in self._seen and self._seen[path] == look_at(path)
