"""Where a journal is, told without opening it (and so without the database library)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from importer.errors import UsageError
from importer.messages.text import Text
from importer.settings.journal_address import JournalAddress
from importer.storage.home_path import expanded
from importer.storage.trust import refuse_foreign

_SCHEME: Final = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SERVER: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SECRETS: Final = frozenset({"password", "sslpassword"})


@dataclass(frozen=True)
class Location:
    """A journal's place.

    Attributes:
        path: SQLite's file. Of a journal on a server the file that it would be in the state folder: what belongs to
            the journal on this machine lies beside it, the key, the runs' copies and what could not be recorded.
        key: The key file.
        server: Of a journal on a server, its address as libpq takes it; else "".
    """

    path: Path
    key: Path
    server: str = ""

    def __str__(self) -> str:
        """As messages name it: of a server no parameters, which may say more than a log should."""
        return self.server.partition("?")[0] or str(self.path)

    @property
    def address(self) -> str:
        """What ``--journal`` takes, also in another working folder."""
        return self.server or str(self.path)

    @property
    def runs(self) -> Path:
        """The folder of the runs' own files."""
        return beside(self.path, "runs")

    @property
    def unsaved(self) -> Path:
        """What could not be recorded because a server was gone: see ``journal.commits.unsaved_outcomes``."""
        return beside(self.path, "unsaved")


def location_of(address: str) -> Location:
    """Give the place that ``--journal`` names: a path, sqlite:/// and a path, or postgresql:// and a database.

    Raises:
        UsageError: An address of a kind that is not supported, none at all, or one with a password in it.
    """
    given = JournalAddress.of(address)
    scheme = _SCHEME.match(given)
    if scheme and scheme.group(1).lower() in _SERVER:
        path = given.home / "journal.db"
        rest = given[scheme.end() :]
        _refuse_password(rest)
        return Location(path, expanded(given.key or beside(path, "key")).absolute(), f"postgresql://{rest}")
    path = _file_of(given, scheme)
    return Location(path, expanded(given.key or beside(path, "key")).absolute())


def _file_of(address: str, scheme: re.Match[str] | None) -> Path:
    text = str(address)
    if scheme:
        if scheme.group(1).lower() != "sqlite" or not text[scheme.end() :].startswith("/"):
            raise UsageError(
                "The journal address begins with {scheme}: only sqlite:///PATH and postgresql://HOST/DATABASE are "
                "supported.",
                scheme=scheme.group(0),
            )
        text = text[scheme.end() + 1 :]
    if not text or text.startswith(":memory:"):
        raise UsageError(Text("The journal needs a file: sqlite:///PATH, or just the path."))
    path = expanded(text).absolute()
    if path.is_dir():
        raise UsageError(
            "The journal {path} is a folder; name a file in it, such as {example}.",
            path=path,
            example=path / "journal.db",
        )
    return path


def _refuse_password(rest: str) -> None:
    """Refuse a secret in an address, which ends in shell histories, process lists and logs; it is not repeated."""
    before, _, parameters = rest.partition("?")
    user, at, _ = before.rpartition("@")  # a password may hold anything
    named = {name for name, _ in parse_qsl(parameters, keep_blank_values=True)}
    split = "@" in parameters and "/" not in before  # at a question mark in the password
    if (at and ":" in user) or split or named & _SECRETS:
        raise UsageError(
            Text(
                "The journal's address has a password in it, where others can read it. Take it out, and give it in "
                "the variable PGPASSWORD or in the password file of PostgreSQL (~/.pgpass, or PGPASSFILE)."
            )
        )


def beside(path: Path, ending: str) -> Path:
    """Give a neighbour of the journal: ``key`` (file) or ``runs`` (folder)."""
    return path.with_name(f"{path.stem}.{ending}")


def is_there(path: Path, key: Path | None = None) -> bool:
    """Whether there is a journal in a file: an empty file with nothing beside it is none yet."""
    return path.exists() and (path.stat().st_size > 0 or (key or beside(path, "key")).exists())


def trusted(location: Location) -> Location:
    """Give the place of a journal, unless others could have changed it, its key or what stands in their folders.

    Raises:
        UsageError: With the command that mends it.
    """
    places = {
        Text("journal folder"): location.path.parent,
        Text("journal"): location.path,
        Text("key file"): location.key,
        Text("folder of the runs"): location.runs,
    }
    for what, place in places.items():
        if what != "journal" or not location.server:
            refuse_foreign(place, what)
    return location
