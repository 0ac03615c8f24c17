"""A run's own copy of its input: what is planned is what is sent and reported, whatever becomes of the file."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from importer.cleaning import Decisions
from importer.errors import BooksDontBalance, RefusedFile, StorageFailed
from importer.mapping import header_score_for
from importer.messages.text import Text
from importer.planning.file_state import sha256_of
from importer.planning.mapped_input import map_table, opening
from importer.planning.stored_copy import fetch_copy
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import ReadOptions
from importer.storage.private_files import make_folder, replaced, sync_folder
from importer.validation.stream import MappedInput

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library

BLOCK = 1 << 20


def content_of(path: Path) -> str:
    """SHA-256 of an input's bytes, as hex: what a run and its copy are known by.

    Raises:
        RefusedFile: it cannot be read.
    """
    try:
        return sha256_of(path)
    except OSError as exc:
        raise RefusedFile("{path}: cannot be read ({strerror})", path=path, strerror=exc.strerror) from exc


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
    try:
        make_folder(copy.parent)
        with replaced(copy) as file:  # a kill in the middle must not leave half a copy to resume from
            if _copied(original, file) != run.input_sha256:
                raise RefusedFile(
                    "{original}: changed while it was being read; nothing was sent; start again", original=original
                )
        sync_folder(copy.parent)
    except OSError as exc:
        raise StorageFailed(
            "{copy}: the input's copy cannot be written ({strerror}); nothing was sent",
            copy=copy,
            strerror=exc.strerror,
        ) from exc


def _copied(original: Path, target: BinaryIO) -> str:
    """Write a file's content to another; its SHA-256, as hex."""
    digest = hashlib.sha256()
    with original.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


@contextmanager
def held_copy(journal: "Journal", run: "Run", folder: Path) -> Iterator[Callable[[], MappedInput]]:
    """Keep a run's copy of its input open for the block, so that it can be read even when it has been removed.

    Gives what opens it again, from a private file in ``folder`` that is gone after the block.

    Raises:
        StorageFailed: it cannot be opened, or not be written there.
    """
    copy = copy_path(journal, run)
    with ExitStack() as stack:
        try:
            held = stack.enter_context(copy.open("rb"))
        except OSError as exc:
            raise StorageFailed(
                "{copy}: the input's copy cannot be read ({strerror})", copy=copy, strerror=exc.strerror
            ) from exc

        def again() -> MappedInput:
            try:
                spare = stack.enter_context(NamedTemporaryFile(dir=folder, prefix=".importer-", suffix=copy.suffix))
                shutil.copyfileobj(held, spare)
                spare.flush()
            except OSError as exc:
                raise StorageFailed(
                    "{folder}: the input cannot be read from there ({strerror})",
                    folder=folder,
                    strerror=exc.strerror,
                ) from exc
            mapped = _opened(run, Path(spare.name), Watch())
            stack.callback(mapped.table.close)
            return mapped

        yield again


def is_kept(journal: "Journal", run: "Run") -> bool:
    """Whether the run's copy of its input is there, as it was."""
    copy = copy_path(journal, run)
    return copy.is_file() and content_of(copy) == run.input_sha256


def reopen_input(journal: "Journal", run: "Run", watch: Watch) -> MappedInput:
    """The run's own copy of its input, read as the run was planned.

    Where that is gone, or was never on this machine, the named file itself, or the copy in the run's storage.

    Raises:
        RefusedFile: the copy is gone, and the file too, or it has another content by now.
        BooksDontBalance: the copy is no longer what it was, or how it is to be read is not what was written.
        StorageFailed: the storage cannot be read.
    """
    run = journal.get_run(run.id, sound=True)
    copy, original = copy_path(journal, run), Path(run.settings["input"])
    if is_kept(journal, run):
        return _opened(run, copy, watch)
    if run.state != "purged" and original.is_file() and content_of(original) == run.input_sha256:
        return _opened(run, original, watch)
    if fetch_copy(run, copy):
        return _opened(run, copy, watch)
    if copy.is_file():
        raise BooksDontBalance(
            "run {id}: its copy of the input, {copy}, is not what was written: it is damaged", id=run.id, copy=copy
        )
    reason = Text("its copy of the input is gone; nothing can be made from it any more")
    if run.state != "purged":
        reason = Text(
            "its copy of the input is gone, and {path} is not there with the same content either; put that file back, "
            "or import it from where it is now: that goes on with this run",
            path=original,
        )
    raise RefusedFile("run {id}: {reason}", id=run.id, reason=reason)


def _opened(run: "Run", path: Path, watch: Watch) -> MappedInput:
    kept = run.settings
    score, told = header_score_for(kept["map"]), opening(watch)
    table = open_table(path, ReadOptions(**kept["read"]), header_score=score, advanced=told)
    try:
        mapping = map_table(table, tuple(kept["map"]), kept["full_name"], kept["decisions"]["region"])
        if mapping.fingerprint() != kept["fingerprint"]:
            reason = Text("this version maps its columns differently; start it again with --fresh")
            raise RefusedFile("run {id}: {reason}", id=run.id, reason=reason)  # noqa: TRY301 (the table must be closed for it, too)
    except BaseException:
        table.close()
        raise
    return MappedInput(table, mapping, Decisions(**kept["decisions"]))
