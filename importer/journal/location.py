"""Where a journal is, told without opening it (and so without the database library)."""

import re
from pathlib import Path
from typing import Final

from importer.errors import UsageError
from importer.messages.text import Text

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
                Text(
                    "The journal address begins with {group}: only sqlite:///PATH is supported. PostgreSQL "
                    "is not supported yet.",
                    group=scheme.group(0),
                )
            )
        text = location[scheme.end() + 1 :]
    if not text or text.startswith(":memory:"):
        raise UsageError(Text("The journal needs a file: sqlite:///PATH, or just the path."))
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        raise UsageError(
            Text(
                "The journal {path} is a folder; name a file in it, such as {example}.",
                path=path,
                example=path / "journal.db",
            )
        )
    return path


def beside(path: Path, ending: str) -> Path:
    """Give a neighbour of the journal: ``key`` (file) or ``runs`` (folder)."""
    return path.with_name(f"{path.stem}.{ending}")


def is_there(path: Path) -> bool:
    """Whether there is a journal: an empty file with nothing beside it is none yet."""
    return path.exists() and (path.stat().st_size > 0 or beside(path, "key").exists())


def refuse_missing(path: Path) -> None:
    """Raise UsageError where there is no journal."""
    if not is_there(path):
        raise UsageError(Text("There is no journal at {path} yet: no run has been made with it.", path=path))
