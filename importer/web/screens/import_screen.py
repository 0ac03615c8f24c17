"""**Import**: what would happen, the start, and how it goes; what may be done with a run while it goes."""

import re
from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.errors import UsageError
from importer.journal import Journal
from importer.journal.run_requests import RunRequest, withdraw_request
from importer.messages.language import language
from importer.messages.text import Text
from importer.operations.pausing import pause_run, stop_run
from importer.web.access.sessions import Session
from importer.web.charts import line_of
from importer.web.imports.live_events import live, looks_of
from importer.web.imports.run_view import RunView, Stage, view_of_job, view_of_run
from importer.web.imports.run_words import render_run
from importer.web.records.uploads import Upload
from importer.web.rendering import go
from importer.web.route_kinds import change, show
from importer.web.screens.result_screen import permitted
from importer.web.site import Site, site_of
from importer.web.uploads.forecasting import CANARY, changes_of, forecast, to_be_typed
from importer.web.uploads.open_upload import upload_of
from importer.web.uploads.ready_input import freeze, put_back

LAST_STEP: Final = 5


def show_import(request: Request, session: Session) -> Response:
    """The forecast and the start; or how the import goes."""
    return _rendered(request, session, site_of(request), upload_of(request))


def start_import(request: Request, session: Session, form: FormData) -> Response:
    """Freeze the input and start its process; its result speaks as they do, unless the server was told a language."""
    site, upload = site_of(request), upload_of(request)
    _require_own(session, upload)
    first = form.get("how") == "first"
    told = forecast(site, upload)
    if not told.is_checked or not told.sendable:
        return go(f"{upload.address}/import")
    if form.get("shown", told.of) != told.of:
        return _rendered(request, session, site, upload, changed=True)
    if not site.has_token:
        raise UsageError(Text("the server has no token for Freedom ID; whoever runs it can start it with --token-file"))
    if told.must_be_typed and (told.updating or not first) and _typed(form) != told.sendable:
        return _rendered(request, session, site, upload, not_confirmed=True)
    with site.jobs.starting:
        view = _view(request)
        if view is None or not view.stage.is_live:
            changes, ready = changes_of(upload), freeze(site, upload)
            more = {"language": site.settings.language or language()} | ({"limit": CANARY} if first else {})
            settings = site.settings_for(ready.options | more)
            site.jobs.start(session.name, "import", settings, input_=ready.path, upload=upload.id, changes=changes)
    return go(f"{upload.address}/import")


def _typed(form: FormData) -> int:
    """The number that somebody typed, with or without spaces and commas; -1: none."""
    text = re.sub(r"[\s,.]", "", str(form.get("confirm", "")))
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def act_on_import(request: Request, session: Session, form: FormData) -> Response:
    """Pause, resume, stop, or go on with, the import of an upload."""
    site, upload = site_of(request), upload_of(request)
    _require_own(session, upload)
    view = _view(request)
    if view is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    action = request.path_params["action"]
    if action == "go-on" and (left := to_be_typed(site, view)) and _typed(form) != left:
        return _rendered(request, session, site, upload, not_confirmed=True)
    act(site, view, action, session.name)
    return go(f"{upload.address}/import")


def act_on_run(request: Request, session: Session, _form: FormData) -> Response:
    """The same for a run of the history: who works on its file may, and an administrator."""
    view = permitted(request, session)
    action = request.path_params["action"]
    if view.job is not None and action == "go-on" and to_be_typed(site_of(request), view):
        return go(f"/files/{view.job.upload}/import")  # where the number is typed
    act(site_of(request), view, action, session.name)
    return go(f"/history/{request.path_params['run']}")


def act(site: Site, view: RunView, action: str, by: str) -> None:
    """Do what a button says. Raises UsageError: that cannot be done to this run."""
    if action == "stop" and view.job is not None:
        at_work = view.job.is_alive
        site.jobs.stopped(view.job, by)
        if at_work:
            return
    if view.run is not None and action in {"pause", "resume", "stop", "go-on"}:
        with Journal.open(site.settings.journal_location) as journal:
            if action == "pause":
                pause_run(journal, view.run, by)
            elif action == "stop":
                stop_run(journal, view.run, by)
            else:
                withdraw_request(journal.database, view.run.id, RunRequest.PAUSE)
    if action == "go-on":
        if view.job is None:
            run = view.run.id if view.run else ""
            raise UsageError("this run was not started here: importer run --resume {run} goes on with it", run=run)
        put_back(site, view.job, view.run)
        site.jobs.go_on(view.job)


def _view(request: Request) -> RunView | None:
    site = site_of(request)
    job = site.jobs.of_upload(request.path_params["upload"])
    return view_of_job(site, job) if job is not None else None


def _import_looks(request: Request, _session: Session) -> object:
    view = _view(request)
    return None if view is None else looks_of(view)


def _run_looks(request: Request, session: Session) -> object:
    site, view = site_of(request), view_of_run(site_of(request), session, request.path_params["run"])
    made = view.run is not None and any(job.is_alive for job in site.jobs.of_run(view.run.id) if job.kind == "report")
    return looks_of(view), made


def _rendered(
    request: Request,
    session: Session,
    site: Site,
    upload: Upload,
    *,
    not_confirmed: bool = False,
    changed: bool = False,
) -> Response:
    view = _view(request)
    going = view is not None and view.stage.is_live
    refused = HTTPStatus.UNPROCESSABLE_ENTITY if not_confirmed else HTTPStatus.CONFLICT
    return render_run(
        request,
        "import.html",
        refused if not_confirmed or changed else HTTPStatus.OK,
        upload=upload,
        view=view,
        going=going,
        forecast=None if going or _is_of_now(view, upload) else forecast(site, upload),
        canary=CANARY,
        to_be_typed=to_be_typed(site, view) if view is not None else 0,
        line=line_of(view.standing.samples) if view is not None else None,
        not_confirmed=not_confirmed,
        changed=changed,
        is_own=upload.is_open_to(session),
        actions=f"{upload.address}/import",
        api=site.api,
        reached=LAST_STEP if view is not None and view.run is not None else LAST_STEP - 1,
    )


def _is_of_now(view: RunView | None, upload: Upload) -> bool:
    """Whether an import was begun with all that is corrected: there is nothing else to start."""
    if view is None or view.job is None or view.stage not in {Stage.FINISHED, Stage.WAITS}:
        return False
    return view.job.changes == changes_of(upload)


def _require_own(session: Session, upload: Upload) -> None:
    if not upload.is_open_to(session):
        raise HTTPException(HTTPStatus.FORBIDDEN, "role")


ROUTES: Final[list[BaseRoute]] = [
    show("/files/{upload}/import", show_import),
    change("/files/{upload}/import", start_import),
    live("/files/{upload}/import/live", _import_looks),
    change("/files/{upload}/import/{action}", act_on_import, ending="stop"),
    live("/history/{run}/live", _run_looks),
    change("/history/{run}/{action}", act_on_run, ending="stop"),
]
