"""What holds for every request and answer: the Host, the origin of changes, the headers, the language.

A page that somebody happens to have open may send requests to a port of this machine. What tells them is the Host
(where a name was made to point here: DNS rebinding), and the Origin and Sec-Fetch-Site that browsers add.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from importer.loopback import is_own_host, is_own_page
from importer.messages.language import language, speaking
from importer.web import words

LANGUAGE_COOKIE: Final = "importer_language"

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_PRIVATE: Final = "no-store"
_LASTING: Final = "public, max-age=31536000, immutable"
_SAFE: Final = frozenset({"GET", "HEAD"})


class OriginGuard:
    """Lets through what is addressed to this page, by itself; and dresses the answers."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with speaking(_language_of(headers)):
            if not self._is_for_us(headers):
                told = words.gettext("This address is not known here. Open the address that the server printed.")
                await PlainTextResponse(told, 421)(scope, receive, _dressed(send, scope))
            elif scope["method"] not in _SAFE and not is_own_page(headers, "http", "https"):
                told = words.gettext("Another page sent this. Nothing was done.")
                await PlainTextResponse(told, 403)(scope, receive, _dressed(send, scope))
            else:
                await self._answered(scope, receive, _dressed(send, scope))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; a defect was told and logged by then, and its traceback may hold cells: the server sees none."""
        with suppress(Exception):
            await self._app(scope, receive, send)

    def _is_for_us(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and is_own_host(hosts[0], self._hosts)


def _language_of(headers: Headers) -> str:
    chosen = cookie_parser(headers.get("cookie", "")).get(LANGUAGE_COOKIE, "")
    return chosen if chosen in words.LANGUAGES else words.preferred(headers.get("accept-language", ""))


def _dressed(send: Send, scope: Scope) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            is_static = scope["path"].startswith("/static/")
            headers.setdefault("cache-control", _LASTING if is_static else _PRIVATE)
            headers.setdefault("content-language", language())
        await send(message)

    return dressed
