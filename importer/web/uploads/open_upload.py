"""What a screen asks of an upload: to be understood, to be checked; done once, in a thread, and kept in its draft."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from importer.messages.masking import masked
from importer.settings import Settings
from importer.web import words
from importer.web.access.sessions import Session
from importer.web.records.uploads import Upload
from importer.web.rendering import render
from importer.web.site import Site, site_of
from importer.web.tasks import Task, TaskWatch
from importer.web.uploads.checking import check
from importer.web.uploads.draft import Draft
from importer.web.uploads.file_analysis import NOTHING, understand

_AT_ONCE: Final = 1.5
"""Seconds that a page waits for a task: of most files the result is there by then."""


CHOSEN: Final = "chosen"
REMEMBERED: Final = "remembered"
"""Whence a mapping came that the header did not give."""


@dataclass(frozen=True)
class OpenUpload:
    """An upload as somebody works with it.

    Attributes:
        may_edit: Whether they may change it; who may not sees its cells masked.
    """

    site: Site
    upload: Upload
    draft: Draft
    session: Session
    may_edit: bool

    @property
    def options(self) -> dict[str, Any]:
        """How it is to be read, mapped and cleaned, as far as anybody said so."""
        found: dict[str, Any] = self.draft.fact("options", {})
        return found

    @property
    def settings(self) -> Settings:
        """The settings that ``options`` make. Raises UsageError for an option that cannot be used."""
        return self.site.settings_for(self.options)

    @property
    def is_started(self) -> bool:
        """Whether an import of it was ever started: then something may have been sent."""
        return self.site.jobs.of_upload(self.upload.id) is not None

    def shown(self, cell: str) -> str:
        """A cell as they may see it."""
        return cell if self.may_edit else masked(cell)

    def understood(self) -> dict[str, Any] | Task:
        """What ``understand`` found; the task, while it is looking."""
        return self._found("understood", self._understand)

    def checked(self) -> dict[str, Any] | Task:
        """What ``check`` kept: {"refusal": why it cannot be checked, …}; the task, while it is checking."""
        return self._found("checked", self._check)

    def decide(self, *, reading_changed: bool, **facts: Any) -> None:
        """Keep decisions; what was found out before them is found out again."""
        self.site.tasks.end(self.upload.id)
        more = {"map_from": None} if reading_changed and "map_from" not in facts else {}
        self.draft.record(understood=None, checked=None, **more, **facts)

    def check_again(self) -> None:
        """Check all rows anew."""
        self.site.tasks.end(self.upload.id)
        self.draft.record(checked=None)

    def refuse_while_busy(self) -> None:
        """Raise HTTPException 409 where all rows are being checked: what is changed meanwhile could not be shown."""
        if self.site.tasks.running(self.upload.id) is not None:
            raise HTTPException(
                HTTPStatus.CONFLICT, words.gettext("All rows are being checked just now. Try again in a moment.")
            )

    def _found(self, name: str, work: Any) -> dict[str, Any] | Task:
        found: dict[str, Any] | None = self.draft.fact(name)
        if found is not None:
            return found

        def failed(why: str) -> None:
            self.draft.record(**{name: {**NOTHING, "refusal": why}})

        task = self.site.tasks.begin(self.upload.id, work, failed, _AT_ONCE)
        if not task.ended.done():
            return task
        found = self.draft.fact(name)
        return {**NOTHING} if found is None else found

    def _understand(self, watch: TaskWatch) -> None:
        options = self.options
        found = understand(self.upload.path, self.site.settings_for(options), watch)
        if "whole_header" in found and "map" not in options and not self.draft.fact("forgotten", default=False):
            remembered = self.site.remembered.of(found["whole_header"])
            if remembered is not None:
                options |= {"map": list(remembered.map), "full_name": remembered.full_name}
                again = understand(self.upload.path, self.site.settings_for(options), watch)
                if not again["refusal"] and not again["question"]:
                    origin = {"kind": REMEMBERED, "name": remembered.name, "at": remembered.at}
                    self.draft.record(understood=again, options=options, map_from=origin)
                    return
        self._remember(found, options)
        self.draft.record(understood=found)

    def _remember(self, found: dict[str, Any], options: dict[str, Any]) -> None:
        """What somebody chose, and what works, is for every file with this header."""
        origin = self.draft.fact("map_from")
        if origin is not None and origin["kind"] == CHOSEN and "map" in options and not needs_a_person(found):
            self.site.remembered.remember(
                found["whole_header"], options["map"], options.get("full_name", ""), origin["name"], self.upload.name
            )

    def _check(self, watch: TaskWatch) -> None:
        check(self.upload.path, self.settings, self.draft, watch)


def upload_of(request: Request) -> Upload:
    """The upload that an address names; raises HTTPException 404 where there is none."""
    upload = site_of(request).uploads.get(request.path_params["upload"])
    if upload is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return upload


def open_upload(request: Request, session: Session, *, to_change: bool = False) -> OpenUpload:
    """The upload that an address names, to be worked with.

    Raises:
        HTTPException: 404 where there is none, 403 where it may not be changed.
    """
    site, upload = site_of(request), upload_of(request)
    if not upload.path.is_file():
        raise HTTPException(HTTPStatus.NOT_FOUND)
    mine = upload.is_open_to(session)
    if to_change and not mine:
        raise HTTPException(HTTPStatus.FORBIDDEN, "role")
    return OpenUpload(site, upload, Draft.of(upload.folder), session, mine)


def render_step(
    request: Request, template: str, opened: OpenUpload, status: int = HTTPStatus.OK, **context: Any
) -> Response:
    """The page of a step; its template also knows the upload, and what its reader may see and change."""
    about = {"upload": opened.upload, "may_change": opened.may_edit, "is_started": opened.is_started}
    return render(request, template, status, **about, cell=opened.shown, **context)


def needs_a_person(found: Mapping[str, Any]) -> bool:
    """Whether an understood file cannot be checked before somebody decides something."""
    return bool(found["refusal"] or found["question"] or found["unexplained"])


def chosen_by(session: Session) -> dict[str, Any]:
    """Who chose something, and when."""
    return {"kind": CHOSEN, "name": session.name, "at": time.time()}
