"""Coming in with a key, leaving, and the language."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from importer.web import words
from importer.web.guarding import LANGUAGE_COOKIE
from importer.web.rendering import go, render
from importer.web.routing import COOKIE, change, with_cookie
from importer.web.sessions import Role, Session
from importer.web.site import site_of

_A_YEAR: Final = 365 * 24 * 3600


async def enter(request: Request) -> Response:
    """The key of the address that the server printed, or one that was typed, becomes a session."""
    if request.method == "POST":
        key = str((await request.form(max_files=0, max_fields=5)).get("key", ""))
    else:
        key = request.query_params.get("key", "")
    secret = await run_in_threadpool(site_of(request).sessions.enter, key.strip())
    if secret is None:
        return render(request, "enter.html", 401, wrong_key=True)
    return with_cookie(RedirectResponse("/", 303), request, secret)


def leave(request: Request, _session: Session, _form: FormData) -> Response:
    """End the session."""
    site_of(request).sessions.end(request.cookies.get(COOKIE, ""))
    answer = go(request, "/")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


async def choose_language(request: Request) -> Response:
    """Remember the language in a cookie; nothing else changes, so that a link may do it."""
    back = request.query_params.get("back", "/")
    local = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if local else "/", 303)
    chosen = request.path_params["language"]
    if chosen in words.LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_A_YEAR, httponly=True, samesite="lax", path="/")
    return answer


ROUTES: Final[list[BaseRoute]] = [
    Route("/enter", enter, methods=["POST"]),
    Route("/language/{language}", choose_language),
    change("/leave", leave, role=Role.VIEWER),
]
