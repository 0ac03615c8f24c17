"""A refused file that a person lets through its gates, once; who did and when stands beside it for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed, UsageError
from importer.inbox.arrivals import candidates
from importer.inbox.folders import REFUSED, Folders
from importer.messages.text import Text
from importer.planning.file_state import sha256_of
from importer.storage.private_files import write_private

RECORD: Final = ".released.json"
"""Ending of the note on a released file, behind its name; hidden while it waits, filed beside it."""


def release(folders: Folders, name: str, by: str) -> Path:
    """Put a refused file back into the inbox: the newest of that name, or the one called TIME-NAME. ``by``: who did.

    Raises:
        UsageError: There is none, or another file of its name waits already.
        StorageFailed: It cannot be moved.
    """
    lying = (path for folder in folders.filed(REFUSED, name) for path in candidates(folder))
    path = next((own for own in lying if own.name == own.parent.name.partition("-")[2]), None)
    if path is None:
        raise UsageError(
            "{folder} holds no file {name}; --release takes its name, or TIME-NAME",
            folder=folders.top / REFUSED,
            name=name,
        )
    if (folders.top / path.name).exists():
        raise UsageError(
            "{path} waits already; move it away before {name} is released", path=folders.top / path.name, name=name
        )
    told = {
        "file": path.name,
        "sha256": sha256_of(path),
        "released_by": by,
        "released_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "refused": str(path.parent.relative_to(folders.top)),
    }
    record = record_of(folders, path.name)
    try:
        write_private(record, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    except OSError as exc:
        raise StorageFailed(
            "{record} cannot be written: {strerror}; nothing was released", record=record, strerror=exc.strerror
        ) from exc
    return folders.bring_back(path)


def record_of(folders: Folders, name: str) -> Path:
    """Where the note on a file of this name lies while it waits."""
    return folders.working / f".{name}{RECORD}"


def release_of(folders: Folders, taken: Path) -> str:
    """Who let this very content through, and when; "" where nobody did."""
    try:
        told = json.loads(record_of(folders, taken.name).read_text(encoding="utf-8"))
        same = told["sha256"] == sha256_of(taken)
        who, time = told["released_by"], told["released_at"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return Text("{who} at {time}", who=who, time=time) if same else ""
