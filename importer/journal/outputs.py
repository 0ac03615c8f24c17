"""Which files a journal's runs have written, by their SHA-256: told also where no manifest stands beside them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import ColumnElement, literal, select

from importer.errors import StorageFailed
from importer.journal import unowned_outputs
from importer.journal.database.tables import RUNS
from importer.journal.journal import Journal

_KEY: Final = "outputs"
"""Of a run's settings: name of a file → its SHA-256s, the newest last."""


def remember_outputs(journal: Journal, run_id: str, hashes: Mapping[str, str]) -> None:
    """Note what is about to be put in place, beside what stands there until then, if the journal can be written.

    ``hashes``: name → SHA-256.

    Raises:
        AlreadyRunning: This process owned the run, and another one has it by now.
    """
    with suppress(StorageFailed):  # the manifest tells, too; what was created is to be written all the same
        journal.locks.owner()  # also where there is nothing new to note
        kept = journal.get_run(run_id).settings
        before = kept.get(_KEY, {})
        now = {name: [*dict.fromkeys([*before.get(name, [])[-1:], sha256])] for name, sha256 in hashes.items()}
        if before | now != before:
            journal.update_run(run_id, settings={**kept, _KEY: before | now})


def has_written(journal: Journal, sha256: str, *of: ColumnElement[bool]) -> bool:
    """Whether a run of the journal has written, or was about to write, a file of this SHA-256; or a refusal.

    ``of``: which runs count, by conditions on RUNS; without any, all of them.
    """
    if unowned_outputs.knows(journal.folder, sha256):
        return True
    with journal.database.reading() as connection:
        noted = select(literal(1)).where(*of, RUNS.c.settings.contains(sha256)).limit(1)
        return connection.execute(noted).first() is not None


def has_written_of(journal: Journal, content: str, sha256: str) -> bool:
    """The same of the runs of one content (the SHA-256 of an input), and of refusals."""
    return has_written(journal, sha256, RUNS.c.input_sha256 == content)


def run_has_written(journal: Journal, run_id: str, sha256: str) -> bool:
    """The same of one run, and of refusals."""
    return has_written(journal, sha256, RUNS.c.id == run_id)
