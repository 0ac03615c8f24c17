"""The runs of a journal, for a person and for a program."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from importer.journal.location import is_there, path_of
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.journal import Run


def show_runs(settings: Settings, prefix: str | None) -> str:
    """A list of all runs, newest first, or one run in detail; JSON with --json.

    Raises:
        UsageError: no run, or several, of that name. BooksDontBalance: the journal is damaged.
    """
    if not is_there(path_of(settings.journal_location)):
        return "[]" if settings.json_output else "no runs yet"
    found = _looked_up(settings.journal_location, prefix)
    if prefix:
        return _detail(found[0], as_json=settings.json_output)
    if settings.json_output:
        return json.dumps([_public(run) for run in found], ensure_ascii=False, indent=2)
    lines = [f"{'run':<13} {'state':<9} {'started':<20} {'rows':>9}  {'exit':<4} input → API"]
    lines += [
        f"{run.id:<13} {run.state:<9} {run.created_at[:19]:<20} {run.rows:>9,}  "
        f"{'' if run.exit_code is None else run.exit_code!s:<4} {run.input_name} → {run.api}"
        for run in found
    ]
    return "\n".join(lines) if found else "no runs yet"


def _looked_up(location: str, prefix: str | None) -> "Sequence[Run]":
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)

    with Journal.open(location, read_only=True) as journal:
        return [journal.get_run(prefix)] if prefix else journal.runs()


def _public(run: "Run") -> dict[str, object]:
    content = asdict(run)
    content["state"] = str(run.state)
    return content


def _detail(run: "Run", *, as_json: bool) -> str:
    content = _public(run)
    if as_json:
        return json.dumps(content, ensure_ascii=False, indent=2)
    lines = []
    for name, value in content.items():
        if isinstance(value, dict):
            lines += [f"{name}:"] + [f"  {key}: {part}" for key, part in value.items()]
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)
