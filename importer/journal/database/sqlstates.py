"""What PostgreSQL reports, as far as it is the journal's surroundings that are at fault; told without its driver."""

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from importer.messages.text import Text

_LOST: Final = Text("its database cannot be reached, or the connection was lost")
_BUSY_TEXT: Final = Text("another process keeps it busy")
_DENIED: Final = Text("permission is denied")

_STORAGE: Final = {
    "53100": Text("the disk is full"),
    "53200": Text("there is not enough memory"),
    "53300": Text("the database has no connection left for this program"),
    "58030": Text("the disk reports an error"),
    "25006": Text("it is read-only (a standby?)"),
    "42501": _DENIED,
    "55P03": _BUSY_TEXT,
    "40001": _BUSY_TEXT,
    "40P01": _BUSY_TEXT,
    "57014": Text("the database cancelled a statement"),
}
"""SQLSTATE → what outside of the journal is in the way."""

_BUSY: Final = frozenset({"55P03", "40001", "40P01"})
_GONE: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
"""The server shuts down, has crashed, is starting, or has ended an idle session."""

_FULL: Final = frozenset({"53100", "58030"})

_REFUSED: Final = frozenset({"28000", "28P01", "3D000", "3F000"})
"""Wrong user, password, database or schema."""

_REFUSED_WORDS: Final = ("password", "authentication", "pg_hba.conf", 'role "', 'database "')
"""What such a refusal says while the connection is being made, when it has no SQLSTATE; in the server's language."""


def _original(exc: BaseException) -> BaseException | None:
    return exc.orig if isinstance(exc, DBAPIError) else exc


def _state(exc: BaseException) -> str | None:
    state = getattr(_original(exc), "sqlstate", "")
    return state if state is None or isinstance(state, str) else ""


def is_servers(exc: BaseException) -> bool:
    """Whether PostgreSQL's driver reports it."""
    return type(_original(exc)).__module__.startswith("psycopg")


def is_refused(exc: BaseException) -> bool:
    """Whether the server is there, and refuses who asks."""
    state = _state(exc)
    if state:
        return state in _REFUSED
    return is_servers(exc) and any(word in str(_original(exc)) for word in _REFUSED_WORDS)


def is_lost(exc: BaseException) -> bool:
    """Whether the session is gone, and another may be made."""
    if not is_servers(exc) or is_refused(exc):
        return False
    state = _state(exc)
    if not state:
        return isinstance(exc, OperationalError | InterfaceError) or type(exc).__name__ == "OperationalError"
    return state in _GONE or state.startswith("08") or state == "53300"


def is_busy(exc: BaseException) -> bool:
    """Whether waiting may help: another session holds the journal for the moment."""
    return is_servers(exc) and _state(exc) in _BUSY


def is_full(exc: BaseException) -> bool:
    """Whether the server's disk is full."""
    return is_servers(exc) and _state(exc) in _FULL


def reason_of(exc: BaseException) -> str | None:
    """What outside of the journal is in the way, for a person; None: its content is at fault."""
    return _LOST if is_lost(exc) else _STORAGE.get(_state(exc) or "")


def words_of(exc: BaseException) -> str:
    """What the server says of who asks: names of user, host and database."""
    return str(_original(exc)).strip().splitlines()[-1].strip().rpartition("FATAL:")[2].strip()


def reported(exc: BaseException) -> str:
    """What is wrong with the content, as far as the server says: nothing of the values."""
    return f"{type(_original(exc)).__name__} ({_state(exc)})"
