"""Step 3, Check: every row was looked at; what is wrong by cause, and each wrong cell to be put right in its place."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.messages.wording import headline, suggests
from importer.model import Status
from importer.web import words
from importer.web.access.sessions import Session
from importer.web.imports.live_events import live
from importer.web.number_parameter import number_parameter
from importer.web.rendering import go, working
from importer.web.route_kinds import change, show
from importer.web.tasks import Task
from importer.web.uploads import cell_edits
from importer.web.uploads.change_notice import told_of
from importer.web.uploads.draft import Edit, corrections, last_change
from importer.web.uploads.open_upload import OpenUpload, needs_a_person, open_upload, render_step
from importer.web.uploads.problem_pages import (
    PAGE_ROWS,
    Filter,
    WrongRow,
    cells_with,
    duplicates_of,
    overview,
    row_of,
    rows_of_phone,
    typed_over,
    with_breaks,
)
from importer.web.uploads.problem_pages import wrong_rows as find_rows
from importer.web.uploads.saved_searches import with_search
from importer.web.uploads.shown_rows import columns_to_show, needed, shown_rows

_RIGHT: Final = frozenset({Status.NOT_SENT, Status.ALREADY_IMPORTED})
"""Statuses of rows that need nobody: they are shown whole."""


def check(
    request: Request, session: Session, wanted: Filter | None = None, conflict: dict[str, Any] | None = None
) -> Response:
    """Counts, causes, and a page of wrong rows."""
    opened = open_upload(request, session)
    facts = opened.understood()
    if isinstance(facts, Task):
        return working(request, facts, words.gettext("Reading the file"), is_started=opened.is_started)
    if needs_a_person(facts):
        return go(f"{opened.upload.address}/{'file' if facts['refusal'] else 'columns'}")
    checked = opened.checked()
    if isinstance(checked, Task):
        return working(request, checked, words.gettext("Checking every row"), is_started=opened.is_started)
    wanted = with_search(opened, wanted or Filter.of(dict(request.query_params)))
    refusal = checked.get("refusal", "")
    context = {} if refusal else _found(opened, facts, wanted)
    told = (
        "" if refusal else told_of(opened, request.query_params.get("done", ""), request.query_params.get("undone", ""))
    )
    return render_step(
        request,
        "check.html",
        opened,
        HTTPStatus.CONFLICT if conflict else HTTPStatus.OK,
        refusal=refusal,
        findings=checked.get("findings", []),
        conflict=conflict,
        told=told,
        headline=headline,
        suggests=suggests,
        **({"wanted": wanted} | context),
    )


def _found(opened: OpenUpload, facts: dict[str, Any], wanted: Filter) -> dict[str, Any]:
    known = opened.draft.known_until_changed("overview", overview)
    with opened.draft.database.reading() as db:
        total, rows = find_rows(db, wanted, known["total"] if wanted == Filter(page=wanted.page) else None)
        pages = max(1, -(-total // PAGE_ROWS))
        if wanted.page > pages:  # what stood there is corrected
            wanted = replace(wanted, page=pages)
            total, rows = find_rows(db, wanted, total)
        numbers = [row.row for row in rows]
        duplicates = duplicates_of(db, rows) if wanted.asks_for_duplicates else []
        numbers += [row.row for group in duplicates for row in group]
        edited = corrections(db, numbers)
        fields = columns_to_show(facts)
        made = {**known, "last": last_change(db, opened.session.name)}
    shown_duplicates = [shown_rows(group, facts, edited, fields, opened.shown) for group in duplicates]
    return made | {
        "total": total,
        "rows": shown_rows(rows, facts, edited, fields, opened.shown),
        "fields": fields if wanted.status in _RIGHT else needed(rows, facts, fields),
        "all_fields": fields,
        "same_phone": shown_duplicates,
        "wanted": wanted,
        "first": (wanted.page - 1) * PAGE_ROWS + 1,
        "pages": pages,
    }


def put_cell(request: Request, session: Session, form: FormData) -> Response:
    """One cell; or, where ``all`` was pressed, every cell with its value and its trouble."""
    opened = _ready(request, session)
    row, position = _number(form, "row"), _number(form, "position")
    with opened.draft.database.reading() as db:
        found = _row(db, row)
        now = corrections(db, [row]).get((row, position))
        cause = next((one for one in found.problems if one.position == position), None)
        texts = orjson.loads(found.cells)
        everywhere = bool(form.get("all")) and cause is not None
        cells = cells_with(db, cause.code, cause.field, cause.value) if everywhere and cause else []
    if not 0 <= position < len(texts):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    current = now.text if now else texts[position]
    text = _text(form, "suggestion") or typed_over(_text(form, "text"), current)
    if with_breaks(current) not in {with_breaks(_text(form, "was")), with_breaks(text)}:
        conflict = {"row": row, "position": position, "text": text, "now": current, "who": now.who if now else ""}
        return check(request, session, _view(form), conflict)
    edits = [Edit(row, position, texts[position], text)] if current != text else []
    if everywhere:
        edits = [Edit(at, place, orjson.loads(line)[place], text) for at, place, line in cells]
    return _done(opened, form, cell_edits.change(opened.draft, opened.settings, session.name, text, edits))


def put_value(request: Request, session: Session, form: FormData) -> Response:
    """Every cell with a value and a trouble."""
    opened = _ready(request, session)
    text = _text(form, "suggestion") or _text(form, "text")
    with opened.draft.database.reading() as db:
        cells = cells_with(db, str(form.get("code", "")), str(form.get("field", "")), str(form.get("value", "")))
    edits = [Edit(row, place, orjson.loads(line)[place], text) for row, place, line in cells]
    return _done(opened, form, cell_edits.change(opened.draft, opened.settings, session.name, text, edits))


def send_instead(request: Request, session: Session, form: FormData) -> Response:
    """Of the rows of one phone send this one: the others are set aside."""
    opened = _ready(request, session)
    facts = opened.understood()
    places = facts["columns"]["phone"] if not isinstance(facts, Task) else []
    row = _number(form, "row")
    with opened.draft.database.reading() as db:
        others = [each for each in rows_of_phone(db, _row(db, row).phone) if each.row != row]
        edited = corrections(db, [each.row for each in others])
    edits = [
        Edit(each.row, place, texts[place], "", row)
        for each in others
        for texts in [orjson.loads(each.cells)]
        for place in places
        if (now.text if (now := edited.get((each.row, place))) else texts[place]).strip()
    ]
    return _done(opened, form, cell_edits.change(opened.draft, opened.settings, session.name, f"row {row}", edits))


def undo(request: Request, session: Session, form: FormData) -> Response:
    """Undo the newest change of one's own."""
    opened = _ready(request, session)
    cells = cell_edits.undo(opened.draft, opened.settings, session.name)
    return _back(opened, form, f"undone={cells}")


def check_again(request: Request, session: Session, _form: FormData) -> Response:
    """Check all rows anew: what the whole file decides may be otherwise by now."""
    opened = open_upload(request, session, to_change=True)
    opened.check_again()
    return go(f"{opened.upload.address}/check")


def _looks(request: Request, session: Session) -> object:
    return open_upload(request, session).draft.changes()


def _ready(request: Request, session: Session) -> OpenUpload:
    opened = open_upload(request, session, to_change=True)
    opened.refuse_while_busy()
    if opened.draft.fact("checked") is None:
        raise _read_otherwise()
    return opened


def _row(db: Any, number: int) -> WrongRow:
    """A row of the file as it is read now; raises HTTPException 409 where that has none of this number."""
    if db.execute("SELECT 1 FROM rows WHERE row = ?", (number,)).fetchone() is None:
        raise _read_otherwise()
    return row_of(db, number)


def _read_otherwise() -> HTTPException:
    return HTTPException(
        HTTPStatus.CONFLICT, words.gettext("How the file is read was changed meanwhile. Reload the page.")
    )


def _done(opened: OpenUpload, form: FormData, number: int) -> Response:
    return _back(opened, form, f"done={number}" if number else "")


def _back(opened: OpenUpload, form: FormData, told: str) -> Response:
    """To the same rows, which are told what was done."""
    view = _view(form)
    query = "&".join(filter(None, (view.query(page=view.page), told)))
    return go(f"{opened.upload.address}/check?{query}")


def _view(form: FormData) -> Filter:
    return Filter.of(dict(parse_qsl(str(form.get("view", ""))[:2000])))


def _number(form: FormData, name: str) -> int:
    if (number := number_parameter(str(form.get(name, "")), -1)) < 0:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return number


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).replace("\0", "")


ROUTES: Final[list[BaseRoute]] = [
    show("/files/{upload}/check", check),
    change("/files/{upload}/cell", put_cell),
    change("/files/{upload}/value", put_value),
    change("/files/{upload}/send-instead", send_instead),
    change("/files/{upload}/undo", undo),
    change("/files/{upload}/check-again", check_again),
    live("/files/{upload}/events", _looks),
]
