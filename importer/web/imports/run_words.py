"""The words of runs: statuses, stages, durations."""

from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from importer.journal import Run
from importer.model import Status
from importer.reading.corrected_copy import ENDING
from importer.web.charts import WIDTH
from importer.web.imports.run_view import Stage
from importer.web.rendering import render
from importer.web.words import gettext as _
from importer.web.words import moment, ngettext

ORDER: Final = tuple(str(status) for status in Status)
"""Statuses in the order in which they are shown."""

_MINUTE: Final = 60
_HOUR: Final = 3600


def status_word(status: str) -> str:
    """A status as a person says it."""
    return {
        "created": _("created"),
        "updated": _("updated"),
        "already_imported": _("already imported"),
        "invalid": _("error in the data"),
        "duplicate": _("phone repeated"),
        "exists": _("was in Freedom ID before"),
        "unconfirmed": _("unconfirmed"),
        "rejected": _("refused by Freedom ID"),
        "failed": _("did not get through"),
        "not_sent": _("not sent yet"),
    }.get(status, status)


def status_kind(status: str) -> str:
    """What a status is to a person: good, warning, bad, or open."""
    if status in {"created", "updated", "already_imported"}:
        return "good"
    if status in {"invalid", "rejected"}:
        return "bad"
    return "open" if status == "not_sent" else "warning"


def stage_word(stage: str) -> str:
    """Where a run is, in one or two words."""
    return {
        Stage.PREPARING: _("is being prepared"),
        Stage.SENDING: _("under way"),
        Stage.OUTAGE: _("waits for Freedom ID"),
        Stage.PAUSED: _("paused"),
        Stage.STOPPING: _("is ending"),
        Stage.WRITING: _("writes the result"),
        Stage.FINISHED: _("finished"),
        Stage.WAITS: _("waits to be continued"),
        Stage.REFUSED: _("refused, nothing sent"),
        Stage.GONE: _("cleared away"),
    }[Stage(stage)]


def duration(seconds: float) -> str:
    """About how long something takes."""
    if seconds < _MINUTE:
        return _("less than a minute")
    if seconds < _HOUR:
        minutes = round(seconds / _MINUTE)
        return ngettext("%(num)d minute", "%(num)d minutes", minutes) % {"num": minutes}
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def moment_of(iso: str) -> str:
    """A time of the journal on the server's clock."""
    return moment(datetime.fromisoformat(iso).timestamp())


def file_name(run: Run) -> str:
    """The file of a run, as it was called when somebody uploaded it: what is sent may be a corrected copy of it."""
    return run.input_name.removesuffix(ENDING)


def render_run(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page about runs, whose template has their words."""
    return render(
        request,
        template,
        status,
        status_word=status_word,
        status_kind=status_kind,
        stage_word=stage_word,
        duration=duration,
        moment_of=moment_of,
        file_name=file_name,
        order=ORDER,
        width=WIDTH,
        **context,
    )
