"""What tells one state of a file from another: its size and time while it is read, the hash of its content for good."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from importer.errors import RefusedFile
from importer.messages.text import Text


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class FileState:
    """A file as it was at a moment: bytes (0 where there is no file), and when it was changed, in ns since 1970."""

    path: Path
    size: int
    changed_at: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """The file as it is now."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return cls(path, 0, 0)  # whoever reads it says why it cannot be read
        return cls(path, found.st_size, found.st_mtime_ns)

    def refuse_change(self) -> None:
        """End here if the file is not as it was. Raises RefusedFile where somebody writes to it."""
        now = FileState.of(self.path)
        if now != self:
            what = Text("its time changed")
            if now.size != self.size:
                what = Text("it had {before:,} bytes and now has {now:,}", before=self.size, now=now.size)
            raise RefusedFile(
                "{path}: changed while it was being read ({change}); nothing was sent. Start again when whatever "
                "writes it has ended; best it writes to another name and renames the file when it is complete",
                path=self.path,
                change=what,
            )
