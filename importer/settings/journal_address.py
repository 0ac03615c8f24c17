"""The journal's address, together with where on this machine lies what belongs to it."""

import os
from pathlib import Path
from typing import Self

from platformdirs import user_state_path

from importer.storage.home_path import expanded


class JournalAddress(str):
    """A path, ``sqlite:///PATH`` or ``postgresql://HOST/DATABASE``; a str, to be shown and compared as one.

    Attributes:
        home: The state folder: a journal on a server keeps the copies of the inputs there.
        key: The key file that was named, or None.
    """

    __slots__ = ("home", "key")
    home: Path
    key: Path | None

    def __new__(cls, text: str, home: Path, key: Path | None = None) -> Self:
        """Take the address; ``home`` and ``key`` as above."""
        made = super().__new__(cls, text)
        made.home, made.key = home.absolute(), key
        return made

    @classmethod
    def of(cls, text: str) -> "JournalAddress":
        """Complete a plain text by what the environment says."""
        if isinstance(text, JournalAddress):
            return text
        key = os.environ.get("IMPORTER_KEY_FILE")
        return cls(text, state_folder(), Path(key) if key else None)


def state_folder() -> Path:
    """The state folder that the environment names, or the platform's."""
    named = os.environ.get("IMPORTER_HOME")
    return expanded(named) if named else user_state_path("freedom-id-importer", appauthor=False)
