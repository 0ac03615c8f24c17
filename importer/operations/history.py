"""The runs of a journal, for a person and for a program."""

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from importer.journal.database.existence import exists
from importer.messages.text import Text, counted, number, spoken
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.journal import Journal, Run
    from importer.journal.run_requests import PendingRequest

_NONE: Final = Text("no runs yet")

_TITLES: Final = (Text("run"), Text("state"), Text("started"), Text("rows"), Text("exit"), Text("input → API"))

STATES: Final = {
    "planning": Text("planning"),
    "running": Text("running"),
    "stopped": Text("stopped"),
    "finished": Text("finished"),
    "purged": Text("purged"),
    "paused": Text("paused"),
}
"""Where a run stands, in words."""

_WIDE: Final = 9
"""Characters of their column, unless a language needs more: a list looks as it did."""

SHOWN: Final = 50
"""Runs that are listed unless all are asked for."""

ENDINGS: Final = {
    0: Text("every row has a FreedomID"),
    1: Text("some rows have no FreedomID; the output says why"),
    3: Text("the file was refused"),
    4: Text("stopped before the end; the same command goes on"),
    5: Text("the books do not balance"),
}


def show_runs(settings: Settings, prefix: str | None, *, every: bool = False) -> str:
    """A list of runs, newest first, or one run in detail; JSON (of all runs) with --json.

    Args:
        settings: Where the journal is.
        prefix: Of one run's id, or "latest"; None: the list.
        every: All of them, not only the newest SHOWN.

    Raises:
        UsageError: no run, or several, of that name. BooksDontBalance: the journal is damaged.
    """
    if prefix is None and not exists(settings.journal_location):
        return "[]" if settings.json_output else spoken(_NONE)
    found, paused = _looked_up(settings.journal_location, prefix, counting=bool(prefix) or settings.json_output)
    if settings.json_output:
        told = [_public(run, paused.get(run.id)) for run in found]
        return json.dumps(told[0] if prefix else told, ensure_ascii=False, indent=2)
    if prefix:
        return _detail(found[0], paused.get(found[0].id))
    shown = found if every else found[:SHOWN]
    words = {state: spoken(word) for state, word in STATES.items()}
    wide = max(_WIDE, *map(len, words.values()))
    lines = [_line(wide, *(spoken(title) for title in _TITLES))]
    lines += [
        _line(
            wide,
            run.id,
            words["paused" if run.id in paused else run.state],
            run.created_at[:19],
            number(run.rows),
            "" if run.exit_code is None else str(run.exit_code),
            f"{run.input_name} → {run.api}",
        )
        for run in shown
    ]
    if more := len(found) - len(shown):
        older = counted(
            "{count:,} older run is not shown; --all shows it",
            "{count:,} older runs are not shown; --all shows them",
            more,
        )
        lines.append(spoken(older))
    return "\n".join(lines) if shown else spoken(_NONE)


def _line(wide: int, run: str, state: str, started: str, rows: str, exit_code: str, what: str) -> str:
    return f"{run:<13} {state:<{wide}} {started:<20} {rows:>9}  {exit_code:<4} {what}"


def as_it_stands(journal: "Journal", run: "Run", *, counting: bool = True) -> "Run":
    """The run; of one that has not ended what is recorded is how an earlier command of it did, so its rows are asked.

    Without ``counting`` nobody asks how many there are: half a second for 5 million.
    """
    if str(run.state) != "running":
        return run
    counts = {str(status): count for status, count in journal.counts(run.id).items()} if counting else {}
    return replace(run, counts=counts, exit_code=None)


def _looked_up(
    location: str, prefix: str | None, *, counting: bool
) -> "tuple[Sequence[Run], dict[str, PendingRequest]]":
    """The runs, and by their ids which of them are paused."""
    from importer.journal import Journal, RunState  # noqa: PLC0415 (the database library loads here)
    from importer.journal.run_requests import RunRequest, all_requests  # noqa: PLC0415 (as above)

    with Journal.open(location, read_only=True) as journal:
        recorded = [journal.get_run(prefix)] if prefix else journal.runs(limit=None)
        found = [as_it_stands(journal, run, counting=counting) for run in recorded]
        wanted = all_requests(journal.database)
    over = {run.id for run in found if run.state in {RunState.FINISHED, RunState.PURGED}}
    return found, {run: one for run, one in wanted.items() if one.request is RunRequest.PAUSE and run not in over}


def _public(run: "Run", paused: "PendingRequest | None") -> dict[str, object]:
    from importer.journal.runs import NEW_PHONES  # noqa: PLC0415 (the database library is loaded by now)

    content = asdict(run)
    content["state"] = str(run.state)
    content["settings"].pop(NEW_PHONES, None)
    if paused is not None:
        content["paused"] = {"by": paused.by, "at": paused.at}
    return content


def _detail(run: "Run", paused: "PendingRequest | None") -> str:
    counts = ", ".join(f"{number(count)} {status}" for status, count in run.counts.items() if count)
    decided = {**run.settings.get("read", {}), **run.settings.get("decisions", {})}
    told = {
        Text("run"): f"{run.id} ({spoken(STATES[run.state])})",
        Text("paused"): _paused(run, paused) if paused else "",
        Text("input"): run.settings.get("input") or run.input_name,
        "sha256": run.input_sha256,
        "API": run.api,
        Text("started"): _time(run.created_at),
        Text("finished"): _time(run.finished_at) or Text("not yet; last changed {time}", time=_time(run.updated_at)),
        Text("rows"): number(run.rows) + (f": {counts}" if counts else ""),
        Text("exit"): "" if run.exit_code is None else _ending(run.exit_code),
        Text("columns"): ", ".join(run.settings.get("map", ())),
        Text("read with"): ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in decided.items() if value),
        Text("duplicates"): run.settings.get("duplicates", ""),
        Text("version"): run.version,
        Text("next"): _next(run),
    }
    return "\n".join(f"{spoken(name):<11} {spoken(value)}" for name, value in told.items() if value)


def _paused(run: "Run", wanted: "PendingRequest") -> str:
    return Text(
        "by {who} since {time}; {command} lets it go on",
        who=wanted.by,
        time=_time(wanted.at),
        command=f"importer resume {run.id}",
    )


def _ending(exit_code: int) -> str:
    return Text("{code}: {ending}", code=exit_code, ending=ENDINGS.get(exit_code, Text("see the README")))


def _next(run: "Run") -> str:
    """What can be done with a run in its state."""
    again, name = f"importer run {run.input_name}", run.id
    told = {
        "planning": Text("{command}: it ended while it was being planned, and nothing was sent", command=again),
        "running": Text("{command} goes on, if it is not still at work", command=again),
        "stopped": Text("{command} goes on", command=again),
        "finished": Text(
            "{report} makes its output again, {verify} compares it",
            report=f"importer report {name}",
            verify=f"importer verify {name}",
        ),
        "purged": Text("nothing: its input and its texts are gone; its FreedomIDs are known"),
    }
    return told[str(run.state)]


def _time(iso: str) -> str:
    return f"{iso[:10]} {iso[11:19]} UTC" if iso else ""
