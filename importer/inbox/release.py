"""A refused file that a person lets through its gates, once; who did and when stands beside it for ever."""

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from importer.errors import UsageError
from importer.inbox.arrivals import candidates
from importer.inbox.folders import REFUSED, Folders
from importer.reporting.manifest import sha256_of_output

RECORD: Final = ".released.json"
"""Ending of the note that lies beside a released file, and moves with it."""


def release(folders: Folders, name: str) -> Path:
    """Put a refused file back into the inbox: the newest of that name, or the one called TIME-NAME.

    Raises:
        UsageError: There is none, or another file of its name waits already.
        StorageFailed: It cannot be moved.
    """
    folder = next(folders.filed(REFUSED, name), None)
    inside = list(candidates(folder)) if folder else []
    own = [path for path in inside if folder and path.name == folder.name.partition("-")[2]] or inside
    if not own:
        raise UsageError(f"{folders.top / REFUSED} holds no file {name}; --release takes its name, or TIME-NAME")
    path = own[0]
    if (folders.top / path.name).exists():
        raise UsageError(f"{folders.top / path.name} waits already; move it away before {name} is released")
    told = {
        "file": path.name,
        "sha256": sha256_of_output(path),
        "released_by": getpass.getuser(),
        "released_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "refused": str(path.parent.relative_to(folders.top)),
    }
    record = record_of(folders, path.name)
    record.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    back = folders.top / path.name
    path.rename(back)
    return back


def record_of(folders: Folders, name: str) -> Path:
    """Where the note on a file of this name lies while it waits."""
    return folders.working / f".{name}{RECORD}"


def is_released(folders: Folders, taken: Path) -> bool:
    """Whether a person let this very content through."""
    try:
        told = json.loads(record_of(folders, taken.name).read_text(encoding="utf-8"))
        return bool(told["sha256"] == sha256_of_output(taken))
    except (OSError, ValueError, KeyError):
        return False
