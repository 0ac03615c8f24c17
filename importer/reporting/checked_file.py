"""What a run would do: the checked file that ``validate`` writes, or only its figures."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from importer.errors import BooksDontBalance
from importer.journal.unowned_outputs import remember
from importer.messages.text import Text
from importer.model import Status
from importer.planning.changed_users import ChangedUsers
from importer.planning.file_state import sha256_of
from importer.planning.plan import PLAN_COLUMNS, Known, nothing_known, planned_chunks
from importer.progress import Watch
from importer.reporting.manifest_content import announce
from importer.reporting.report import Collect, Report, collect_rows
from importer.reporting.results import Results
from importer.validation.survey import Survey
from importer.writing import rejected_path, write_output, write_rejected


def write_checked(
    found: Survey,
    known: Known,
    output: Path,
    rejected: Path,
    watch: Watch,
    *,
    unchanged: Callable[[], None],
    changes: ChangedUsers | None = None,
) -> Report:
    """Write the checked file of ``validate``: the same columns, with what would be sent as not_sent.

    ``unchanged`` is asked before anything can be seen, and raises if the input is not what it was. ``changes`` compares
    known users with what was sent of them.
    """
    results, plans = Results(found.mapped.mapping), _Plans(found, known, changes)
    watch.began("writing", found.rows)
    hashes: dict[str, str] = {}
    written = write_output(
        found.mapped.table,
        found.mapped.mapping.result_columns.values(),
        results.joined(plans.of, watch.advanced_or_ended),
        output,
        rejected,
        approve=lambda _rows: unchanged(),
        announce=lambda files: hashes.update(announce(output, found.mapped.table.path.name, files)),
    )
    if written.sentence:
        watch.said(written.sentence)
    return Report.of(results, found.causes, written, hashes)


def collect_checked(
    found: Survey, known: Known, watch: Watch, collect: Collect, *, changes: ChangedUsers | None = None
) -> Report:
    """Give ``collect`` what the checked file would hold, without writing one."""
    results = Results(found.mapped.mapping)
    watch.began("collecting", found.rows)
    chunks = ((checked.chunk, plan) for checked, plan in planned_chunks(found, known, changes))
    collect_rows(results, found.mapped, chunks, watch.advanced_or_ended, collect)
    return Report.of(results, found.causes)


def write_invalid(found: Survey, output: Path, rejected: Path, watch: Watch, runs: Path) -> Path | None:
    """Write the invalid rows of a file that is refused: where they are, or None where there are none.

    What is written is noted in the folder of the ``runs``: a refused file leaves no manifest.
    Without the duplicates, of which nobody can say who has the phone while none of the rows was sent.
    """
    if not found.invalid:
        return None
    plans = _Plans(found, nothing_known, None)

    def invalid(rows: pd.Index) -> pd.DataFrame:
        return plans.of(rows).replace({"status": {str(Status.DUPLICATE): str(Status.NOT_SENT)}})

    def announced(files: Mapping[Path, Path]) -> None:
        remember(runs, map(sha256_of, files.values()))

    return _write_rejected(found, invalid, output, rejected, watch, announced)


def write_to_be_fixed(
    found: Survey, known: Known, output: Path, watch: Watch, changes: ChangedUsers | None = None
) -> Path | None:
    """Write the rejected file that ``write_checked`` would leave beside ``output``, alone: its place, None: no row."""
    return _write_rejected(found, _Plans(found, known, changes).of, output, rejected_path(output), watch)


def _write_rejected(
    found: Survey,
    outcomes: Callable[[pd.Index], pd.DataFrame],
    output: Path,
    rejected: Path,
    watch: Watch,
    announced: Callable[[Mapping[Path, Path]], None] | None = None,
) -> Path | None:
    watch.began("writing", found.rows)
    joined = Results(found.mapped.mapping).joined(outcomes, watch.advanced)
    table, columns = found.mapped.table, found.mapped.mapping.result_columns.values()
    return write_rejected(table, columns, joined, output, rejected, announce=announced)


def forecast(found: Survey) -> Report:
    """What a run would do with a file of new users, without writing anything or reading it again."""
    statuses = {
        Status.INVALID: found.invalid,
        Status.DUPLICATE: found.duplicates,
        Status.NOT_SENT: found.sendable,
    }
    counted = {status: count for status, count in statuses.items() if count}
    return Report(
        found.rows,
        counted,
        found.rows - found.examples,
        found.causes,
        examples=found.examples,
        saved_by_drop=found.saved_by_drop,
    )


class _Plans:
    """The plan of a checked file in spans of any length; asked for earlier rows again, it starts again."""

    def __init__(self, found: Survey, known: Known, changes: ChangedUsers | None) -> None:
        self._found, self._known, self._changes = found, known, changes
        self._left: pd.DataFrame
        self._last_row: int
        self._restart()

    def of(self, rows: pd.Index) -> pd.DataFrame:
        """The plan frame of the next rows; raises BooksDontBalance where the file has others there now."""
        if int(rows[0]) <= self._last_row:
            self._restart()
        parts = [self._left]
        while sum(map(len, parts)) < len(rows) and (more := next(self._plans, None)) is not None:
            parts.append(more[1])
        ready = pd.concat(parts) if len(parts) > 1 else self._left
        plan: pd.DataFrame = ready.iloc[: len(rows)]
        self._left = ready.iloc[len(rows) :]
        if not plan.index.equals(rows):
            raise BooksDontBalance(
                Text("the file reads differently the second time; it must not change while it is read")
            )
        self._last_row = int(rows[-1])
        return plan

    def _restart(self) -> None:
        self._plans = planned_chunks(self._found, self._known, self._changes)
        self._left = pd.DataFrame(columns=list(PLAN_COLUMNS), index=pd.Index([], dtype="int64"), dtype="str")
        self._last_row = 0
