"""The function ``mac`` of statements: computed by this program for SQLite, and by the server for PostgreSQL.

A server cannot call back, and has no BLAKE2b. So there a MAC is a SHA-256 of what the record says, made with a key of
its own that is drawn from the journal's: each session is told that one, and nothing of it is stored.
"""

from hashlib import blake2b, sha256
from typing import Any, Final

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from importer.journal.integrity.keys import JournalKeys

SETTING: Final = "importer.mac_key"
"""Where a session keeps the key of its MACs."""

_BYTES: Final = 8
_NONE: Final = "-"
_BETWEEN: Final = "|"


class mac(FunctionElement[bytes]):  # noqa: N801 (a function of statements, called as those of SQLAlchemy's func are)
    """The check value of facts; the first is the name of a table, each other has its column's type."""

    name = "mac"
    type = LargeBinary()
    inherit_cache = True


@compiles(mac)
def _called(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"mac({compiler.process(element.clauses, **options)})"


@compiles(mac, "postgresql")
def _computed(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    name, *facts = element.clauses
    told = [
        f"current_setting('{SETTING}')",
        compiler.process(name, **options),
        *(f"coalesce({_as_text(fact.type, compiler.process(fact, **options))}, '{_NONE}')" for fact in facts),
    ]
    return f"substr(sha256(convert_to(concat_ws('{_BETWEEN}', {', '.join(told)}), 'UTF8')), 1, {_BYTES})"


def _as_text(kind: Any, fact: str) -> str:
    if isinstance(kind, Integer):
        return f"CAST({fact} AS TEXT)"
    if isinstance(kind, LargeBinary):
        return f"encode({fact}, 'hex')"
    if isinstance(kind, String):
        return f"encode(convert_to({fact}, 'UTF8'), 'hex')"
    raise TypeError(f"a fact of type {kind} has no check value")


class ServerKeys(JournalKeys):
    """The keys of a journal whose MACs a server computes."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.setting = blake2b(key, digest_size=32, person=b"server mac").hexdigest()

    def mac(self, *facts: str | int | bytes | None) -> bytes:
        """As ``JournalKeys.mac``, and as statements compute it there."""
        name, *others = facts
        told = _BETWEEN.join([self.setting, str(name), *map(_told, others)])
        return sha256(told.encode()).digest()[:_BYTES]


def _told(fact: str | int | bytes | None) -> str:
    if fact is None:
        return _NONE
    if isinstance(fact, bytes):
        return fact.hex()
    if isinstance(fact, str):
        return fact.encode().hex()
    return str(int(fact)) if isinstance(fact, int) else repr(fact)  # a column of another type: no record has that MAC
