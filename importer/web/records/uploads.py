"""The files that were uploaded: each in a folder of its own, beside the draft of its corrections."""

import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from importer.storage.private_files import make_folder
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.database import PageDatabase

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, size INTEGER NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS shares (upload TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (upload, name));
"""

_UPLOADS: Final = (
    "SELECT u.*, (SELECT json_group_array(s.name) FROM shares s WHERE s.upload = u.id) AS shared_with FROM uploads u"
)

_ID: Final = re.compile(r"[0-9a-f]{16}")
_LONGEST_STEM: Final = 160
"""Bytes of a name before its ending: ``.result.xlsx.manifest.json`` and the like have to fit behind it, into 255."""

_LONGEST_ENDING: Final = 16
_UNSAFE: Final = re.compile(r"[/\\:*?\"<>|\x00-\x1f\x7f]")


class _UploadPlace:
    """Where an upload lies and is shown, from its first byte on."""

    id: str
    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The file; once it is whole, it is never changed."""
        return self.folder / "input" / self.name

    @property
    def address(self) -> str:
        """Where its screens are."""
        return f"/files/{self.id}"


@dataclass(frozen=True)
class Upload(_UploadPlace):
    """A file that was uploaded.

    Attributes:
        id: Of the upload, as addresses have it.
        name: As its owner called it, made safe.
        owner: Who uploaded it.
        size: Bytes.
        at: When, in seconds since 1970.
        folder: Where everything about it is.
        shared_with: The operators who may work on it as its owner does.
    """

    id: str
    name: str
    owner: str
    size: int
    at: float
    folder: Path
    shared_with: tuple[str, ...] = ()

    def is_open_to(self, session: Session) -> bool:
        """Whether somebody may see its cells as they are, correct and import it; administrators always may."""
        mine = session.name == self.owner or session.name in self.shared_with
        return session.role is Role.ADMIN or (session.role is Role.OPERATOR and mine)

    def may_be_shared_by(self, session: Session) -> bool:
        """Whether somebody decides who else works on it: its owner, and administrators."""
        return session.role is Role.ADMIN or (session.role is Role.OPERATOR and session.name == self.owner)


@dataclass(frozen=True)
class Uploads:
    """The uploads of a page: received, looked up, shared, removed."""

    database: PageDatabase
    folder: Path

    def prepared(self, name: str) -> "Pending":
        """Where a new upload goes, until it is known to be whole."""
        new = secrets.token_hex(8)
        folder = self.folder / new
        make_folder(folder / "input")
        return Pending(self, new, folder, safe_name(name))

    def add(self, upload: Upload) -> None:
        """Record an upload whose file is there."""
        with self.database.writing() as db:
            row = (upload.id, upload.name, upload.owner, upload.size, upload.at)
            db.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?)", row)

    def clear_unfinished(self) -> None:
        """Remove what arrived in part while a server was killed; to be asked before anything arrives here."""
        with self.database.reading() as db:
            known = {id_ for (id_,) in db.execute("SELECT id FROM uploads")}
        for folder in self.folder.glob("*"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def get(self, upload_id: str) -> Upload | None:
        """The upload of an id."""
        if not _ID.fullmatch(upload_id):
            return None
        with self.database.reading() as db:
            found = db.execute(f"{_UPLOADS} WHERE id = ?", (upload_id,)).fetchone()
        return self._upload(found) if found else None

    def newest(self, session: Session, count: int) -> Sequence[Upload]:
        """The newest uploads that somebody may work on, newest first."""
        theirs = "? OR u.owner = ? OR u.id IN (SELECT s.upload FROM shares s WHERE s.name = ?)"  # of very many, few
        asked = (session.role is Role.ADMIN, session.name, session.name)
        with self.database.reading() as db:
            found = map(self._upload, db.execute(f"{_UPLOADS} WHERE {theirs} ORDER BY u.rowid DESC", asked))
            return list(islice((upload for upload in found if upload.is_open_to(session)), count))

    def all(self) -> Sequence[Upload]:
        """Every upload, the oldest first."""
        with self.database.reading() as db:
            found = db.execute(f"{_UPLOADS} ORDER BY u.rowid").fetchall()
        return [self._upload(row) for row in found]

    def remove(self, upload: Upload) -> None:
        """Remove an upload and its folder; what is left of that after a kill goes with ``clear_unfinished``."""
        with self.database.writing() as db:
            db.execute("DELETE FROM shares WHERE upload = ?", (upload.id,))
            db.execute("DELETE FROM uploads WHERE id = ?", (upload.id,))
        shutil.rmtree(upload.folder, ignore_errors=True)

    def share(self, upload: Upload, name: str) -> None:
        """Let somebody work on an upload as its owner does."""
        with self.database.writing() as db:
            db.execute("INSERT OR IGNORE INTO shares VALUES (?, ?)", (upload.id, name))

    def share_no_more(self, upload: Upload, name: str) -> None:
        """Let somebody work on an upload no longer; what they corrected stays."""
        with self.database.writing() as db:
            db.execute("DELETE FROM shares WHERE upload = ? AND name = ?", (upload.id, name))

    def count_and_size(self) -> tuple[int, int]:
        """How many there are, and their bytes."""
        with self.database.reading() as db:
            count, size = db.execute("SELECT count(*), ifnull(sum(size), 0) FROM uploads").fetchone()
        return count, size

    def _upload(self, row: "object") -> Upload:
        values = dict(row)  # type: ignore[call-overload] # sqlite3.Row is a mapping in all but name
        shared = tuple(sorted(json.loads(values.pop("shared_with"))))
        return Upload(**values, folder=self.folder / values["id"], shared_with=shared)


@dataclass(frozen=True)
class Pending(_UploadPlace):
    """An upload on its way."""

    uploads: Uploads
    id: str
    folder: Path
    name: str

    def finished(self, owner: str) -> Upload:
        """Record the upload: its file has arrived whole."""
        upload = Upload(self.id, self.name, owner, self.path.stat().st_size, time.time(), self.folder)
        self.uploads.add(upload)
        return upload

    def discard(self) -> None:
        """Remove what has arrived of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """A file name that is one name in one folder, whatever a browser sent; its ending is kept."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    plain = "".join(letter for letter in plain if letter.isprintable() and unicodedata.category(letter) != "Cf")
    plain = _UNSAFE.sub("_", plain).strip(" .")
    path = Path(plain or "file")
    return _cut(path.stem, _LONGEST_STEM) + _cut(path.suffix, _LONGEST_ENDING)


def _cut(text: str, most: int) -> str:
    """As much of a text as so many bytes hold."""
    return text.encode()[:most].decode(errors="ignore")
