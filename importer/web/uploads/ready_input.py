"""What **Start import** hands to the run: a file that no longer changes, and how it is to be read."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.errors import RefusedFile, UsageError
from importer.journal import Journal, Run
from importer.model import CELL_OPTIONS
from importer.planning.input_copy import content_of, is_kept
from importer.planning.mapped_input import closing_input, open_input, today
from importer.reading.corrected_copy import ENDING, write_corrected_copy
from importer.reading.corrections import EditedTable
from importer.storage.private_files import FILE_MODE, make_folder
from importer.web.records.jobs import Job
from importer.web.records.uploads import Upload
from importer.web.site import Site
from importer.web.uploads.draft import Draft
from importer.writing.in_place_choice import may_be_kept
from importer.writing.pending_file import storage_failed
from importer.writing.preamble import preamble


@dataclass(frozen=True)
class ReadyInput:
    """The input of a run.

    Attributes:
        path: The upload itself where nothing in it was corrected; else a copy with the corrections, beside it.
        options: Options of ``importer run`` (map, sheet, region, …), as ``site.settings_for`` takes them.
    """

    path: Path
    options: dict[str, Any]


def freeze(site: Site, upload: Upload) -> ReadyInput:
    """The input of a run that starts now: what is corrected later does not concern it.

    The same corrections give the same file, so that a second start finds the run of the first.

    Raises:
        StorageFailed: The copy cannot be written. RefusedFile, UsageError: the upload cannot be read any more.
    """
    draft = Draft.of(upload.folder)
    options, corrections = draft.fact("options", {}), draft.corrections()
    if not corrections:
        return ReadyInput(upload.path, options)
    path = upload.folder / "starts" / str(draft.changes()) / f"{upload.name}{ENDING}"
    new = path.with_name(f".{secrets.token_hex(8)}{ENDING}")
    try:
        make_folder(path.parent)
        with closing_input(open_input(upload.path, site.settings_for(options), today())) as mapped:
            new.touch(FILE_MODE)
            workbook = upload.path.read_bytes() if may_be_kept(mapped.table) else b""
            write_corrected_copy(new, EditedTable(mapped.table, corrections), preamble(mapped.table), workbook)
        new.replace(path)
    except OSError as exc:
        with suppress(OSError):
            new.unlink()
        raise storage_failed(path, exc) from exc
    kept = {name: value for name, value in options.items() if name not in CELL_OPTIONS}
    return ReadyInput(path, kept)


def put_back(site: Site, job: Job, run: Run | None) -> None:
    """Give the outputs of a job their folder, and make its input again where neither that nor the run's copy is left.

    Only the content that the run was begun with is put there: how the upload is read may have been changed since.

    Raises:
        StorageFailed: there is no writing there.
    """
    path = Path(job.input)
    try:
        make_folder(path.parent)
    except OSError as exc:
        raise storage_failed(path.parent, exc) from exc
    upload = site.uploads.get(job.upload)
    if path.is_file() or _has_copy(site, run) or upload is None or Draft.of(upload.folder).changes() != job.changes:
        return
    with suppress(RefusedFile, UsageError):  # the run says what it misses
        freeze(site, upload)
        if run is not None and content_of(path) != run.input_sha256:
            path.unlink()


def _has_copy(site: Site, run: Run | None) -> bool:
    if run is None:
        return False
    with Journal.open(site.settings.journal_location, read_only=True) as journal:
        return is_kept(journal, run)
