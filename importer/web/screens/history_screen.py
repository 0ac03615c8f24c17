"""**History**: every run of the journal, searched and filtered on the server."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from importer.web.access.sessions import Session
from importer.web.imports.history_list import HistoryFilter, history, pages_of
from importer.web.imports.run_view import Stage
from importer.web.imports.run_words import render_run
from importer.web.number_parameter import asked_page
from importer.web.route_kinds import show
from importer.web.site import site_of
from importer.web.words import gettext as _


def show_history(request: Request, _session: Session) -> Response:
    """The list."""
    query = request.query_params
    wished = HistoryFilter(
        query.get("q", "")[:100], query.get("place", ""), query.get("who", ""), query.get("stage", "")
    )
    page = asked_page(query.get("page", ""))
    found, total, people = history(site_of(request), wished, page)

    def to_page(number: int) -> str:
        named = {"q": wished.text, "place": wished.place, "who": wished.who, "stage": wished.stage, "page": number}
        return f"/history?{urlencode({name: value for name, value in named.items() if value})}"

    return render_run(
        request,
        "history.html",
        found=found,
        total=total,
        wished=wished,
        people=people,
        page=min(page, pages_of(total)),
        pages=pages_of(total),
        to_page=to_page,
        places={"page": _("this page"), "inbox": _("the inbox"), "command": _("the command line")},
        stages=[Stage.SENDING, Stage.PAUSED, Stage.WAITS, Stage.FINISHED, Stage.GONE],
    )


ROUTES: Final[list[BaseRoute]] = [show("/history", show_history)]
