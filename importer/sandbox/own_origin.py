"""Who may look at the sandbox and order its faults: programs on this machine, and no web page of anybody else.

A page that a developer happens to have open can send requests to a port of his machine. What tells them is the Origin
(and Sec-Fetch-Site) that browsers add; where the page's own name was made to point here (DNS rebinding), the Host.
"""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from importer.loopback import is_own_host

_OWN_SITES = frozenset({"same-origin", "none"})


class OwnOriginOnly:
    """Answers 403 to requests that a foreign web page makes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not is_own(Headers(scope=scope)):
            refusal = b'{"error": {"message": "Only programs on this machine may use this address.", "code": 403}}'
            await Response(refusal, 403, media_type="application/json")(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_own(headers: Headers) -> bool:
    """Whether a request is addressed to this machine by a name of its own, and not by another site's page."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    return (
        len(hosts) == 1
        and is_own_host(hosts[0])
        and all(origin.lower() == f"http://{hosts[0].lower()}" for origin in origins)
        and headers.get("sec-fetch-site", "none").lower() in _OWN_SITES
    )
