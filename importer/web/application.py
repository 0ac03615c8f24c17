"""The application: routes, what guards them, and pages for what goes wrong."""

import logging
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from importer.errors import ImporterError, StorageFailed
from importer.web.access.origin_guard import OriginGuard
from importer.web.rendering import go, render
from importer.web.routes import routes
from importer.web.site import Site
from importer.web.storage_trouble import trouble_of
from importer.web.words import explained

log = logging.getLogger("importer")


def create_app(site: Site) -> ASGIApp:
    """The page as ASGI application, the guard around all of it: also the page of a defect has its headers and words.

    Raises:
        StorageFailed: Its folder cannot be written.
    """
    site.database  # noqa: B018 (made here, so that a disk that refuses is known before anybody comes)
    app = Starlette(
        routes=routes(),
        exception_handlers={HTTPException: _told, ImporterError: _explained, Exception: _defect},
    )
    app.router.redirect_slashes = False  # behind a proxy the address of such an answer would be another one
    app.state.site = site
    return OriginGuard(app, hosts=site.hosts)


async def _told(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 (what this handler is registered for)
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
        # the answer to a form was shown at an address that takes forms alone: what it is of stands above it
        return go(request.url.path.rpartition("/")[0] or "/")
    reason = "" if exc.detail == HTTPStatus(exc.status_code).phrase else exc.detail
    told = render(request, "error.html", exc.status_code, kind=str(exc.status_code), reason=reason, message="")
    told.headers.update(exc.headers or {})
    return told


async def _explained(request: Request, exc: Exception) -> Response:
    """An error that says what to do."""
    assert isinstance(exc, ImporterError)  # noqa: S101 (what this handler is registered for)
    if isinstance(exc, StorageFailed):
        log.error("%s", exc.sentence)  # where and why is for whoever runs the server
        trouble = trouble_of(exc)
        return render(request, "error.html", trouble.status, kind=str(trouble), reason="", message="")
    status = 422
    return render(request, "error.html", status, kind="explained", reason="", message=explained(exc.sentence))


async def _defect(request: Request, exc: Exception) -> Response:
    """A defect of this program: what was raised may hold people's data, so only its kind is told."""
    log.error("a defect of the page at %s (%s)", request.scope.get("path", ""), type(exc).__name__)
    log.debug("defect", exc_info=exc)
    return render(request, "error.html", 500, kind="defect", reason="", message="")
