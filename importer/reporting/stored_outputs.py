"""A copy of a run's finished outputs, beside its copy of the input in the storage that its machines share."""

from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import StorageFailed
from importer.messages.text import Text
from importer.planning.stored_copy import storage_of
from importer.progress import Watch
from importer.reporting.report import Report
from importer.storage import Storage, folder_of_run

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library


def store_outputs(run: "Run", made: Report, manifest: Path, watch: Watch) -> None:
    """Put copies of the result, the rejected rows and the manifest into the run's storage, if it has one.

    They are written already where the operator wants them, so that a storage that fails by now is only told.
    """
    if not storage_of(run):
        return
    try:
        storage = Storage(storage_of(run))
        for path in filter(None, (made.output, made.rejected, made.rejected_workbook, manifest)):
            storage.put(f"{folder_of_run(run.id)}/outputs/{path.name}", path)
    except StorageFailed as exc:
        watch.said(Text("the outputs have no copy in the storage: {why}", why=exc.sentence))
