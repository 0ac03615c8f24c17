"""The accounts of the page: names, what they may do, and their passwords as Argon2 keeps them."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from filelock import FileLock

from importer.errors import StorageFailed, UsageError
from importer.messages.text import Text
from importer.storage.private_files import write_private
from importer.storage.trust import refuse_foreign
from importer.web.access.roles import Role

SHORTEST: Final = 10
"""Characters of a password."""

LONGEST_NAME: Final = 64
LONGEST_PASSWORD: Final = 1_024

_AT_ONCE: Final = threading.Semaphore(2)
"""Checks of a password take 64 MiB each, on purpose: not more than two at once, whoever knocks."""


@dataclass(frozen=True)
class Account:
    """Somebody who may use the page.

    Attributes:
        name: As changes are signed with it.
        role: What they may do.
        hash: Of the password, with its salt and what it costs.
        since: When the password was set; sessions that began before are over.
    """

    name: str
    role: Role
    hash: str
    since: str


@dataclass(frozen=True)
class Accounts:
    """The accounts of a file, which is read again each time that it has changed."""

    path: Path

    def all(self) -> Mapping[str, Account]:
        """All accounts, by name. Raises UsageError: the file cannot be read, is damaged, or others may write it."""
        if not self.path.exists():
            return {}
        refuse_foreign(self.path, Text("the users file"))
        try:
            told = json.loads(self.path.read_bytes())
            found = [
                Account(str(name), Role(one["role"]), str(one["hash"]), str(one["since"])) for name, one in told.items()
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise UsageError(
                "the users file {path} cannot be read ({name})", path=self.path, name=type(exc).__name__
            ) from exc
        return {account.name: account for account in found}

    def of(self, name: str) -> Account | None:
        """The account of a name."""
        return self.all().get(name)

    def check(self, name: str, password: str) -> Account | None:
        """The account, if the password is its own; as long as it takes where there is none, too."""
        account = self.of(name)
        with _AT_ONCE:
            try:
                PasswordHasher().verify(account.hash if account else _nobodys(), password[:LONGEST_PASSWORD])
            except (Argon2Error, InvalidHashError):
                return None
        return account

    def add(self, name: str, role: Role, password: str) -> None:
        """Make an account. Raises UsageError: there is one of that name, or name or password cannot be one."""
        if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise UsageError("a name has 1 to {longest} characters, without spaces around it", longest=LONGEST_NAME)
        with self._changing() as accounts:
            if name in accounts:
                raise UsageError(
                    "there is an account {name} already; set-password gives it another password", name=name
                )
            accounts[name] = Account(name, role, hashed(password), _now())

    def remove(self, name: str) -> None:
        """Remove an account; its sessions are over. Raises UsageError where there is none."""
        with self._changing() as accounts:
            del accounts[_known(accounts, name)]

    def change(self, name: str, *, role: Role | None = None, password: str | None = None) -> None:
        """Give an account another role or password; its sessions are over. Raises UsageError where there is none."""
        with self._changing() as accounts:
            account = accounts[_known(accounts, name)]
            account = replace(account, hash=hashed(password), since=_now()) if password is not None else account
            accounts[name] = replace(account, role=role) if role is not None else account

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        """All of them under a lock, written back whole at the end of the block."""
        try:
            with FileLock(f"{self.path}.lock", mode=0o600):
                accounts = dict(self.all())
                yield accounts
                told = {name: {k: v for k, v in asdict(one).items() if k != "name"} for name, one in accounts.items()}
                write_private(self.path, json.dumps(told, ensure_ascii=False, indent=2))
        except OSError as exc:
            raise StorageFailed(
                "{path}: cannot be written ({strerror})", path=self.path, strerror=exc.strerror
            ) from exc


def hashed(password: str) -> str:
    """What a password becomes on disk. Raises UsageError for one that is too short."""
    if not SHORTEST <= len(password) <= LONGEST_PASSWORD:
        raise UsageError("a password has at least {shortest} characters", shortest=SHORTEST)
    return PasswordHasher().hash(password)


def _known(accounts: Mapping[str, Account], name: str) -> str:
    if name not in accounts:
        raise UsageError("there is no account {name}", name=name)
    return name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@cache
def _nobodys() -> str:
    """A hash that no password has."""
    return PasswordHasher().hash(secrets.token_hex(16))


class SignInThrottle:
    """How often somebody tried to sign in, in memory: each failure beyond FREE doubles the wait.

    Counted for the name and for the address, so that neither many names nor many machines help.
    """

    FREE: Final = 5
    LONGEST: Final = 300.0
    _MOST: Final = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = clock
        self._failed: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> float:
        """Seconds until another attempt is looked at."""
        with self._lock:
            return max((self._until(key) - self._now() for key in keys), default=0.0)

    def failed(self, *keys: str) -> None:
        """An attempt failed."""
        with self._lock:
            if len(self._failed) > self._MOST:
                self._failed = {key: one for key, one in self._failed.items() if self._until(key) > self._now()}
            for key in keys:
                self._failed[key] = self._failed.get(key, (0, 0.0))[0] + 1, self._now()

    def succeeded(self, *keys: str) -> None:
        """Somebody signed in."""
        with self._lock:
            for key in keys:
                self._failed.pop(key, None)

    def _until(self, key: str) -> float:
        count, at = self._failed.get(key, (0, 0.0))
        return at + min(2.0 ** (count - self.FREE), self.LONGEST) if count >= self.FREE else 0.0
