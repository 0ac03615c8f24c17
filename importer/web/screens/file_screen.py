"""Step 1, File: the upload, what was understood of it, each part of it changeable."""

from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.errors import StorageFailed, UsageError
from importer.model import CELL_OPTIONS
from importer.reading.formats import is_text
from importer.web import words
from importer.web.access.sessions import Session
from importer.web.number_parameter import number_parameter
from importer.web.records.uploads import Pending
from importer.web.rendering import go, working
from importer.web.route_kinds import CSRF, change, check_csrf, note, receive, show
from importer.web.screens.share_screen import others
from importer.web.site import site_of
from importer.web.tasks import Task
from importer.web.uploads.file_analysis import in_preview, served
from importer.web.uploads.old_uploads import remove_old_uploads
from importer.web.uploads.open_upload import needs_a_person, open_upload, render_step
from importer.web.uploads.upload_receiver import received

ENCODINGS: Final = ("utf-8", "windows-1251", "cp866", "koi8-r", "utf-16", "windows-1252", "mac-cyrillic")
DELIMITERS: Final = {",": ",", ";": ";", "tab": "⇥", "|": "|"}
_LONGEST: Final = 200
_OPTIONS: Final = (*CELL_OPTIONS, "region", "date_order", "duplicates", "accept_other_names")


async def upload(request: Request, session: Session) -> Response:
    """A file arrives."""
    site = site_of(request)

    def permitted(fields: dict[str, str]) -> None:
        check_csrf(session, fields.get(CSRF, ""))

    pending = await received(request, site.uploads, site.max_upload, permitted)
    return await run_in_threadpool(_kept, request, session, pending)


def _kept(request: Request, session: Session, pending: Pending) -> Response:
    """Record an upload that has arrived; what cannot be noted is not taken."""
    try:
        note(request, session, "upload", pending.address)
        uploaded = pending.finished(session.name)
    except StorageFailed:
        pending.discard()
        raise
    site = site_of(request)
    remove_old_uploads(site, site.settings.retention_days)  # a server stays up for months
    return go(f"{uploaded.address}/file")


def file(request: Request, session: Session, error: str = "") -> Response:
    """What was understood."""
    opened = open_upload(request, session)
    found = opened.understood()
    if isinstance(found, Task):
        return working(request, found, words.gettext("Reading the file"), is_started=opened.is_started)
    return render_step(
        request,
        "file.html",
        opened,
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        facts=found,
        is_text=is_text(found["format"]),
        options=dict.fromkeys(_OPTIONS, "") | opened.options,
        error=error,
        fields=served(found),
        wrong_in=in_preview,
        encodings=ENCODINGS,
        delimiters=DELIMITERS,
        orders=words.date_orders(),
        others=others(opened.site, opened.upload) if opened.upload.may_be_shared_by(session) else [],
        may_share=opened.upload.may_be_shared_by(session),
        reached=1 if found["refusal"] else 2 if needs_a_person(found) else 3,
    )


def read_as(request: Request, session: Session, form: FormData) -> Response:
    """Read it otherwise."""
    opened = open_upload(request, session, to_change=True)
    before = opened.options
    given = {name: str(form.get(name, "")).strip()[:_LONGEST] for name in _OPTIONS}
    options: dict[str, Any] = {name: value for name, value in before.items() if name not in _OPTIONS}
    options |= {name: value for name, value in given.items() if value}
    if options.get("header_row"):
        number = number_parameter(given["header_row"], -1)
        options["header_row"] = number if number >= 0 else given["header_row"]
    reading_changed = any(before.get(name) != options.get(name) for name in CELL_OPTIONS)
    if reading_changed:  # the columns may be others: their mapping is found out again
        options.pop("map", None)
        options.pop("full_name", None)
    try:
        opened.site.settings_for(options)
    except UsageError as exc:
        return file(request, session, words.explained(exc.sentence))
    if options != before:
        opened.decide(reading_changed=reading_changed, options=options)
    return go(f"{opened.upload.address}/file")


def begin(request: Request, session: Session) -> Response:
    """The address of an upload: its first step."""
    return go(f"{open_upload(request, session).upload.address}/file")


ROUTES: Final[list[BaseRoute]] = [
    receive("/upload", upload),
    show("/files/{upload}", begin),
    show("/files/{upload}/file", file),
    change("/files/{upload}/file", read_as),
]
