"""**Result** of an upload, and a run of the **History**: what became of everybody, why, and the files to take home."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.messages.masking import MASK
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.charts import bar_of, line_of
from importer.web.imports.result_files import causes_of, finished_job, make_files, may_take, upload_of_rejected
from importer.web.imports.run_view import RunView, view_of_job, view_of_run
from importer.web.imports.run_words import ORDER, render_run
from importer.web.records.uploads import Upload
from importer.web.rendering import go, handed_out
from importer.web.route_kinds import change, show
from importer.web.site import site_of
from importer.web.uploads.open_upload import upload_of


def show_result(request: Request, session: Session) -> Response:
    """The result of an upload's newest import."""
    upload = upload_of(request)
    job = site_of(request).jobs.of_upload(upload.id)
    if job is None:
        return go(f"{upload.address}/import")
    view = view_of_job(site_of(request), job)
    if view.run is None or view.stage.is_live:
        return go(f"{upload.address}/import")
    return _rendered(request, session, view, upload)


def show_run(request: Request, session: Session) -> Response:
    """A run of the history, while it is under way and after."""
    return _rendered(request, session, view_of_run(site_of(request), session, request.path_params["run"]), None)


def prepare(request: Request, session: Session, _form: FormData) -> Response:
    """Make the files of a run."""
    view = permitted(request, session)
    make_files(site_of(request), view, session)
    return go(f"/history/{request.path_params['run']}")


def correct(request: Request, session: Session, _form: FormData) -> Response:
    """The rows that can be put right become an upload of their own, at its check."""
    view = permitted(request, session)
    job = finished_job(site_of(request), view)
    if job is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return go(f"{upload_of_rejected(site_of(request), view, job, session).address}/check")


def download(request: Request, session: Session) -> Response:
    """A file of a run."""
    view = permitted(request, session)
    job = finished_job(site_of(request), view)
    return handed_out(job.files().get(request.path_params["kind"]) if job is not None else None)


def _rendered(request: Request, session: Session, view: RunView, upload: Upload | None) -> Response:
    site, run = site_of(request), view.run
    assert run is not None  # noqa: S101 (a run was looked up)
    job = finished_job(site, view) if not view.stage.is_live else None
    told = job or next((job for job in site.jobs.of_run(run.id) if job.summary.get("causes")), None)
    made = next((one for one in site.jobs.of_run(run.id) if one.kind == "report"), None) if job is None else None
    making = made is not None and made.is_alive
    owns = may_take(site_of(request), session, view)
    return render_run(
        request,
        "result.html",
        view=view,
        run=run,
        upload=upload,
        parts=bar_of(view.counts, ORDER),
        line=line_of(view.standing.samples),
        causes=causes_of(told),
        files={kind: path.stat().st_size for kind, path in job.files().items()} if job and owns else {},
        mask=MASK,
        making=making,
        not_made=made.message if made is not None and not making else "",
        may_take=owns,
        has_files=job is not None,
        actions=f"/history/{run.id}",
    )


def permitted(request: Request, session: Session) -> RunView:
    """The run of an address; raises HTTPException 403 for who may not have its cells, nor act on it."""
    view = view_of_run(site_of(request), session, request.path_params["run"])
    if not may_take(site_of(request), session, view):
        raise HTTPException(HTTPStatus.FORBIDDEN, "role")
    return view


ROUTES: Final[list[BaseRoute]] = [
    show("/files/{upload}/result", show_result),
    show("/history/{run}", show_run),
    change("/history/{run}/files", prepare),
    change("/history/{run}/correct", correct),
    show("/history/{run}/files/{kind}", download, role=Role.OPERATOR, noted=True),
]
