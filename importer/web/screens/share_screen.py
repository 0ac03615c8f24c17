"""Who else works on a file: its owner lets other operators in, and takes that back."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.records.uploads import Upload
from importer.web.rendering import go
from importer.web.route_kinds import change
from importer.web.site import Site, site_of
from importer.web.uploads.open_upload import open_upload


def share(request: Request, session: Session, form: FormData) -> Response:
    """Let an operator work on a file, or (``no_more``) take that back."""
    opened, site = open_upload(request, session, to_change=True), site_of(request)
    if not opened.upload.may_be_shared_by(session):
        raise HTTPException(HTTPStatus.FORBIDDEN, "role")
    name, former = str(form.get("name", "")), str(form.get("no_more", ""))
    if former:
        site.uploads.share_no_more(opened.upload, former)
    elif name in others(site, opened.upload):
        site.uploads.share(opened.upload, name)
    return go(f"{opened.upload.address}/file#shared")


def others(site: Site, upload: Upload) -> Sequence[str]:
    """The operators who do not work on a file yet; none where people come in with keys: all of them may do all."""
    accounts = site.accounts.all() if site.accounts is not None else {}
    operators = {name for name, account in accounts.items() if account.role is Role.OPERATOR}
    return sorted(operators - {upload.owner, *upload.shared_with})


ROUTES: Final[list[BaseRoute]] = [change("/files/{upload}/share", share)]
