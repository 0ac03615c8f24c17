"""The list of what is to be corrected, as a file: for whoever passes it on to those who know."""

import shutil
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.planning.mapped_input import closing_input, open_input, today
from importer.progress import Watch
from importer.reading.corrections import EditedTable
from importer.reporting.checked_file import write_to_be_fixed
from importer.validate_file import compared_input, planning_with
from importer.validation.survey import survey
from importer.web.access.roles import Role
from importer.web.access.sessions import Session
from importer.web.rendering import handed_out
from importer.web.route_kinds import show
from importer.web.uploads.open_upload import OpenUpload, open_upload
from importer.writing.rejected import MOST_IN_A_WORKBOOK


def download_list(request: Request, session: Session) -> Response:
    """The rows that only a person can put right, as they are corrected so far: what a run would leave as rejected."""
    opened = open_upload(request, session, to_change=True)
    checked = opened.draft.fact("checked")
    if not checked or checked.get("refusal"):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    folder = Path(mkdtemp(dir=opened.upload.folder))
    ending = "xlsx" if checked["rows"] <= MOST_IN_A_WORKBOOK else "csv"
    try:
        written = _written(opened, folder / f"{Path(opened.upload.name).stem}.result.{ending}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return handed_out(written, folder)


def _written(opened: OpenUpload, output: Path) -> Path | None:
    settings, watch = opened.settings, Watch()
    with closing_input(open_input(opened.upload.path, settings, today())) as opened_input:
        edited = replace(opened_input, table=EditedTable(opened_input.table, opened.draft.corrections()))
        with compared_input(edited, settings) as mapped, planning_with(mapped.mapping, settings) as (known, changes):
            found = survey(mapped, duplicates=settings.duplicates, watch=watch)
            return write_to_be_fixed(found, known, output, watch, changes)


ROUTES: Final[list[BaseRoute]] = [show("/files/{upload}/list", download_list, role=Role.OPERATOR, noted=True)]
