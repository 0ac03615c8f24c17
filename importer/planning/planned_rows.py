"""The plan of a file, made durable: a journal row for each of its rows, before anything is sent."""

from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import BooksDontBalance
from importer.planning.changed_users import ChangedUsers, as_settings
from importer.planning.gates import refuse_changes
from importer.planning.plan import others_of, planned_chunks
from importer.planning.refused_rows import RefusedRecorder
from importer.planning.run_identity import settings_of_run
from importer.progress import Watch
from importer.settings import Settings
from importer.validation.survey import Survey

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library


def plan_rows(journal: "Journal", run: "Run", found: Survey, settings: Settings, path: Path, watch: Watch) -> "Run":
    """Plan the rows of a surveyed file; the run as it stands then.

    Raises:
        GateRefusal: too many of its people have changed. BooksDontBalance: rows were read that were not planned.
    """
    from importer.journal.runs import NEW_PHONES  # noqa: PLC0415 (where there is a journal, it is loaded)
    from importer.journal.updates import keep_prints, refuse_shared  # noqa: PLC0415 (as above)

    mapping = found.mapped.mapping
    watch.began("planning", found.rows)
    refused = RefusedRecorder(journal, run, mapping, settings)
    changes = ChangedUsers(journal, run.api, mapping, settings)
    for checked, plan in planned_chunks(found, changes.users, changes):
        journal.plan(run.id, plan)
        refused.planned(checked, plan, others_of(found, plan.index))
        watch.advanced_or_ended(len(plan))
    planned = journal.row_count(run.id)
    if planned != found.rows:
        raise BooksDontBalance(
            "run {run}: {rows} rows read, {planned} planned", run=run.id, rows=found.rows, planned=planned
        )
    refuse_changes(changes.found, found, settings, path)
    if settings.update:
        refuse_shared(journal, run)
    keep_prints(journal, run.api, changes.learnt)
    remembered = {**settings_of_run(found.mapped, settings, path), "changes": as_settings(changes.found)}
    if settings.update:
        remembered[NEW_PHONES] = {str(row): phone.hex() for row, phone in changes.new_phones.items()}
    return journal.update_run(run.id, settings=remembered)
