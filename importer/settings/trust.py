"""Whether a file may be believed: one that somebody else owns, or may write, is refused, as ssh refuses such keys."""

import os
import stat
from pathlib import Path

from importer.errors import UsageError
from importer.messages.text import Text


def refuse_foreign(path: Path, what: str) -> None:
    """Refuse a file or folder that others could have changed.

    Args:
        path: What is looked at; nothing is said where there is nothing.
        what: What it is, for the message: "token file".

    Raises:
        UsageError: its owner is neither this user nor root, or its mode gives others a right that they must not have;
            the message holds the command that mends it.
    """
    try:
        found = path.stat()
    except OSError:
        return
    if not hasattr(os, "geteuid"):
        return  # no such owners and modes there
    if stat.S_ISCHR(found.st_mode) and found.st_rdev == Path(os.devnull).stat().st_rdev:
        return  # what is written there is gone: nobody can put anything into it, and its mode is the system's
    if found.st_uid not in {os.geteuid(), 0}:
        raise UsageError(
            Text(
                "{what} {path} belongs to another user (uid {owner}): chown {user} '{path}'",
                what=what,
                path=path,
                owner=found.st_uid,
                user=os.geteuid(),
            )
        )
    rights = stat.S_IWGRP | stat.S_IWOTH
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & rights and not sticky:
        raise UsageError(Text("{what} {path} can be written by others: chmod go-w '{path}'", what=what, path=path))
