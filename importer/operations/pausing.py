"""``importer pause`` and ``importer resume``: a run sends nothing for a while, whoever started it; nothing is lost."""

from importer.errors import UsageError
from importer.journal import Journal, Run, RunState
from importer.journal.database.existence import exists
from importer.journal.run_requests import RunRequest, put_request, withdraw_request
from importer.messages.text import Text
from importer.operations.history import STATES
from importer.settings import Settings


def is_at_work(journal: Journal, run: Run) -> bool:
    """Whether a process works on a run now, as far as can be told without its lock."""
    return journal.locks.is_worked_on(run.identity)


def pause(prefix: str, by: str, settings: Settings) -> str:
    """Ask for a run to send nothing new; what to tell whoever asked.

    It stands until ``unpause``, also for a process that takes the run up later.

    Raises:
        UsageError: no such run, or one that has nothing left to send.
    """
    with _journal(settings) as journal:
        run = journal.get_run(prefix)
        pause_run(journal, run, by)
        again = f"importer resume {run.id}"
        if is_at_work(journal, run):
            return Text(
                "run {run} pauses: what is on its way ends, nothing new is sent until {command}",
                run=run.id,
                command=again,
            )
        return Text(
            "nobody works on run {run} now; whoever takes it up waits until {command}", run=run.id, command=again
        )


def unpause(prefix: str, settings: Settings) -> str:
    """Let a run go on that was paused; what to tell whoever asked. Raises UsageError where there is no such run."""
    with _journal(settings) as journal:
        run = journal.get_run(prefix)
        if not withdraw_request(journal.database, run.id, RunRequest.PAUSE):
            return Text("run {run} was not paused", run=run.id)
        if is_at_work(journal, run):
            return Text("run {run} goes on", run=run.id)
        return Text(
            "run {run} is no longer paused, and nobody works on it: {command} goes on",
            run=run.id,
            command=f"importer run --resume {run.id}",
        )


def pause_run(journal: Journal, run: Run, by: str) -> None:
    """Record the request that a run pauses. Raises UsageError where it has nothing left to send."""
    if run.state in {RunState.FINISHED, RunState.PURGED}:
        raise UsageError(
            "run {id} is {state}: there is nothing left to send, and so nothing to pause",
            id=run.id,
            state=STATES[run.state],
        )
    put_request(journal.database, run.id, RunRequest.PAUSE, by, journal.now())


def stop_run(journal: Journal, run: Run, by: str) -> bool:
    """Ask whoever works on a run to end as at SIGTERM; False: nobody does."""
    if not is_at_work(journal, run):
        return False
    put_request(journal.database, run.id, RunRequest.STOP, by, journal.now())
    return True


def _journal(settings: Settings) -> Journal:
    if not exists(settings.journal_location):
        raise UsageError(Text("there is no journal yet: no run has been made with it"))
    return Journal.open(settings.journal_location)
