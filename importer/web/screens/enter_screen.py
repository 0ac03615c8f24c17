"""Coming in with a key, leaving, and the language."""

import math
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from importer.web import words
from importer.web.access.accounts import LONGEST_NAME
from importer.web.access.origin_guard import LANGUAGE_COOKIE
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.rendering import go, render
from importer.web.route_kinds import COOKIE, change, client_of, come_in, form_of
from importer.web.site import Site, site_of

_MOST_FIELDS: Final = 5
_A_YEAR: Final = 365 * 24 * 3600


async def enter(request: Request) -> Response:
    """The key of the address that the server printed, or one that was typed, becomes a session."""
    site, form = site_of(request), {}
    if request.method == "POST":
        form = {name: str(value) for name, value in (await form_of(request, _MOST_FIELDS)).items()}
    if site.accounts is not None:
        return await run_in_threadpool(_sign_in, request, site, form.get("name", ""), form.get("password", ""))
    key = form.get("key") or request.query_params.get("key", "")
    return await run_in_threadpool(_come_in, request, site, key.strip())


def _come_in(request: Request, site: Site, key: str) -> Response:
    """A key becomes a session; who tries others again and again has to wait."""
    address = f"address {client_of(request)}"
    if (wait := site.knocking.wait(address)) > 0:
        return render(request, "enter.html", 429, wrong_key=False, wait=math.ceil(wait))
    secret = site.sessions.enter(key)
    if secret is None:
        site.knocking.failed(address)
        return render(request, "enter.html", 401, wrong_key=True)
    site.knocking.succeeded(address)
    return come_in(request, secret)


def _sign_in(request: Request, site: Site, name: str, password: str) -> Response:
    """Name and password become a session; who fails again and again has to wait."""
    assert site.accounts is not None  # noqa: S101 (asked before)
    name, address = name.strip()[:LONGEST_NAME], client_of(request)
    keys = (f"name {name}", f"address {address}")
    if (wait := site.knocking.wait(*keys)) > 0:
        return render(request, "enter.html", 429, wrong_key=False, wait=math.ceil(wait), name=name)
    account = site.accounts.check(name, password)
    if account is None:
        site.knocking.failed(*keys)
        site.audit.note(name, "sign_in_failed", "/enter", address=address)
        return render(request, "enter.html", 401, wrong_key=True, name=name)
    site.knocking.succeeded(*keys)
    site.audit.note(name, "sign_in", "/enter", role=str(account.role), address=address)
    secret = site.sessions.begin(account.name, account.role, account.since)
    return come_in(request, secret)


def leave(request: Request, _session: Session, _form: FormData) -> Response:
    """End the session."""
    site_of(request).sessions.end(request.cookies.get(COOKIE, ""))
    answer = go("/")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


async def choose_language(request: Request) -> Response:
    """Remember the language in a cookie; nothing else changes, so that a link may do it."""
    back = request.query_params.get("back", "/")
    local = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = go(back if local else "/")
    chosen = request.path_params["language"]
    if chosen in words.LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_A_YEAR, httponly=True, samesite="lax", path="/")
    return answer


ROUTES: Final[list[BaseRoute]] = [
    Route("/enter", enter, methods=["POST"]),
    Route("/language/{language}", choose_language),
    change("/leave", leave, role=Role.VIEWER),
]
