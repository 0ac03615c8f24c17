"""**Settings**, for administrators: where users are created, whether there is a token (never which), who did what."""

import re
from collections import deque
from itertools import islice
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.operations.doctor import Diagnosis, examine
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.imports.run_words import render_run
from importer.web.number_parameter import asked_page
from importer.web.route_kinds import change, show
from importer.web.site import Site, site_of
from importer.web.words import gettext as _

_LINES: Final = 100


def show_settings(request: Request, _session: Session) -> Response:
    """The settings."""
    return _rendered(request, [])


def look_at_connection(request: Request, _session: Session, _form: FormData) -> Response:
    """Look whether everything that an import needs is there; sends nobody."""
    return _rendered(request, list(examine(site_of(request).settings, dict, send=False)))


def show_audit(request: Request, _session: Session) -> Response:
    """The audit trail, newest first."""
    page = asked_page(request.query_params.get("page", ""))
    lines = site_of(request).audit.newest()
    deque(islice(lines, (page - 1) * _LINES), maxlen=0)
    shown = list(islice(lines, _LINES + 1))
    return render_run(
        request,
        "audit.html",
        lines=shown[:_LINES],
        page=page,
        more=len(shown) > _LINES,
        said=_said,
        where=_Where(site_of(request)),
    )


def _rendered(request: Request, found: list[Diagnosis]) -> Response:
    site = site_of(request)
    people = site.accounts.all().values() if site.accounts is not None else None
    return render_run(
        request,
        "settings.html",
        api=site.api,
        token=_token(site),
        found=found,
        people=people,
        journal=site.settings.journal_location,
        home=str(site.folder),
    )


def _token(site: Site) -> str:
    """Where the token comes from; nothing of it is shown."""
    told = site.settings
    if told.sandbox:
        return _("none is needed: the built-in sandbox takes everybody")
    if told.token_command:
        return _("from a command")
    if told.token_file:
        return _("from the file %(path)s") % {"path": told.token_file}
    if told.token is not None:
        return _("from the environment")
    return _("there is none: nothing can be imported")


class _Where:
    """Where somebody did something: the name of the file rather than its address."""

    def __init__(self, site: Site) -> None:
        self._site, self._names = site, dict[str, str]()

    def __call__(self, path: str) -> str:
        found = re.match(r"/files/([0-9a-f]{16})\b", path)
        if found is None:
            return path
        if found[1] not in self._names:
            upload = self._site.uploads.get(found[1])
            self._names[found[1]] = upload.name if upload else path
        return self._names[found[1]]


def _said(did: str) -> str:
    """What somebody did, in words; what has none stands as it is."""
    return {
        "sign_in": _("signed in"),
        "sign_in_failed": _("could not sign in"),
        "leave": _("signed out"),
        "upload": _("uploaded"),
        "share": _("changed who works on a file"),
        "read_as": _("chose how a file is read"),
        "choose": _("chose what the columns hold"),
        "forget": _("forgot what was remembered"),
        "put_cell": _("corrected cells"),
        "put_value": _("corrected cells"),
        "send_instead": _("chose between rows with one phone"),
        "undo": _("undid a correction"),
        "check_again": _("had a file checked again"),
        "start_import": _("started an import"),
        "act_on_import": _("changed a running import"),
        "act_on_run": _("changed a running import"),
        "correct": _("took rows for correction"),
        "prepare": _("had files made"),
        "download": _("downloaded"),
        "download_list": _("downloaded"),
        "look_at_connection": _("tested the connection"),
    }.get(did, did.replace("_", " "))


ROUTES: Final[list[BaseRoute]] = [
    show("/settings", show_settings, role=Role.ADMIN),
    change("/settings/test", look_at_connection, role=Role.ADMIN),
    show("/audit", show_audit, role=Role.ADMIN),
]
