"""The Starlette part: looking at the sandbox, ordering other faults, and everything that isn't there.

It is for programs on this machine, and for no web page of anybody else. One that a developer happens to have open can
send requests to a port of his machine. What tells them is the Origin (and Sec-Fetch-Site) that browsers add; where the
page's own name was made to point here (DNS rebinding), the Host.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from importer.errors import UsageError
from importer.loopback import is_own_host, is_own_page
from importer.sandbox.service import Service

CAUGHT_PATH: Final = "/_sandbox/caught"
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def make_control(service: Service, changed: Callable[[], Awaitable[None]]) -> Starlette:
    """Routes under /_sandbox/: users, stats, options, faults (POST), caught (where redirects lead).

    ``changed`` is awaited after options were changed, before that is answered. Other sites' web pages are refused.
    """

    async def users(_request: Request) -> Response:
        return _json(service.users.listed())

    async def stats(_request: Request) -> Response:
        return _json(service.summary())

    async def options(_request: Request) -> Response:
        return _json(_shown(service))

    async def faults(request: Request) -> Response:
        try:
            changes = orjson.loads(await request.body())
            if not isinstance(changes, dict):
                return _json({"error": {"message": "a JSON object of options is expected"}}, 400)
            service.change(changes)
        except orjson.JSONDecodeError:
            return _json({"error": {"message": "a JSON object of options is expected"}}, 400)
        except UsageError as exc:
            return _json({"error": {"message": str(exc)}}, 400)
        await changed()
        return _json(_shown(service))

    async def caught(request: Request) -> Response:
        service.stats.redirects_followed += 1
        service.stats.redirects_with_bearer += "authorization" in request.headers
        return _json({"caught": True})

    routes = [
        Route("/_sandbox/users", users),
        Route("/_sandbox/stats", stats),
        Route("/_sandbox/options", options),
        Route("/_sandbox/faults", faults, methods=["POST"]),
        Route(CAUGHT_PATH, caught, methods=_METHODS),
    ]
    return Starlette(
        routes=routes, exception_handlers={HTTPException: _missing}, middleware=[Middleware(OwnOriginOnly)]
    )


class OwnOriginOnly:
    """Answers 403 to requests that a foreign web page makes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not _is_own(Headers(scope=scope)):
            refusal = b'{"error": {"message": "Only programs on this machine may use this address.", "code": 403}}'
            await Response(refusal, 403, media_type="application/json")(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    """Whether a request is addressed to this machine by a name of its own, and not by another site's page."""
    hosts = headers.getlist("host")
    return len(hosts) == 1 and is_own_host(hosts[0]) and is_own_page(headers, "http")


async def _missing(_request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    return _json({"error": {"message": "No such address or method.", "code": status}}, status)


def _shown(service: Service) -> dict[str, Any]:
    return asdict(service.options) | {"seed": service.seed, "token": "…", "refresh_token": "…"}


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
