"""Files that wait as only a canary of them was sent: what ``--limit`` lets through."""

from dataclasses import dataclass, field
from pathlib import Path

from importer.inbox.arrivals import FileStamp, look_at


@dataclass
class Canaries:
    """The files that this command leaves alone: a later one without ``--limit`` goes on with them.

    Each is a file in ``working`` whose first rows were sent, or one of the same name in the inbox that waits for it.
    """

    _seen: dict[Path, FileStamp] = field(default_factory=dict)

    def note(self, path: Path, seen: FileStamp) -> None:
        """Remember that this file waits, as it is now."""
        self._seen[path] = seen

    def hold(self, path: Path) -> bool:
        """Whether this file waits, and is still what it was."""
        return path in self._seen and self._seen[path] == look_at(path)
