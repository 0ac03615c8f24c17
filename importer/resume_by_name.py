"""Going on with a run by its name: ``importer run --resume RUN``, where its file is elsewhere, or was never a file."""

import time
from pathlib import Path

from importer.creating.endpoint.endpoint import endpoint
from importer.journal import Journal
from importer.model import Summary
from importer.operations.purge import purge_by_itself
from importer.pipeline import RunContext
from importer.planning.file_state import FileState
from importer.planning.input_copy import reopen_input
from importer.planning.mapped_input import closing_input
from importer.planning.run_identity import resumable, settings_as_planned
from importer.progress import Watch
from importer.settings import Settings


def resume_run(prefix: str, settings: Settings, watch: Watch | None = None) -> Summary:
    """Go on with a run of the journal, from its own copy of the input, read and mapped as it was begun.

    Raises:
        UsageError: no such run, one of another API address, or one that was started anew since. Else as ``run``.
    """
    watch, began = watch or Watch(), time.monotonic()
    with endpoint(settings, watch) as api, Journal.open(settings.journal_location) as journal:
        known = resumable(journal, prefix, api.label)
        path, planned = Path(known.settings["input"]), settings_as_planned(known, settings)
        job = RunContext(journal, api, path, planned, watch, began, None, FileState.of(path))
        with closing_input(reopen_input(journal, known, watch)) as mapped:
            summary = job.go(known.identity, known.input_sha256, mapped)
    purge_by_itself(settings, watch)
    return summary
