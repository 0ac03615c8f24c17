"""The first screen: what can be dropped here, and the files that came last."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from importer.reading.formats import usual_endings
from importer.web.access.sessions import Session
from importer.web.rendering import render
from importer.web.route_kinds import show
from importer.web.screens.enter_screen import enter
from importer.web.site import site_of
from importer.writing.template_workbook import write_template

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NEWEST: Final = 5
_ACCEPTED: Final = ",".join(dict.fromkeys(Path(f"table{ending}").suffix for ending in usual_endings()))
"""What a browser offers first: it looks at the last ending alone."""


def start(request: Request, session: Session) -> Response:
    """The drop area, and the last files."""
    site = site_of(request)
    newest = site.uploads.newest(session, _NEWEST)
    return render(request, "start.html", uploads=newest, max_upload=site.max_upload, accepted=_ACCEPTED)


def template(request: Request, _session: Session) -> Response:
    """The empty workbook that ``importer template`` writes."""
    folder = site_of(request).folder
    with TemporaryDirectory(dir=folder) as made:
        path = Path(made) / "template.xlsx"
        write_template(path)
        content = path.read_bytes()
    name = {"content-disposition": 'attachment; filename="template.xlsx"'}
    return Response(content, media_type=_XLSX, headers=name)


async def _start(request: Request) -> Response:
    """``/?key=…`` lets somebody in; without a key it is the first screen, and for a preview that asks for its head."""
    if "key" in request.query_params and request.method == "GET":
        return await enter(request)
    answer: Response = await _SHOWN.endpoint(request)
    return answer


_SHOWN: Final = show("/", start)

ROUTES: Final[list[BaseRoute]] = [Route("/", _start, methods=["GET"]), show("/template.xlsx", template)]
