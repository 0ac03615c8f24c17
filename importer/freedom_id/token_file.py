"""A token as people hold it: bare, or the JSON pair of the refresh call; and the file it lives in."""

import base64
import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from importer.errors import StorageFailed, UsageError

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}\Z")
_JWT_PARTS: Final = 3
_MAX_FILE: Final = 65_536


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
        raise UsageError(f"{where}: the token is empty")
    if text.startswith("{"):
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError:
            # no `from exc`: the exception holds the text
            raise UsageError(f"{where}: begins like JSON but is none") from None
        pair = pair_of(document)
        if pair is None:
            raise UsageError(f'{where}: the JSON has no usable "access_token"')
        return pair
    scheme, _, rest = text.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" and rest else text
    if not _TOKEN.match(token):
        raise UsageError(f"{where}: the token holds spaces, line breaks or non-ASCII characters")
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
        raise UsageError(f"token file {path}: {exc.strerror}") from exc
    if len(content) > _MAX_FILE:
        raise UsageError(f"token file {path}: too long for a token")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"token file {path}: not text") from None
    return read_pair(text, f"token file {path}")


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
            _sync_folder(self._target.parent)
        except OSError as exc:
            rest = f"; the renewed token stands in {self._temporary}" if self.written else ""
            raise StorageFailed(f"{_not_saved(self._target, exc)}{rest}") from exc


@contextlib.contextmanager
def secured(path: Path) -> Iterator[Place]:
    """Take the room for a new pair: 64 KB on the disk, mode 0600, given back unless a pair was written there.

    Raises:
        StorageFailed: The folder takes no file, or the disk is full: nothing is lost yet.
    """
    target = path.resolve()
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as exc:
        raise StorageFailed(_not_saved(path, exc)) from exc
    place = Place(descriptor, Path(name), target)
    try:
        try:
            os.pwrite(descriptor, b" " * _MAX_FILE, 0)
            os.fsync(descriptor)
        except OSError as exc:
            raise StorageFailed(_not_saved(path, exc)) from exc
        yield place
    finally:
        os.close(descriptor)
        if not place.written:
            Path(name).unlink(missing_ok=True)


def lock_path(path: Path) -> Path:
    """The file whose lock is held while the pair in ``path`` is renewed."""
    target = path.resolve()
    return target.with_name(f".{target.name}.lock")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_saved(path: Path, exc: OSError) -> str:
    return (
        f"a renewed token cannot be saved in {path} ({exc.strerror}): free the disk or mend the permissions "
        "of its folder, then run the same command again"
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
