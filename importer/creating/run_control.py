"""A run that can be looked at, paused and stopped from elsewhere, however it was started.

Beside the steps a thread looks once in a while at what is wanted of the run (``journal.run_requests``) and tells its
watch, and it writes down how far the run is (``progress_record``).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from importer.creating.progress_record import RecordingWatch
from importer.errors import ImporterError
from importer.journal import Journal, Run, RunState
from importer.journal.run_requests import RunRequest, request_for, withdraw_request
from importer.messages.text import Text
from importer.progress import Watch

LOOK_EVERY: Final = 0.5
"""Seconds between two looks: a request takes effect within two seconds, also on a busy machine."""


@contextmanager
def followed(journal: Journal, run: Run, watch: Watch) -> Iterator[Watch]:
    """The watch that the steps of a run tell, for the block; the run is owned by this process.

    A run that somebody paused is paused from its first moment; a request to end that is older than the block is void.

    Raises:
        StorageFailed: the journal cannot be read or written.
    """
    withdraw_request(journal.database, run.id, RunRequest.STOP)
    told = RecordingWatch(watch, journal.run_folder(run.id), partial(journal.counts, run.id))
    _look(journal, run, told)
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(journal, run, told, ended), name="run requests", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()
        told.close()
        with suppress(ImporterError):  # what ended the run is told by the run
            if journal.get_run(run.id).state is RunState.FINISHED:
                withdraw_request(journal.database, run.id, *RunRequest)


def _follow(journal: Journal, run: Run, watch: RecordingWatch, ended: threading.Event) -> None:
    while not ended.wait(LOOK_EVERY):
        with suppress(ImporterError):  # a journal that cannot be read ends the run where it is written
            _look(journal, run, watch)
        watch.keep()


def _look(journal: Journal, run: Run, watch: RecordingWatch) -> None:
    wanted = request_for(journal.database, run.id)
    if wanted is not None and wanted.request is RunRequest.STOP:
        withdraw_request(journal.database, run.id, RunRequest.STOP)
        watch.said(Text("stopped by {who}", who=wanted.by))
        watch.interrupt()
        return
    by = wanted.by if wanted is not None else ""
    if by != watch.paused_by:
        watch.paused_by = by
        paused = Text(
            "paused by {who}: nothing new is sent; {command} goes on", who=by, command=f"importer resume {run.id}"
        )
        watch.said(paused if by else Text("goes on"))
