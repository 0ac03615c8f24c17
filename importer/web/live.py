"""Telling an open page that something changed: server-sent events, one each time that it looks different."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from importer.web.routing import refused, session_of
from importer.web.run_view import RunView
from importer.web.sessions import Session

EVERY: Final = 1.0
"""Seconds between two looks."""

LONGEST: Final = 600
"""Looks after which the browser asks again: a session that has ended is noticed then."""


def live(path: str, view: Callable[[Request, Session], RunView | None]) -> Route:
    """Tells "changed" whenever what ``view`` gives looks different, until nobody works on it any more."""

    async def endpoint(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return refused(request)
        return EventSourceResponse(_changes(request, session, view))

    return Route(path, endpoint, methods=["GET"], name=f"{view.__name__}_live")


async def _changes(
    request: Request, session: Session, view: Callable[[Request, Session], RunView | None]
) -> AsyncIterator[dict[str, str]]:
    shown: object = None
    for _ in range(LONGEST):
        found = await run_in_threadpool(view, request, session)
        looks = looks_of(found) if found is not None else None
        if shown is not None and looks != shown:
            yield {"event": "changed", "data": ""}
        shown = looks
        if found is None or await request.is_disconnected():
            return
        await asyncio.sleep(EVERY if found.stage.is_live else 5 * EVERY)


def looks_of(view: RunView) -> tuple[object, ...]:
    """What of a run's standing is seen on its page."""
    return (view.stage, view.done, view.total, view.paused_by, view.standing.outage, view.standing.done, view.message)
