"""Templates → pages: everything is escaped, everything is said in the reader's language."""

import hashlib
import shutil
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from importer.messages.language import language
from importer.messages.text import number, spoken
from importer.web import words
from importer.web.access.roles import Role
from importer.web.site import site_of
from importer.web.tasks import Task

FOLDER: Final = Path(__file__).parent


@cache
def environment() -> Environment:
    """The templates, with what each of them may use: ``_``, ``ngettext``, ``number``, ``size``, ``moment``."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,  # and no trim_blocks: the newline behind {% endif %} is the space between two sentences
        extensions=["jinja2.ext.i18n"],
    )
    # newstyle: parameters are escaped, the sentence itself is ours
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined] # i18n's
    made.filters |= {"number": number, "size": words.size, "moment": words.moment, "clock": words.clock}
    made.filters |= {"field": words.field, "quoted": words.quoted, "heard": words.heard}
    made.filters |= {"spoken": spoken}
    made.globals |= {"languages": words.LANGUAGES, "static": _static_address}
    return made


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page; its template also knows the session, the language, the path, and whether there is a token."""
    session = getattr(request.state, "session", None)
    site = site_of(request)
    known = {
        "session": session,
        "csrf": session.csrf if session else "",
        "may_edit": session is not None and session.role.includes(Role.OPERATOR),
        "is_admin": session is not None and session.role is Role.ADMIN,
        "language": language(),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "has_token": site.has_token,
        "with_accounts": site.accounts is not None,
    }
    return HTMLResponse(environment().get_template(template).render(known | context), status)


def working(request: Request, task: Task, title: str, *, is_started: bool) -> HTMLResponse:
    """How far something is; the page comes again by itself. ``is_started``: as ``OpenUpload``."""
    watch = task.watch
    share = min(100, watch.done * 100 // watch.total) if watch.total else None
    return render(
        request, "working.html", title=title, step=watch.step, done=watch.done, share=share, is_started=is_started
    )


def go(path: str) -> RedirectResponse:
    """To another page, after something was changed: a reload repeats nothing."""
    return RedirectResponse(path, 303)


def handed_out(path: Path | None, folder: Path | None = None) -> Response:
    """A file to be kept, with its name; ``folder`` was made for it, and goes when it has left.

    Raises:
        HTTPException: 404, there is none.
    """
    clear = BackgroundTask(shutil.rmtree, folder, ignore_errors=True) if folder is not None else None
    if path is None:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise HTTPException(HTTPStatus.NOT_FOUND)
    name = f"attachment; filename*=utf-8''{quote(path.name)}"
    # octets whatever it is: a browser must not look into it
    headers = {"content-disposition": name}
    return FileResponse(path, media_type="application/octet-stream", headers=headers, background=clear)


@cache
def _static_address(name: str) -> str:
    """The address of a static file, another one for each content: browsers keep it."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
