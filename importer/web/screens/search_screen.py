"""The search of **Check**: its text is personal, so it is sent in a form and kept, and stands in no address."""

from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.web.access.sessions import Session
from importer.web.rendering import go
from importer.web.route_kinds import change
from importer.web.uploads.open_upload import open_upload
from importer.web.uploads.problem_pages import Filter
from importer.web.uploads.saved_searches import keep_search


def search(request: Request, session: Session, form: FormData) -> Response:
    """Look for a text among the rows that are shown."""
    opened = open_upload(request, session, to_change=True)
    found = keep_search(opened.draft, str(form.get("search", "")).replace("\0", ""))
    asked = {name: str(form.get(name, "")) for name in ("code", "field", "status")}
    return go(f"{opened.upload.address}/check?{Filter.of({**asked, 'found': found}).query()}#problems")


ROUTES: Final[list[BaseRoute]] = [change("/files/{upload}/search", search, noted=False)]
