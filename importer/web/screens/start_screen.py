"""The first screen: what can be dropped here, and the files that came last."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from importer.web.rendering import render
from importer.web.routing import show
from importer.web.screens.enter_screen import enter
from importer.web.sessions import Session
from importer.web.site import site_of

_NEWEST: Final = 5


def start(request: Request, session: Session) -> Response:
    """The drop area, and the last files."""
    site = site_of(request)
    newest = [upload for upload in site.uploads.newest(50) if upload.is_open_to(session)][:_NEWEST]
    return render(request, "start.html", uploads=newest, max_upload=site.max_upload)


async def _start(request: Request) -> Response:
    """``/?key=…`` lets somebody in; without a key it is the first screen."""
    if "key" in request.query_params:
        return await enter(request)
    answer: Response = await _SHOWN.endpoint(request)
    return answer


_SHOWN: Final = show("/", start)

ROUTES: Final[list[BaseRoute]] = [Route("/", _start, methods=["GET"])]
