"""Which run a command belongs to: the same content, read and mapped alike, to the same API is the same run."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.cleaning import tables_of
from importer.errors import AlreadyRunning, RefusedFile, UsageError
from importer.mapping import ColumnMapping
from importer.messages.language import ENGLISH
from importer.messages.text import Text
from importer.planning.mapped_input import read_options
from importer.settings import Settings
from importer.validation.stream import MappedInput

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library

_TO_GO_ON: Final = ("running", "stopped")
"""States (``RunState``) of runs that have rows left to send."""


def identity_of(content: str, mapping: ColumnMapping, api: str, settings: Settings) -> str:
    """A run's identity: SHA-256 over the input's hash, everything that decides what is sent, and the API's address."""
    how = {**asdict(read_options(settings)), "region": settings.region, "dates": settings.date_order}
    how["duplicates"] = settings.duplicates
    if settings.optional != "strict":  # what is as it always was keeps the identity that it always had
        how["optional"] = settings.optional
    if settings.values:
        how["values"] = tables_of(settings.values)
    how |= {name: True for name in ("update", "accept_other_names") if getattr(settings, name)}
    text = "\n".join((content, mapping.fingerprint(), json.dumps(how, sort_keys=True), api))
    return hashlib.sha256(text.encode()).hexdigest()


def path_identity(path: Path) -> str:
    """What a file is locked by while a run reads or writes it: its real path, whatever its content."""
    return hashlib.sha256(f"path {os.path.realpath(path)}".encode()).hexdigest()


def source_name(mapped: MappedInput, settings: Settings, path: Path) -> str:
    """Whose file it is: as told (a profile tells its name), else its path, whatever day or number it names.

    A file that comes back with corrections is no delivery of its source: "".
    """
    if mapped.mapping.result_columns:
        return ""
    return settings.source or re.sub("[0-9]+", "", str(path.absolute()))


def last_finished(journal: "Journal", api: str, source: str) -> "Run | None":
    """The run of a source that was finished last, if there was one."""
    found = (run for run in journal.runs(limit=None) if run.api == api and run.finished_at)
    return max(
        (run for run in found if source and run.settings.get("source") == source),
        key=lambda run: run.finished_at,
        default=None,
    )


def header_names(mapped: MappedInput) -> list[str]:
    """The headers of the file's own columns, to be compared with another file's: "" for one that looks like a value."""
    header, results = mapped.mapping.header, set(mapped.mapping.result_columns.values())
    return [header.short(position) for position in range(len(header.texts)) if position not in results]


def is_up_to_date(journal: "Journal", known: "Run", settings: Settings) -> bool:
    """Whether a finished run of the same content says what there is to say: its users may have been changed since."""
    if not settings.update:
        return True
    newest = next((run for run in journal.runs(limit=None) if run.api == known.api), known)
    return newest.id == known.id


def settings_of_run(mapped: MappedInput, settings: Settings, original: Path) -> dict[str, Any]:
    """What a run must remember to read, map and clean its input the same way again. No personal data."""
    return {
        "input": str(original.absolute()),
        "read": asdict(read_options(settings)),
        "map": list(settings.map),
        "full_name": settings.full_name,
        "fingerprint": mapped.mapping.fingerprint(),
        "decisions": asdict(mapped.decisions),
        "duplicates": settings.duplicates,
        "accept_other_names": settings.accept_other_names,
        "update": settings.update,
        "source": source_name(mapped, settings, original),
        "language": settings.spoken_language,
        "header": header_names(mapped),
    }


def language_of_run(run: "Run", settings: Settings) -> str:
    """The language of a run's output: as told now, else as the run began; English where it is from before that."""
    return settings.language or str(run.settings.get("language", ENGLISH))


def settings_as_planned(run: "Run", settings: Settings) -> Settings:
    """The settings of a command that goes on with a run: read, mapped and checked as the run was begun."""
    kept = run.settings
    return settings.model_copy(
        update={
            **kept["read"],
            "map": tuple(kept["map"]),
            "full_name": kept["full_name"],
            "duplicates": kept["duplicates"],
            "accept_other_names": settings.accept_other_names or kept.get("accept_other_names", False),
            # what is planned has its updates among its rows, and is not to be begun anew for them
            "update": settings.update or (run.state == "planning" and kept.get("update", False)),
            "source": kept.get("source", ""),
            "region": kept["decisions"]["region"],
            "optional": "drop" if kept["decisions"].get("drop_optional") else "strict",
            "fresh": False,
        }
    )


def planned_run(journal: "Journal", prefix: str) -> "Run":
    """The run whose id begins so, to tell of its rows.

    Raises:
        UsageError: no such run, or several; or it was not planned to its end, and has no rows to tell of.
    """
    run = journal.get_run(prefix)
    if reason := not_planned(run):
        raise UsageError(reason)
    return run


def not_planned(run: "Run") -> str:
    """Why nothing can be told of a run's rows, where its plan was not made to the end; else ""."""
    if run.state != "planning":
        return ""
    return Text(
        "run {run} has no outcome of any row: it is still being planned, or ended before that was done, and nothing "
        "was sent; {command} goes on with it",
        run=run.id,
        command=f"importer run {run.input_name}",
    )


def resumable(journal: "Journal", prefix: str, api: str) -> "Run":
    """The run that a command goes on with by its name.

    Raises:
        UsageError: no such run, or not at this address, or another run of the same input has taken its place.
    """
    run = journal.get_run(prefix)
    if run.api != api:
        raise UsageError(
            "run {run} creates users at {there}, and this command at {here}: name its address (--url)",
            run=run.id,
            there=run.api,
            here=api,
        )
    newest = journal.find_run(run.identity)
    if newest is None:
        raise UsageError("run {run} was purged: its copy of the input is gone; import the file again", run=run.id)
    if newest.id != run.id:
        raise UsageError(
            "run {run} was started anew as run {newest}: --resume {newest} goes on with that",
            run=run.id,
            newest=newest.id,
        )
    return run


def unfinished_of(journal: "Journal", path: Path, api: str) -> "Run | None":
    """The newest run of a file that is no longer there, if it has an end to come: its own copy can serve.

    One that is finished has nothing to do with a file that did not come tonight.
    """
    wanted = str(path.absolute())
    found = (run for run in journal.runs(limit=1000) if run.api == api and run.settings.get("input") == wanted)
    newest = next(found, None)
    return newest if newest is not None and newest.state in _TO_GO_ON else None


def unfinished_before(journal: "Journal", path: Path, api: str, identity: str) -> "list[Run]":
    """Runs of the same file with another content that still have rows to send."""
    wanted = str(path.absolute())
    return [
        run
        for run in journal.runs()
        if run.api == api
        and run.identity != identity
        and run.settings.get("input") == wanted
        and run.state in _TO_GO_ON
    ]


@contextmanager
def forgotten_on_refusal(journal: "Journal", run: "Run") -> Iterator[None]:
    """A file that is refused in the block leaves no run behind, nor its copy."""
    try:
        yield
    except (RefusedFile, UsageError):
        journal.forget_run(run.id)
        raise


@contextmanager
def owned(journal: "Journal", identity: str, path: Path, output: Path | None) -> Iterator[None]:
    """Own an import, and its files: another content of the same file waits until this one's output is written.

    Raises:
        AlreadyRunning: Another process has it, or writes the same output.
    """
    with ExitStack() as stack:
        for name in (identity, path_identity(path)):
            stack.enter_context(journal.lock(name))
        try:
            if output is not None:
                stack.enter_context(journal.lock(path_identity(output)))
        except AlreadyRunning as exc:
            raise AlreadyRunning(
                "The output {output} is being written {who}, for another file. Nothing was sent by this command; "
                "wait until the other one has ended, or name another output with -o.",
                output=output,
                who=exc.who,
            ) from exc
        yield
