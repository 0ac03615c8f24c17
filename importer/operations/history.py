"""The runs of a journal, for a person and for a program."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from importer.journal.location import exists
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.journal import Run
    from importer.journal.wishes import Wanted

SHOWN: Final = 50
"""Runs that are listed unless all are asked for."""

ENDINGS: Final = {
    0: "every row has a FreedomID",
    1: "some rows have no FreedomID; the output says why",
    3: "the file was refused",
    4: "stopped before the end; the same command goes on",
    5: "the books do not balance",
}

NEXT: Final = {
    "planning": "importer run {file}: it ended while it was being planned, and nothing was sent",
    "running": "importer run {file} goes on, if it is not still at work",
    "stopped": "importer run {file} goes on",
    "finished": "importer report {run} makes its output again, importer verify {run} compares it",
    "purged": "nothing: its input and its texts are gone; its FreedomIDs are known",
}
"""State → what can be done with a run."""


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
        return "[]" if settings.json_output else "no runs yet"
    found, paused = _looked_up(settings.journal_location, prefix)
    if prefix:
        return _detail(found[0], paused.get(found[0].id), as_json=settings.json_output)
    if settings.json_output:
        return json.dumps([_public(run, paused.get(run.id)) for run in found], ensure_ascii=False, indent=2)
    shown = found if every else found[:SHOWN]
    lines = [f"{'run':<13} {'state':<9} {'started':<20} {'rows':>9}  {'exit':<4} input → API"]
    lines += [
        f"{run.id:<13} {'paused' if run.id in paused else run.state:<9} {run.created_at[:19]:<20} {run.rows:>9,}  "
        f"{'' if run.exit_code is None else run.exit_code!s:<4} {run.input_name} → {run.api}"
        for run in shown
    ]
    if more := len(found) - len(shown):
        lines.append(f"{more:,} older runs are not shown; --all shows them")
    return "\n".join(lines) if shown else "no runs yet"


def _looked_up(location: str, prefix: str | None) -> "tuple[Sequence[Run], dict[str, Wanted]]":
    """The runs, and by their ids which of them are paused."""
    from importer.journal import Journal, RunState  # noqa: PLC0415 (the database library loads here)
    from importer.journal.wishes import Wish, all_wanted  # noqa: PLC0415 (as above)

    with Journal.open(location, read_only=True) as journal:
        found = [journal.get_run(prefix)] if prefix else journal.runs(limit=None)
        wanted = all_wanted(journal.database)
    over = {run.id for run in found if run.state in {RunState.FINISHED, RunState.PURGED}}
    return found, {run: one for run, one in wanted.items() if one.wish is Wish.PAUSE and run not in over}


def _public(run: "Run", paused: "Wanted | None") -> dict[str, object]:
    content = asdict(run)
    content["state"] = str(run.state)
    if paused is not None:
        content["paused"] = {"by": paused.by, "at": paused.at}
    return content


def _detail(run: "Run", paused: "Wanted | None", *, as_json: bool) -> str:
    if as_json:
        return json.dumps(_public(run, paused), ensure_ascii=False, indent=2)
    counts = ", ".join(f"{count:,} {status}" for status, count in run.counts.items() if count)
    decided = {**run.settings.get("read", {}), **run.settings.get("decisions", {})}
    told = {
        "run": f"{run.id} ({run.state})",
        "paused": f"by {paused.by} since {_time(paused.at)}; importer resume {run.id} lets it go on" if paused else "",
        "input": run.settings.get("input") or run.input_name,
        "sha256": run.input_sha256,
        "API": run.api,
        "started": _time(run.created_at),
        "finished": _time(run.finished_at) or f"not yet; last changed {_time(run.updated_at)}",
        "rows": f"{run.rows:,}" + (f": {counts}" if counts else ""),
        "exit": "" if run.exit_code is None else f"{run.exit_code}: {ENDINGS.get(run.exit_code, 'see the README')}",
        "columns": ", ".join(run.settings.get("map", ())),
        "read with": ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in decided.items() if value),
        "duplicates": run.settings.get("duplicates", ""),
        "version": run.version,
        "next": NEXT[str(run.state)].format(run=run.id, file=run.input_name),
    }
    return "\n".join(f"{name:<11} {value}" for name, value in told.items() if value)


def _time(iso: str) -> str:
    return f"{iso[:10]} {iso[11:19]} UTC" if iso else ""
