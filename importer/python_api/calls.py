"""``importer.run`` and its like: what a notebook, Airflow or any other program calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from importer.errors import BooksDontBalance, ImporterError, UsageError
from importer.journal.database.existence import exists
from importer.messages.text import Text
from importer.progress import Watch
from importer.python_api.call_settings import A_PATH, GivenSettings, refuse_other, settings_of
from importer.python_api.worker_thread import ProgressCallback, in_thread

if TYPE_CHECKING:
    import pandas as pd

    from importer.python_api.import_result import ImportResult
    from importer.settings import Settings

GivenUsers: TypeAlias = "pd.DataFrame | str | PathLike[str]"
Told: TypeAlias = "ProgressCallback | Watch | None"

_A_RUN: Final = Text("the id of a run")


def run(
    users: GivenUsers,
    settings: GivenSettings = None,
    progress: Told = None,
    *,
    output: str | PathLike[str] | None = None,
    **options: Any,
) -> "ImportResult":
    """Create every user of a file or DataFrame; the same call again goes on where an earlier one stopped.

    It blocks until the run has ended, and works inside a running event loop; ``await asyncio.to_thread(run, …)`` does
    not hold the loop up.

    Args:
        users: A file as the command takes it; or a DataFrame: its column names are the header, NaN, None and NaT are
            blank cells, numbers and dates are read as those of a workbook are. Its rows are 2, 3, … in messages.
        settings: From ``load``, or options as ``load`` takes them; None: from the environment alone.
        progress: Called with (done, total, stage), see ``ProgressCallback``.
        output: Where the output goes. None: beside a file; of a DataFrame no file is written.
        options: More options, over ``settings``: ``sandbox=True``, ``region="KZ"``, ``map=("Mobile = phone",)``.

    Returns:
        The result; its ``rows`` are a DataFrame.

    Raises:
        UsageError: an option, or there is no token. RefusedFile: nothing was sent.
        Stopped: The run ended before its last row (ApiUnavailable, StorageFailed, Interrupted), or is going on
            elsewhere (AlreadyRunning). BooksDontBalance: exit 5 of the README. The exception's ``result`` holds what
            there is of the result, or None.
    """
    chosen = settings_of(settings, options, output)
    from importer.pipeline import run as run_file  # noqa: PLC0415 (pandas loads here)
    from importer.python_api.import_result import CollectedRows, ImportResult  # noqa: PLC0415 (as above)

    def job(watch: Watch, path: Path, frame: "pd.DataFrame | None") -> ImportResult:
        if frame is None:
            summary = run_file(path, chosen, watch)
            return ImportResult(summary, partial(_rows_of_run, summary.run, chosen))
        collected = CollectedRows()
        summary = run_file(path, chosen, watch, collect=collected)
        return _whole(ImportResult(summary, partial(collected.beside, frame)), at_once=True)

    return _sound(_called(users, chosen, progress, job))


def validate(
    users: GivenUsers,
    settings: GivenSettings = None,
    progress: Told = None,
    *,
    output: str | PathLike[str] | None = None,
    **options: Any,
) -> "ImportResult":
    """Check a file or DataFrame; nothing is sent, no token is needed, no connection opened.

    Arguments are those of ``run``. In the rows ``not_sent`` means: would be sent.

    Raises:
        UsageError: an option names what is not there. RefusedFile: it cannot be imported as it is.
        Interrupted: it was asked to end.
    """
    chosen = settings_of(settings, options, output)
    from importer.python_api.import_result import CollectedRows, ImportResult  # noqa: PLC0415 (pandas loads here)
    from importer.validate_file import validate as validate_file  # noqa: PLC0415 (as above)

    def checked(path: Path, frame: "pd.DataFrame | None") -> "pd.DataFrame":
        collected = CollectedRows()
        validate_file(path, chosen.model_copy(update={"output": None}), collect=collected)
        return collected.of_file() if frame is None else collected.beside(frame)

    def job(watch: Watch, path: Path, frame: "pd.DataFrame | None") -> ImportResult:
        if frame is None or chosen.output is not None:
            summary = validate_file(path, chosen, watch)
            return _whole(ImportResult(summary, partial(checked, path, frame)), at_once=frame is not None)
        collected = CollectedRows()
        summary = validate_file(path, chosen, watch, collect=collected)
        return _whole(ImportResult(summary, partial(collected.beside, frame)), at_once=True)

    return _called(users, chosen, progress, job)


def report(
    run: str,
    settings: GivenSettings = None,
    progress: Told = None,
    *,
    output: str | PathLike[str] | None = None,
    **options: Any,
) -> "ImportResult":
    """What became of a run's rows, from the journal and the run's own copy of its input.

    ``run`` is its id or the beginning of it, "latest" for the newest; ``output`` where the file is made again: None
    writes none. The others are as in ``run``.

    Raises:
        UsageError: no such run. RefusedFile: its copy of the input is gone. BooksDontBalance: see the README.
    """
    refuse_other("run", run, str, _A_RUN)
    chosen = settings_of(settings, options, output)
    from importer.python_api.import_result import ImportResult  # noqa: PLC0415 (as above)
    from importer.report_run import report as report_run  # noqa: PLC0415 (pandas loads here)

    def job(watch: Watch) -> ImportResult:
        summary = report_run(run, chosen, watch, files=chosen.output is not None)
        return ImportResult(summary, partial(_rows_of_run, summary.run, chosen))

    return in_thread(job, progress)


def verify(
    run: str,
    output: str | PathLike[str] | None = None,
    settings: GivenSettings = None,
    **options: Any,
) -> list[str]:
    """Prove that input, journal and output of a run agree row by row.

    Args:
        run: Its id or the beginning of it; "latest" for the newest.
        output: The output file; None: the one in its usual place, if it is there.
        settings: As in ``run``.
        options: As in ``run``.

    Returns:
        Lines that say what was compared and agrees.

    Raises:
        BooksDontBalance: something does not agree. UsageError: no such run or output.
    """
    refuse_other("run", run, str, _A_RUN)
    refuse_other("output", output, str | PathLike | None, A_PATH)
    chosen = settings_of(settings, options)
    from importer.verify_run import verify as verify_run  # noqa: PLC0415 (pandas loads here)

    return verify_run(run, None if output is None else Path(output), chosen)


def runs(settings: GivenSettings = None, *, limit: int = 50, **options: Any) -> list[dict[str, Any]]:
    """The runs of the journal, newest first: what ``importer runs --json`` prints; [] where there is no journal.

    Raises:
        UsageError: an option. BooksDontBalance: the journal is damaged.
    """
    chosen = settings_of(settings, options)
    if not exists(chosen.journal_location):
        return []
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)
    from importer.operations.history import as_it_stands  # noqa: PLC0415 (as above)

    with Journal.open(chosen.journal_location, read_only=True) as journal:
        found = [as_it_stands(journal, run) for run in journal.runs(limit)]
        return [{**asdict(run), "state": str(run.state)} for run in found]


def _called(
    users: GivenUsers,
    chosen: "Settings",
    progress: Told,
    job: "Callable[[Watch, Path, pd.DataFrame | None], ImportResult]",
) -> "ImportResult":
    """Call a job with a path: that of the file, or of the frame's text while the job lasts."""
    if isinstance(users, str | PathLike):
        path = Path(users)
        return in_thread(lambda watch: job(watch, path, None), progress)
    import pandas as pd  # noqa: PLC0415 (a path is refused or taken without it)

    if not isinstance(users, pd.DataFrame):
        raise UsageError("a path or a pandas DataFrame is expected, and not {name}", name=type(users).__name__)
    from importer.python_api import frame_input  # noqa: PLC0415 (as above)
    from importer.python_api.composite_cells import refuse_composite_cells  # noqa: PLC0415 (as above)

    frame = users.copy(deep=False)  # what either of the two is changed by later is its own
    with frame_input.written(frame, mapped=bool(chosen.map)) as path, _called_a_frame(path):
        refuse_composite_cells(frame, path, chosen)
        return in_thread(lambda watch: job(watch, path, frame), progress)


@contextmanager
def _called_a_frame(path: Path) -> Iterator[None]:
    """What goes wrong speaks of the DataFrame, not of a file that is gone by then."""
    try:
        yield
    except ImporterError as exc:
        if exc.args:
            said = str(exc.args[0]).replace(str(path), "the DataFrame").replace(path.name, "the DataFrame")
            exc.args = (said, *exc.args[1:])
        raise


def _sound(result: "ImportResult") -> "ImportResult":
    """The result; raised with what ended it where that was no end of an import: a caller may look at nothing."""
    error: ImporterError | None = result.summary.stopped
    if result.exit_code == BooksDontBalance.exit_code:
        error = BooksDontBalance(result.message)
    if error is not None:
        error.result = result
        raise error
    return result


def _whole(result: "ImportResult", *, at_once: bool) -> "ImportResult":
    """The result; ``at_once`` with its rows, because the text of a frame does not outlast the call."""
    if at_once:
        result.rows  # noqa: B018 (read, and kept)
    return result


def _rows_of_run(run: str, chosen: "Settings") -> "pd.DataFrame":
    from importer.journal import Journal  # noqa: PLC0415 (the database library loads here)
    from importer.planning.input_copy import reopen_input  # noqa: PLC0415 (as above)
    from importer.planning.mapped_input import closing_input  # noqa: PLC0415 (as above)
    from importer.python_api.import_result import CollectedRows  # noqa: PLC0415 (as above)
    from importer.reporting.report import collect_report  # noqa: PLC0415 (as above)

    collected = CollectedRows()
    with Journal.open(chosen.journal_location, read_only=True) as journal:
        known = journal.get_run(run)
        with closing_input(reopen_input(journal, known, Watch())) as mapped:
            collect_report(journal, known, mapped, Watch(), collected)
    return collected.of_file()
