"""Step 2, Columns: which column serves which field, and why; what was decided is remembered for the same header."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.errors import UsageError
from importer.web import words
from importer.web.access.sessions import Session
from importer.web.rendering import go, working
from importer.web.route_kinds import change, show
from importer.web.tasks import Task
from importer.web.uploads.column_choices import CHOICES, NAME_ORDERS, columns_of, first_names, requests_of
from importer.web.uploads.open_upload import chosen_by, needs_a_person, open_upload, render_step


def columns(request: Request, session: Session, error: str = "") -> Response:
    """Every column with its samples, its field and the reason."""
    opened = open_upload(request, session)
    found = opened.understood()
    if isinstance(found, Task):
        return working(request, found, words.gettext("Reading the file"), is_started=opened.is_started)
    if found["refusal"]:
        return go(f"{opened.upload.address}/file")
    origin = opened.draft.fact("map_from")
    made = columns_of(found, origin)
    return render_step(
        request,
        "columns.html",
        opened,
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        question=error or found["question"],
        columns=made,
        has_phone=any(column.field == "phone" for column in made),
        unexplained=found["unexplained"],
        full_name=found["full_name"],
        choices=CHOICES,
        orders=NAME_ORDERS,
        first_names=first_names(made),
        origin=origin,
        remembered=opened.site.remembered.of(found["whole_header"]),
        reached=2 if needs_a_person(found) else 3,
    )


def choose(request: Request, session: Session, form: FormData) -> Response:
    """Take a choice in, and remember it for files with this header."""
    opened = open_upload(request, session, to_change=True)
    found = opened.understood()
    if isinstance(found, Task) or found["refusal"]:
        return go(f"{opened.upload.address}/columns")
    results = found["results"]
    chosen = {
        at: field if (field := str(form.get(f"column-{at}", ""))) in CHOICES else ""
        for at in range(len(found["letters"]))
        if at not in results
    }
    if "phone" not in chosen.values():
        without = words.gettext(
            "A column of phones is needed: without a phone nobody can be created. Choose the column that holds them."
        )
        return columns(request, session, without)
    requests, whole = requests_of(chosen, found["letters"], found.get("columns", {}))
    order = str(form.get("order", ""))
    options = opened.options | {"map": requests}
    options.pop("full_name", None)
    if whole:
        options["full_name"] = order if order in NAME_ORDERS else NAME_ORDERS[0]
    try:
        opened.site.settings_for(options)
    except UsageError as exc:
        return columns(request, session, words.explained(exc.sentence))
    opened.decide(reading_changed=False, options=options, map_from=chosen_by(session), forgotten=None)
    return go(f"{opened.upload.address}/check")


def forget(request: Request, session: Session, _form: FormData) -> Response:
    """Forget what was remembered for this header: its names decide again."""
    opened = open_upload(request, session, to_change=True)
    found = opened.understood()
    if not isinstance(found, Task) and "whole_header" in found:
        opened.site.remembered.forget(found["whole_header"])
    options = {name: value for name, value in opened.options.items() if name not in {"map", "full_name"}}
    opened.decide(reading_changed=True, options=options, forgotten=True)
    return go(f"{opened.upload.address}/columns")


ROUTES: Final[list[BaseRoute]] = [
    show("/files/{upload}/columns", columns),
    change("/files/{upload}/columns", choose),
    change("/files/{upload}/columns/forget", forget),
]
