"""The users that were created: unique phones, unique e-mails, and a file that outlives the process."""

import os
import time
import uuid
from io import BufferedWriter
from pathlib import Path
from typing import Any

import orjson

from importer.errors import StorageFailed, UsageError
from importer.messages.text import Text


class User:
    """One created user.

    ``answered``: an answer with its freedom_id was sent whole. ``updates``: how often it was changed; ``requests``: how
    often that was asked for.
    """

    __slots__ = ("answered", "body", "created_at", "email_saved", "freedom_id", "phone", "requests", "updates")

    def __init__(self, freedom_id: str, phone: str, created_at: float, email_saved: bool, body: bytes) -> None:
        self.freedom_id, self.phone, self.created_at = freedom_id, phone, created_at
        self.email_saved, self.body = email_saved, body
        self.answered = False
        self.requests = self.updates = 0


class Users:
    """All users of one sandbox, in memory, and in an append-only file when ``path`` isn't "".

    Raises UsageError when the file can't be opened or isn't one of ours.
    """

    def __init__(self, path: str, keep_bodies: bool = True) -> None:
        self.by_phone: dict[str, User] = {}
        self.by_id: dict[str, User] = {}
        self.attempts: dict[str, int] = {}
        self.lost = 0
        self.pair: tuple[str, str] | None = None
        self.given = ""
        self._emails: dict[str, User] = {}
        self._keep_bodies = keep_bodies
        self._file: BufferedWriter | None = None
        if path:
            self._file = self._open(Path(path))

    def create(self, fields: dict[str, str], body: bytes) -> User:
        """A new user for a phone that is free. An e-mail that is taken is skipped, as documented."""
        email = fields.get("email", "").casefold()
        saved = bool(email) and email not in self._emails
        user = User(str(uuid.uuid4()), fields["phone"], time.time(), saved, body if self._keep_bodies else b"")
        self._add(user, email)
        if self._file:
            record = {"freedom_id": user.freedom_id, "phone": user.phone, "created_at": user.created_at}
            kept = orjson.loads(user.body) if user.body else {}
            self._write(record | {"email": email if saved else "", "body": kept})
        return user

    def is_taken(self, email: str, user: User) -> bool:
        """Whether an e-mail is another user's."""
        return self._emails.get(email.casefold(), user) is not user

    def update(self, user: User, fields: dict[str, str], *, clear: bool) -> None:
        """Change the fields named; ``clear``: and empty all others but the phone."""
        before = orjson.loads(user.body) if user.body else {}
        after = {"phone": user.phone, **({} if clear else before), **fields}
        del after["freedom_id"]
        if "email" in fields:
            if self._emails.get(before.get("email", "").casefold()) is user:
                del self._emails[before["email"].casefold()]
            self._emails[fields["email"].casefold()] = user
            user.email_saved = True
        if user.phone != after["phone"]:
            del self.by_phone[user.phone]
            user.phone = after["phone"]
            self.by_phone[user.phone] = user
        user.body = orjson.dumps(after) if self._keep_bodies else b""
        user.updates += 1
        self._write({"updated": user.freedom_id, "fields": fields, "clear": clear})

    def lose(self, user: User) -> None:
        """Note that the answer with this user's freedom_id was withheld, as a fault was ordered."""
        self.lost += 1
        self._write({"lost": user.freedom_id})

    def renew(self, given: str, access: str, refresh: str) -> None:
        """Keep the pair that is valid now; ``given``: the option it began with (another one ends it)."""
        self.given, self.pair = given, (access, refresh)
        self._write({"given": given, "access": access, "refresh": refresh})

    def listed(self) -> list[dict[str, Any]]:
        """Every user in the order of creation, as JSON values."""
        return [
            {
                "freedom_id": user.freedom_id,
                "phone": user.phone,
                "created_at": user.created_at,
                "attempts": self.attempts.get(user.phone, 0),
                "updates": user.updates,
                "update_attempts": user.requests,
                "answered": user.answered,
                "email_saved": user.email_saved,
                "body": orjson.loads(user.body) if user.body else {},
            }
            for user in self.by_phone.values()
        ]

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _add(self, user: User, email: str) -> None:
        self.by_phone[user.phone] = self.by_id[user.freedom_id] = user
        if user.email_saved:
            self._emails[email] = user

    def _write(self, record: dict[str, Any]) -> None:
        if not self._file:
            return
        try:
            self._file.write(orjson.dumps(record) + b"\n")
            self._file.flush()
        except OSError as exc:
            raise StorageFailed(Text("sandbox: the state file can't be written")) from exc

    def _open(self, path: Path) -> BufferedWriter:
        try:
            data = path.read_bytes() if path.exists() else b""
            whole = data[: data.rfind(b"\n") + 1]  # a kill may have cut the last line
            for line in whole.splitlines():
                self._replay(orjson.loads(line))
            file = open(path, "r+b" if data else "wb", opener=_private)  # noqa: SIM115 (closed by close())
            file.seek(len(whole))
            file.truncate()
        except OSError as exc:
            raise UsageError("sandbox: the state file can't be opened ({strerror})", strerror=exc.strerror) from exc
        except (orjson.JSONDecodeError, KeyError, TypeError) as exc:
            raise UsageError(Text("sandbox: the state file was not written by a sandbox")) from exc
        return file  # type: ignore[return-value]  # both modes give a buffered binary writer

    def _replay(self, record: dict[str, Any]) -> None:
        if "lost" in record:
            self.lost += 1
        elif "updated" in record:
            self.update(self.by_id[record["updated"]], record["fields"], clear=record["clear"])
        elif "access" in record:
            self.given, self.pair = record["given"], (record["access"], record["refresh"])
        else:
            body = orjson.dumps(record["body"]) if record["body"] else b""
            email = record["email"]
            self._add(User(record["freedom_id"], record["phone"], record["created_at"], bool(email), body), email)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
