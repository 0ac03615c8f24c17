"""What every screen works with: the settings of the server, and where the page keeps what is its own."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.journal.api_label import label_of
from importer.settings import load
from importer.web.access import sessions
from importer.web.access.accounts import Accounts, SignInThrottle
from importer.web.access.audit_trail import AuditTrail
from importer.web.access.sessions import Sessions
from importer.web.database import PageDatabase
from importer.web.records import jobs, remembered_mappings, uploads
from importer.web.records.jobs import Jobs
from importer.web.records.remembered_mappings import RememberedMappings
from importer.web.records.uploads import Uploads
from importer.web.tasks import Tasks

if TYPE_CHECKING:
    from starlette.requests import Request

    from importer.settings import Settings

_RECORDS: Final = "web.db"

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
        accounts: Who may sign in; None: whoever has the key that the server printed.
        tls: Certificate and key, where this server itself speaks TLS.
        behind_proxy: Whether all requests come from a proxy, which says for whom.
        metrics_token: File with the token by which ``/metrics`` may be asked for without a session; None: nobody may.
        tasks: What is being done in threads: reading and checking files.
    """

    settings: "Settings"
    max_upload: int = MAX_UPLOAD
    hosts: frozenset[str] = frozenset()
    secure: bool = False
    accounts: Accounts | None = None
    tls: tuple[Path, Path] | None = None
    behind_proxy: bool = False
    metrics_token: Path | None = None
    knocking: SignInThrottle = field(default_factory=SignInThrottle)
    tasks: Tasks = field(default_factory=Tasks)

    @property
    def folder(self) -> Path:
        """Where everything of the page is: private, below IMPORTER_HOME."""
        return self.settings.home.absolute() / "web"

    @property
    def is_there(self) -> bool:
        """Whether a page was ever served from this state folder."""
        return (self.folder / _RECORDS).is_file()

    @cached_property
    def database(self) -> PageDatabase:
        """The page's own records; made where it is missing."""
        schema = sessions.SCHEMA + uploads.SCHEMA + remembered_mappings.SCHEMA + jobs.SCHEMA
        made = PageDatabase(self.folder / _RECORDS, schema)
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
    def jobs(self) -> Jobs:
        """What was started here."""
        return Jobs(self.database, self.folder / "jobs")

    @cached_property
    def audit(self) -> AuditTrail:
        """Who did what."""
        return AuditTrail(self.folder / "audit.jsonl")

    @property
    def api(self) -> str:
        """The address that users are created at, as it may be shown."""
        return label_of(self.settings.url)

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
        """The settings of one import. Raises UsageError for an option that cannot be used."""
        told = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return load({**told, **options}, look_around=False)


def site_of(request: "Request") -> Site:
    """The page that a request belongs to."""
    site: Site = request.app.state.site
    return site
