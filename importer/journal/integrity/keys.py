"""Keyed hashes of phones, keyed check values of what is recorded, and the stored form of FreedomIDs.

The journal outlives the inputs, so it holds no phone: only BLAKE2b-128 under a random key that lies in a file of
its own. Without the key a hash says nothing, though a phone has few digits.
"""

import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

from importer.errors import BooksDontBalance, UsageError
from importer.storage.private_files import write_private

_KEY_BYTES: Final = 32
_HASH_BYTES: Final = 16
UUID_BYTES: Final = 16
"""Of the stored form of a FreedomID that is a UUID; any other text takes more or fewer."""

_MAC_BYTES: Final = 8
_PRINT_BYTES: Final = 4
_SPAN_BYTES: Final = 32


class JournalKeys:
    """Hashes phones under one key of 32 random bytes."""

    def __init__(self, key: bytes) -> None:
        self._keyed = blake2b(digest_size=_HASH_BYTES, key=key)  # copied: the key is taken in only once
        self._keyed_mac = blake2b(digest_size=_MAC_BYTES, key=key, person=b"mac")
        self._keyed_print = blake2b(digest_size=_PRINT_BYTES, key=key, person=b"print")
        self._keyed_span = blake2b(digest_size=_SPAN_BYTES, key=key, person=b"span")
        self.fingerprint = blake2b(key, digest_size=8, person=b"fingerprint").hexdigest()

    def of(self, phone: str) -> bytes:
        """Give the 16 bytes that stand for a phone."""
        digest = self._keyed.copy()
        digest.update(phone.encode())
        return digest.digest()

    def mac(self, *facts: str | int | bytes | None) -> bytes:
        """Give the 8 bytes that only these facts, in this order, have under this key (see ``macs``)."""
        digest = self._keyed_mac.copy()
        digest.update(repr(facts).encode())
        return digest.digest()

    def macs_of(self, name: str, facts: Sequence[Sequence[str | int | bytes | None]]) -> list[bytes]:
        """Give ``mac(name, *record)`` of records, whose facts stand column by column."""
        return [self.mac(name, *record) for record in zip(*facts, strict=True)]

    def span_digest(self, name: str) -> "blake2b":
        """Begin a digest of many records (see ``verified_spans``); ``name``: what they have in common."""
        digest = self._keyed_span.copy()
        digest.update(f"{name}\0".encode())
        return digest

    def prints_of(self, phone: bytes) -> Callable[[str, str], bytes]:
        """Give what gives the 4 bytes that stand for (kind, text) of a user: those of two users tell nothing alike.

        See ``field_prints``.
        """
        of_user = self._keyed_print.copy()
        of_user.update(phone)

        def print_of(kind: str, text: str) -> bytes:
            digest = of_user.copy()
            digest.update(f"{kind}\0{text}".encode())
            return digest.digest()

        return print_of


def create_key(path: Path) -> JournalKeys:
    """Load the key file, or make it: complete from its first moment, 0600.

    Raises:
        OSError: It cannot be written.
        BooksDontBalance: There is one and it is not a key.
    """
    if not path.exists():
        write_private(path, os.urandom(_KEY_BYTES))
    return load_key(path)


def load_key(path: Path, fingerprint: str = "", kind: type[JournalKeys] = JournalKeys) -> JournalKeys:
    """Read the key file; ``fingerprint`` is what the journal expects, "" for anything.

    Raises:
        UsageError: There is no such file.
        BooksDontBalance: It is not the key of this journal.
    """
    if not path.is_file():
        raise UsageError(
            "The key file {path} of the journal is missing: without it no phone can be looked up. "
            "Put it back from where the journal was backed up or copied from; it belongs beside the "
            "journal.",
            path=path,
        )
    key = path.read_bytes()
    keys = kind(key[:_KEY_BYTES])
    if len(key) != _KEY_BYTES or (fingerprint and keys.fingerprint != fingerprint):
        raise BooksDontBalance(
            "The key file {path} does not belong to the journal beside it: every phone would look "
            "new. Nothing was sent. Put back the key file that was made with this journal.",
            path=path,
        )
    return keys


def id_to_bytes(freedom_id: str) -> bytes | None:
    """Give a FreedomID's stored form: a UUID in its usual spelling takes 16 bytes, any other text its UTF-8.

    None for "".
    """
    if not freedom_id:
        return None
    try:
        packed = bytes.fromhex(freedom_id.replace("-", ""))
    except ValueError:
        packed = b""
    if len(packed) == UUID_BYTES and id_from_bytes(packed) == freedom_id:
        return packed
    raw = freedom_id.encode("utf-8", "replace")
    return raw + b"\0" if len(raw) == UUID_BYTES else raw


def id_from_bytes(stored: bytes | None) -> str:
    """Undo ``id_to_bytes``; "" for None."""
    if stored is None:
        return ""
    if len(stored) != UUID_BYTES:
        return stored.rstrip(b"\0").decode("utf-8", "replace")
    # a fifth of what the class takes, and a report of a million rows does it a million times
    return f"{stored[:4].hex()}-{stored[4:10].hex('-', 2)}-{stored[10:].hex()}"
