"""The kinds of routes: show, change, receive, follow; who may use them is decided here, for all of them."""

import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from importer.errors import StorageFailed, UsageError
from importer.storage.trust import refuse_foreign
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.rendering import go, render
from importer.web.site import Site, site_of
from importer.web.storage_trouble import Trouble, trouble_of

log = logging.getLogger("importer")

COOKIE: Final = "importer_session"
CSRF: Final = "csrf"
_MOST_FIELDS: Final = 5_000
_SHORTEST_TOKEN: Final = 16

LookScreen = Callable[[Request, Session], Response]
ChangeScreen = Callable[[Request, Session, FormData], Response]
ReceiveScreen = Callable[[Request, Session], Awaitable[Response]]
FollowScreen = Callable[[Request, Session], AsyncIterator[tuple[str, str]]]


def show(path: str, screen: LookScreen, *, role: Role = Role.VIEWER, noted: bool = False) -> Route:
    """A page to look at: ``screen(request, session)``, called in a thread; ``noted``: in the audit trail."""

    async def answer(request: Request, session: Session) -> Response:
        if noted and request.method == "GET":  # of a head nobody has anything
            await run_in_threadpool(note, request, session, screen.__name__)
        return await run_in_threadpool(screen, request, session)

    return _route(path, "GET", screen.__name__, role, answer)


def change(
    path: str, screen: ChangeScreen, *, role: Role = Role.OPERATOR, noted: bool = True, ending: str = ""
) -> Route:
    """A form that was sent: ``screen(request, session, form)``, called in a thread, once its CSRF token was checked.

    ``noted``: in the audit trail, as all that is a change. ``ending``: the action that is done also where there is no
    room to note it, for it ends what fills the disk; the log has it then.
    """

    async def answer(request: Request, session: Session) -> Response:
        form = await form_of(request)
        check_csrf(session, str(form.get(CSRF, "")))
        if noted:
            try:
                await run_in_threadpool(note, request, session, screen.__name__)
            except StorageFailed as exc:
                ends = ending and request.path_params.get("action") == ending
                if not ends or trouble_of(exc) is not Trouble.NO_ROOM:
                    raise
                log.warning("%s: %s, noted nowhere else: there is no room", session.name, request.url.path)
        return await run_in_threadpool(screen, request, session, form)

    return _route(path, "POST", screen.__name__, role, answer)


async def form_of(request: Request, most_fields: int = _MOST_FIELDS) -> FormData:
    """The form; raises HTTPException 400, without the library's English words, where it is none of the page's."""
    try:
        return await request.form(max_files=0, max_fields=most_fields)
    except HTTPException as exc:
        raise HTTPException(exc.status_code) from exc


def receive(path: str, screen: ReceiveScreen) -> Route:
    """A body that the screen reads itself, whose CSRF token it checks and which it notes: an upload."""
    return _route(path, "POST", screen.__name__, Role.OPERATOR, screen)


def follow(path: str, events: FollowScreen) -> Route:
    """Events as they happen: ``events(request, session)`` gives their names and texts, while somebody listens."""

    async def answer(request: Request, session: Session) -> Response:
        async def told() -> AsyncIterator[ServerSentEvent]:
            async for name, text in events(request, session):
                yield ServerSentEvent(text, event=name)

        return EventSourceResponse(told(), ping=15)

    return _route(path, "GET", events.__name__, Role.VIEWER, answer)


def _route(path: str, method: str, name: str, role: Role, answer: ReceiveScreen) -> Route:
    """A route that answers those who are known and may do it."""

    async def endpoint(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return refused(request)
        if not session.role.includes(role):
            raise HTTPException(HTTPStatus.FORBIDDEN, "role")
        return await answer(request, session)

    return Route(path, endpoint, methods=[method], name=name)


async def session_of(request: Request) -> Session | None:
    """Who asks; None where nobody is known."""
    secret = request.cookies.get(COOKIE, "")
    session = await run_in_threadpool(_session_of, site_of(request), secret) if secret else None
    request.state.session = session
    return session


def _session_of(site: Site, secret: str) -> Session | None:
    """The session of a secret: with accounts as long as the account is there, its password the same, its role now."""
    session = site.sessions.of(secret)
    if session is None or site.accounts is None:
        return session if session is None or not session.since else None
    account = site.accounts.of(session.name)
    if account is None or account.since != session.since:
        return None
    return replace(session, role=account.role)


def has_metrics_token(request: Request) -> bool:
    """Whether a request brings the bearer token of --metrics-token-file; the file is read each time."""
    path = site_of(request).metrics_token
    if path is None:
        return False
    scheme, _, brought = request.headers.get("authorization", "").partition(" ")
    with suppress(UsageError):
        return scheme.lower() == "bearer" and hmac.compare_digest(brought.strip().encode(), metrics_token(path))
    return False


def metrics_token(path: Path) -> bytes:
    """The token of a file.

    Raises:
        UsageError: it cannot be read, others may write it, or it is too short to be a secret.
    """
    refuse_foreign(path, "the metrics token file")
    try:
        token = path.read_bytes().strip()
    except OSError as exc:
        raise UsageError("{path}: cannot be read ({strerror})", path=path, strerror=exc.strerror) from exc
    if len(token) < _SHORTEST_TOKEN:
        raise UsageError("{path}: a token of at least {count} characters is expected", path=path, count=_SHORTEST_TOKEN)
    return token


def note(request: Request, session: Session, did: str, what: str = "") -> None:
    """Write into the audit trail who does something, before it is done; ``what``: to what, if not to the address.

    Raises:
        StorageFailed: It cannot be written.
    """
    where = what or request.url.path
    site_of(request).audit.note(session.name, did, where, role=str(session.role), address=client_of(request))


def client_of(request: Request) -> str:
    """The address that a request comes from; behind a proxy the last one that this proxy told."""
    told = request.headers.get("x-forwarded-for", "") if site_of(request).behind_proxy else ""
    return told.rpartition(",")[2].strip()[:64] or (request.client.host if request.client else "")


def check_csrf(session: Session, token: str) -> None:
    """Raise HTTPException 403 where a form is not one of the session's own."""
    if not hmac.compare_digest(session.csrf.encode(), token.encode()):
        raise HTTPException(HTTPStatus.FORBIDDEN, "csrf")


def refused(request: Request) -> Response:
    """What somebody without a session sees."""
    return render(request, "enter.html", 401, wrong_key=False)


def come_in(request: Request, secret: str) -> Response:
    """To the first screen, with a session for the browser."""
    response, secure = go("/"), site_of(request).secure
    response.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=secure, path="/")
    return response
