"""Whether a file may be believed: one that somebody else owns, or may write, is refused, as ssh refuses such keys.

Who may write a folder may put another file in the place of each one in it, but for a sticky one, as /tmp is: there
nobody but its owner renames or removes a file.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from importer.errors import UsageError

_MOST_LINKS: Final = 40
"""As many as Linux follows."""


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
            "{what} {path} belongs to another user (uid {owner}): chown {user} '{path}'",
            what=what,
            path=path,
            owner=found.st_uid,
            user=os.geteuid(),
        )
    rights = stat.S_IWGRP | stat.S_IWOTH
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & rights and not sticky:
        raise UsageError("{what} {path} can be written by others: chmod go-w '{path}'", what=what, path=path)


def refuse_foreign_place(path: Path, what: str) -> None:
    """Refuse a file in whose place others could put another one, by its name or by where that leads as a link.

    A folder whose group has no members but its owner is not written by others: many systems make folders so. One that
    is not this user's is let through: a volume of Kubernetes is root's and 0777, who is told cannot mend it, and what
    others put there is theirs, and refused for that (``refuse_foreign``). ``what`` names its folder in the message.

    Raises:
        UsageError: as ``refuse_foreign``; a folder of this user's can be written by others.
    """
    if not hasattr(os, "geteuid"):
        return
    for folder in _folders_on_the_way(path):
        if _is_own(folder) and not _is_of_one_person(folder):
            refuse_foreign(folder, what)


def _folders_on_the_way(path: Path) -> Iterator[Path]:
    """The folder of a file, of each link that it leads through, and of what it ends at."""
    path = path.absolute()
    for _ in range(_MOST_LINKS):
        yield path.parent
        if not os.path.islink(path):  # noqa: PTH114 (Path.is_symlink raises in a closed folder; who reads the file is told)
            break
        path = path.parent / path.readlink()
    yield Path(os.path.realpath(path)).parent  # as resolve, which raises where links lead in a circle


def _is_own(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _is_of_one_person(folder: Path) -> bool:
    """Whether the group of a folder of this user's is his alone, by name and members, and nobody else may write it."""
    import grp  # noqa: PLC0415 (not on Windows)
    import pwd  # noqa: PLC0415 (not on Windows)

    try:
        found = folder.stat()
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(found.st_gid)
    except (OSError, KeyError):
        return False
    own_group = group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
    return own_group and not found.st_mode & stat.S_IWOTH
