"""Every address of the page: a screen is a file in ``screens`` with its ROUTES, and a line here."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from importer.web.page_metrics import metrics_text
from importer.web.rendering import FOLDER
from importer.web.route_kinds import has_metrics_token, refused, session_of
from importer.web.screens import (
    check_screen,
    columns_screen,
    enter_screen,
    file_screen,
    history_screen,
    import_screen,
    list_screen,
    result_screen,
    search_screen,
    settings_screen,
    share_screen,
    start_screen,
)
from importer.web.site import site_of


def routes() -> list[BaseRoute]:
    """All of them, in the order in which they are tried."""
    return [
        Route("/healthz", _healthz),
        Route("/metrics", _metrics),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
        *enter_screen.ROUTES,
        *start_screen.ROUTES,
        *file_screen.ROUTES,
        *share_screen.ROUTES,
        *columns_screen.ROUTES,
        *check_screen.ROUTES,
        *search_screen.ROUTES,
        *list_screen.ROUTES,
        *history_screen.ROUTES,
        *result_screen.ROUTES,
        *import_screen.ROUTES,
        *settings_screen.ROUTES,
    ]


async def _metrics(request: Request) -> Response:
    """Figures for Prometheus: for whoever has a session, or the token of --metrics-token-file."""
    if not has_metrics_token(request) and await session_of(request) is None:
        return refused(request)
    text = await run_in_threadpool(metrics_text, site_of(request))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


async def _healthz(_request: Request) -> Response:
    """Whether the server lives: for whoever watches it."""
    return PlainTextResponse("ok\n")
