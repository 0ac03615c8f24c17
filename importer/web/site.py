"""What every screen works with: the settings of the server, and where the page keeps what is its own."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.settings import load
from importer.web import remembered, sessions, uploads
from importer.web.database import Database
from importer.web.remembered import RememberedMappings
from importer.web.sessions import Sessions
from importer.web.tasks import Tasks
from importer.web.uploads import Uploads

if TYPE_CHECKING:
    from starlette.requests import Request

    from importer.settings import Settings

MAX_UPLOAD: Final = 200_000_000
"""Bytes of an upload, unless --max-upload says otherwise."""


@dataclass(frozen=True)
class Site:
    """One page.

    Attributes:
        settings: What ``importer serve`` was told; each import adds its own options to them.
        max_upload: Bytes that an upload may have.
        hosts: Names under which the page may be asked for, beside those of this machine.
        secure: Whether browsers come over TLS.
        tasks: What is being done in threads: reading and checking files.
    """

    settings: "Settings"
    max_upload: int = MAX_UPLOAD
    hosts: frozenset[str] = frozenset()
    secure: bool = False
    tasks: Tasks = field(default_factory=Tasks)

    @property
    def folder(self) -> Path:
        """Where everything of the page is: private, below IMPORTER_HOME."""
        return self.settings.home.absolute() / "web"

    @cached_property
    def database(self) -> Database:
        """The page's own records; made where it is missing."""
        schema = sessions.SCHEMA + uploads.SCHEMA + remembered.SCHEMA
        made = Database(self.folder / "web.db", schema)
        made.prepare()
        return made

    @cached_property
    def sessions(self) -> Sessions:
        """Keys and sessions."""
        return Sessions(self.database)

    @cached_property
    def uploads(self) -> Uploads:
        """The files that were uploaded."""
        return Uploads(self.database, self.folder / "uploads")

    @cached_property
    def remembered(self) -> RememberedMappings:
        """The mappings of headers that came before."""
        return RememberedMappings(self.database)

    @property
    def has_token(self) -> bool:
        """Whether somebody told where the API's token is; what it is stays on the server."""
        told = self.settings
        return bool(told.sandbox or told.token or told.token_file or told.token_command)

    def settings_for(self, options: dict[str, Any]) -> "Settings":
        """The settings of one import.

        Raises:
            UsageError: An option that cannot be used.
        """
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return load({**told, **options}, look_around=False)


def site_of(request: "Request") -> Site:
    """The page that a request belongs to."""
    site: Site = request.app.state.site
    return site
