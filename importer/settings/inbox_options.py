"""The table ``[inbox]`` of a configuration: where the files come in, and whose they are."""

from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from importer.storage.home_path import expanded

ANY_FILE: Final = "*"
_Given = Annotated[Path, AfterValidator(expanded)]


class InboxSource(BaseModel):
    """``[[inbox.source]]``: the files of one sender. What is not named here is an option of ``run``.

    Attributes:
        match: Names of its files, with ``*`` and ``?``; small and capital letters alike.
        name: How it is called in messages and remembered in the journal; its ``match`` where none is given.
        profile: TOML file with its mapping and options; a relative path starts at the configuration file's folder.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    match: str = Field(min_length=1)
    name: str = ""
    profile: _Given | None = None

    @property
    def title(self) -> str:
        """Its name for messages, and for the journal."""
        return self.name or self.match

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of ``run`` for these files, and ``notify``: who is told of them."""
        return self.model_extra or {}


class InboxSettings(BaseModel):
    """``[inbox]``: the folder, and the senders; the first one that matches counts.

    Files of nobody's are imported with the common options.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dir: _Given | None = None
    source: tuple[InboxSource, ...] = ()

    def source_of(self, name: str) -> InboxSource:
        """The source that a file of this name belongs to."""
        matching = (one for one in self.source if fnmatch(name.lower(), one.match.lower()))
        return next(matching, InboxSource(match=ANY_FILE))
