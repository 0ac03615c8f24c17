"""Every address of the page: a screen is a file in ``screens`` with its ROUTES, and a line here."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from importer.web.rendering import FOLDER
from importer.web.screens import (
    check_screen,
    columns_screen,
    enter_screen,
    file_screen,
    history_screen,
    import_screen,
    result_screen,
    settings_screen,
    start_screen,
)


def routes() -> list[BaseRoute]:
    """All of them, in the order in which they are tried."""
    return [
        Route("/healthz", _healthz),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
        *enter_screen.ROUTES,
        *start_screen.ROUTES,
        *file_screen.ROUTES,
        *columns_screen.ROUTES,
        *check_screen.ROUTES,
        *history_screen.ROUTES,
        *result_screen.ROUTES,
        *import_screen.ROUTES,
        *settings_screen.ROUTES,
    ]


async def _healthz(_request: Request) -> Response:
    """Whether the server lives: for whoever watches it."""
    return PlainTextResponse("ok\n")
