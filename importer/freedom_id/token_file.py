"""A token as people hold it: bare, or the JSON pair of the refresh call; and the file it lives in."""

import base64
import contextlib
import glob
import logging
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from importer.errors import StorageFailed, UsageError
from importer.messages.text import Text, joined
from importer.storage.private_files import sync_folder

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}\Z")
_JWT_PARTS: Final = 3
_MAX_FILE: Final = 65_536
_DRAFT: Final = ".new"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and what renews it; the secrets stay out of repr.

    Attributes:
        access_token: Goes out as the bearer.
        refresh_token: "" where there is none.
        expires_at: Seconds since the epoch when the access token dies, or None if unknown.
        document: The whole JSON, as it is saved.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: float | None = None
    document: bytes = field(default=b"", repr=False)


def read_pair(text: str, where: str) -> Pair:
    """A bare token (with or without "Bearer ") or the refresh JSON.

    Raises:
        UsageError: Neither; the message names ``where`` and holds nothing of the text.
    """
    text = text.lstrip("\ufeff").strip()
    if not text:
        raise UsageError("{where}: the token is empty", where=where)
    if text.startswith("{"):
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError:
            # no `from exc`: the exception holds the text
            raise UsageError("{where}: begins like JSON but is none", where=where) from None
        pair = pair_of(document)
        if pair is None:
            raise UsageError('{where}: the JSON has no usable "access_token"', where=where)
        return pair
    scheme, _, rest = text.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" and rest else text
    if not _TOKEN.match(token):
        raise UsageError("{where}: the token holds spaces, line breaks or non-ASCII characters", where=where)
    return Pair(token, expires_at=_jwt_expiry(token))


def pair_of(document: object) -> Pair | None:
    """The pair in a refresh answer, or None if its tokens are not usable ones."""
    if not isinstance(document, dict):
        return None
    access, refresh = document.get("access_token"), document.get("refresh_token") or ""
    if not isinstance(access, str) or not isinstance(refresh, str):
        return None
    if not _TOKEN.match(access) or (refresh and not _TOKEN.match(refresh)):
        return None
    expires_at = _expiry(document.get("access_expire_at"))
    return Pair(
        access,
        refresh,
        _jwt_expiry(access) if expires_at is None else expires_at,
        orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
    )


def read_file(path: Path) -> Pair:
    """The pair in a file; raises UsageError."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE + 1)
    except OSError as exc:
        raise UsageError("token file {path}: {strerror}", path=path, strerror=exc.strerror) from exc
    if len(content) > _MAX_FILE:
        raise UsageError("token file {path}: too long for a token", path=path)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError("token file {path}: not text", path=path) from None
    return read_pair(text, Text("token file {path}", path=path))


class Place:
    """Room for a new pair beside the token file, taken before the old pair is spent."""

    def __init__(self, descriptor: int, temporary: Path, target: Path) -> None:
        self._descriptor = descriptor
        self._temporary = temporary
        self._target = target
        self.written = False

    def keep(self, document: bytes) -> None:
        """Put the pair durably in the token file's place, whole or not at all; raises StorageFailed."""
        try:
            os.pwrite(self._descriptor, document, 0)
            os.ftruncate(self._descriptor, len(document))
            os.fsync(self._descriptor)
            self.written = True
            self._temporary.replace(self._target)
            sync_folder(self._target.parent)
        except OSError as exc:
            kept = Text("the renewed token stands in {path}", path=self._temporary) if self.written else ""
            raise StorageFailed(joined([_not_saved(self._target, exc), kept], "; ")) from exc


@contextlib.contextmanager
def secured(path: Path) -> Iterator[Place]:
    """Take the room for a new pair: 64 KB on the disk, given back unless a pair was written there.

    It has the mode, group and owner of the file whose place it will take; 0600 where there is none.

    Raises:
        StorageFailed: The folder takes no file, or the disk is full: nothing is lost yet.
    """
    target = Path(os.path.realpath(path))
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=_DRAFT, dir=target.parent)
    except OSError as exc:
        raise StorageFailed(_not_saved(path, exc)) from exc
    place = Place(descriptor, Path(name), target)
    try:
        try:
            _liken(descriptor, target)
            os.pwrite(descriptor, b" " * _MAX_FILE, 0)
            os.fsync(descriptor)
        except OSError as exc:
            raise StorageFailed(_not_saved(path, exc)) from exc
        yield place
    finally:
        os.close(descriptor)
        if not place.written:
            Path(name).unlink(missing_ok=True)


def recover(path: Path) -> None:
    """Put a pair in its place that a process had written when it was killed, and take its other drafts away.

    The old pair may be spent by then: the draft is the only one that lives. To be called under the lock of
    ``lock_path``, while nobody writes one. A file of somebody else is none of ours.
    """
    target = Path(os.path.realpath(path))
    drafts = [draft for draft in target.parent.glob(f".{glob.escape(target.name)}.*{_DRAFT}") if _is_ours(draft)]
    for draft in sorted(drafts, key=lambda draft: draft.stat().st_mtime_ns):
        with contextlib.suppress(OSError):
            whole = draft.stat().st_mtime_ns >= target.stat().st_mtime_ns and _holds_a_pair(draft)
            if whole:
                draft.replace(target)
                sync_folder(target.parent)
            else:
                draft.unlink()


def _holds_a_pair(draft: Path) -> bool:
    try:
        return bool(read_file(draft).refresh_token)
    except UsageError:
        return False


def _is_ours(draft: Path) -> bool:
    try:
        found = draft.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & stat.S_IWOTH


def _liken(descriptor: int, target: Path) -> None:
    """Give a new file the group, owner and mode of another, as far as this user may."""
    try:
        old, new = target.stat(), os.fstat(descriptor)
    except OSError:
        return
    if not stat.S_ISREG(old.st_mode):
        return
    if old.st_uid != new.st_uid:
        _give(descriptor, old.st_uid, -1)
    if old.st_gid == new.st_gid or _give(descriptor, -1, old.st_gid):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))  # else another group would get the rights of this one


def _give(descriptor: int, uid: int, gid: int) -> bool:
    try:
        os.fchown(descriptor, uid, gid)
    except PermissionError:
        _log.warning(
            "%s", Text("the renewed token file cannot keep its owner and group: only root may give files away")
        )
        return False
    return True


def lock_path(path: Path) -> Path:
    """The file whose lock is held while the pair in ``path`` is renewed."""
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.lock")


def _not_saved(path: Path, exc: OSError) -> str:
    return Text(
        "a renewed token cannot be saved in {path} ({strerror}): free the disk or mend the permissions of its folder, "
        "then run the same command again",
        path=path,
        strerror=exc.strerror,
    )


def _expiry(value: Any) -> float | None:
    """Read "2025-03-04T06:35:50.000000Z" as seconds since the epoch; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _jwt_expiry(token: str) -> float | None:
    """The ``exp`` of a token that is a JWT; the only date a bare token can carry."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        return None
