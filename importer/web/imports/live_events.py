"""Telling an open page that something changed: one event each time that a run looks different."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from importer.web.access.sessions import Session
from importer.web.imports.run_view import RunView
from importer.web.route_kinds import follow

EVERY: Final = 1.0
"""Seconds between two looks."""

LONGEST: Final = 600
"""Looks after which the browser asks again: a session that has ended is noticed then."""


def live(path: str, looks: Callable[[Request, Session], object]) -> Route:
    """Tells "changed" whenever what ``looks`` gives is another thing, until it gives None."""

    async def events(request: Request, session: Session) -> AsyncIterator[tuple[str, str]]:
        shown: object = None
        for _ in range(LONGEST):
            found = await run_in_threadpool(looks, request, session)
            if shown is not None and found != shown:
                yield "changed", ""
            shown = found
            if found is None:
                return
            await asyncio.sleep(EVERY)

    return follow(path, events)


def looks_of(view: RunView) -> tuple[object, ...]:
    """What of a run's standing is seen on its page."""
    standing = view.standing
    told = (view.stage, view.is_unanswered, view.paused_by, standing.outage, view.message)
    return (*told, view.done, view.total, standing.done)
