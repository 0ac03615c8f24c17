"""Where a journal is, told without opening it (and so without the database library)."""

import re
from pathlib import Path
from typing import Final

from importer.errors import UsageError

_SCHEME: Final = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def path_of(location: str) -> Path:
    """Give the file that ``--journal`` names: a path, or sqlite:/// and a path.

    Raises:
        UsageError: An address of a kind that is not supported, or none at all.
    """
    scheme = _SCHEME.match(location)
    text = location
    if scheme:
        if scheme.group(1).lower() != "sqlite" or not location[scheme.end() :].startswith("/"):
            raise UsageError(
                f"The journal address begins with {scheme.group(0)}: only sqlite:///PATH is supported. "
                "PostgreSQL is not supported yet."
            )
        text = location[scheme.end() + 1 :]
    if not text or text.startswith(":memory:"):
        raise UsageError("The journal needs a file: sqlite:///PATH, or just the path.")
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise UsageError(f"The journal {path} is a folder; name a file in it, such as {path / 'journal.db'}.")
    return path


def beside(path: Path, ending: str) -> Path:
    """Give a neighbour of the journal: ``key`` (file) or ``runs`` (folder)."""
    return path.with_name(f"{path.stem}.{ending}")


def is_there(path: Path) -> bool:
    """Whether there is a journal: an empty file with nothing beside it is none yet."""
    return path.exists() and (path.stat().st_size > 0 or beside(path, "key").exists())
