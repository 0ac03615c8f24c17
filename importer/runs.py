"""Which run a command belongs to: identity by content, the run's own copy of its input, what it was decided with."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.cleaning import Decisions
from importer.errors import RefusedFile, StorageFailed
from importer.mapping import Mapping, header_score, map_columns
from importer.model import Status
from importer.reading import ReadOptions, Table, open_table
from importer.settings import Settings
from importer.validation.stream import Source

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library

BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex.

    Raises:
        RefusedFile: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as exc:
        raise RefusedFile(f"{path}: cannot be read ({exc.strerror})") from exc
    return digest.hexdigest()


def identity_of(content: str, mapping: Mapping, api: str, settings: Settings) -> str:
    """A run's identity: SHA-256 over the input's hash, everything that decides what is sent, and the API's address."""
    how = {**asdict(read_options(settings)), "region": settings.region, "dates": settings.date_order}
    how["duplicates"] = settings.duplicates
    text = "\n".join((content, mapping.fingerprint(), json.dumps(how, sort_keys=True), api))
    return hashlib.sha256(text.encode()).hexdigest()


def read_options(settings: Settings) -> ReadOptions:
    """How the operator wants the file to be read."""
    return ReadOptions(
        sheet=settings.sheet,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        header_row=settings.header_row,
    )


def map_table(table: Table, requests: tuple[str, ...], full_name: str) -> Mapping:
    """The mapping of an opened table; raises RefusedFile or UsageError as ``map_columns`` does."""
    sample = next(iter(table.chunks(200)), None)
    return map_columns(
        table.header, requests=requests, full_name=full_name, column_letter=table.column_letter, sample=sample
    )


def open_source(path: Path, settings: Settings, today: str) -> Source:
    """Open and map an input as the settings say.

    Raises:
        RefusedFile: it cannot be read or mapped.
        UsageError: an option names what is not there.
    """
    table = open_table(path, read_options(settings), header_score=header_score)
    try:
        mapping = map_table(table, settings.map, settings.full_name)
    except BaseException:
        table.close()
        raise
    return Source(table, mapping, Decisions(region=settings.region, date_order=settings.date_order, today=today))


@contextmanager
def closing_source(source: Source) -> Iterator[Source]:
    """The source, closed at the end."""
    try:
        yield source
    finally:
        source.table.close()


def settings_of_run(source: Source, settings: Settings, original: Path) -> dict[str, Any]:
    """What a run must remember to read, map and clean its input the same way again. No personal data."""
    return {
        "input": str(original.absolute()),
        "read": asdict(read_options(settings)),
        "map": list(settings.map),
        "full_name": settings.full_name,
        "fingerprint": source.mapping.fingerprint(),
        "decisions": asdict(source.decisions),
        "duplicates": settings.duplicates,
    }


def reopen_source(journal: "Journal", run: "Run") -> Source:
    """The run's own copy of its input, read as the run was planned.

    Raises:
        RefusedFile: the copy is gone (purged) or no longer what it was.
    """
    kept = run.settings
    copy = copy_path(journal, run)
    if not copy.is_file():
        raise RefusedFile(f"run {run.id}: its copy of the input is gone; nothing can be made from it any more")
    table = open_table(copy, ReadOptions(**kept["read"]), header_score=header_score)
    try:
        mapping = map_table(table, tuple(kept["map"]), kept["full_name"])
        if mapping.fingerprint() != kept["fingerprint"]:
            reason = "this version maps its columns differently; start it again with --fresh"
            raise RefusedFile(f"run {run.id}: {reason}")  # noqa: TRY301 (the table must be closed for it, too)
    except BaseException:
        table.close()
        raise
    return Source(table, mapping, Decisions(**kept["decisions"]))


def copy_path(journal: "Journal", run: "Run") -> Path:
    """Where the run keeps its copy of the input: the name's endings are kept, so that it reads the same way."""
    name = Path(run.input_name).name
    endings = "".join(Path(name).suffixes[-2:]) if name.lower().endswith(".gz") else Path(name).suffix
    return journal.folder / run.id / f"input{endings}"


def keep_copy(journal: "Journal", run: "Run", original: Path) -> None:
    """Copy the input to the run's folder, mode 0600, on disk before this returns.

    Raises:
        StorageFailed: it cannot be written.
        RefusedFile: it cannot be read, or is no longer the content that gave the run its identity.
    """
    copy = copy_path(journal, run)
    draft = copy.with_name(f"{copy.name}.new")  # a kill in the middle must not leave half a copy to resume from
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = _copied(original, draft)
        if content != run.input_sha256:
            draft.unlink()
            raise RefusedFile(f"{original}: changed while it was being read; nothing was sent; start again")
        draft.replace(copy)
    except OSError as exc:
        raise StorageFailed(f"{copy}: the input's copy cannot be written ({exc.strerror}); nothing was sent") from exc


def _copied(original: Path, draft: Path) -> str:
    """Write a file's content to another, durably; its SHA-256, as hex."""
    digest = hashlib.sha256()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target, original.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


FEW: Final = 20
"""Rows with an answer of the API for each row left, at least, for these to be few: an outage seldom begins so late."""

ANSWERED: Final = frozenset({Status.CREATED, Status.EXISTS, Status.UNCONFIRMED, Status.REJECTED})


def remember_waiting(journal: "Journal", run: "Run") -> None:
    """Note that the command waited for the API as long as it may, and how many rows it left."""
    left = journal.unfinished_span(run.id)[0]
    journal.update_run(run.id, settings={**run.settings, "waited_for": left})


def are_last_ones(journal: "Journal", run: "Run") -> bool:
    """Whether an earlier command waited in vain for these very rows, and they are few among those with an answer."""
    left = journal.unfinished_span(run.id)[0] if "waited_for" in run.settings else 0
    if not left or left != run.settings["waited_for"]:
        return False
    counts = journal.counts(run.id)
    return left * FEW <= sum(counts.get(status, 0) for status in ANSWERED)


def unfinished_of(journal: "Journal", path: Path, api: str) -> "Run | None":
    """The newest run of a file that is no longer there, so that its own copy can serve."""
    wanted = str(path.absolute())
    return next(
        (run for run in journal.runs(limit=1000) if run.api == api and run.settings.get("input") == wanted), None
    )


def unfinished_before(journal: "Journal", path: Path, api: str, identity: str) -> "list[Run]":
    """Runs of the same file with another content that still have rows to send."""
    from importer.journal import RunState  # noqa: PLC0415 (where there is a journal, it is loaded)

    wanted = str(path.absolute())
    return [
        run
        for run in journal.runs()
        if run.api == api
        and run.identity != identity
        and run.settings.get("input") == wanted
        and run.state in {RunState.RUNNING, RunState.STOPPED}
    ]
