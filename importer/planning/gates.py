"""Reasons to refuse a whole file after it was looked through and before anything is sent."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import RefusedFile
from importer.mapping.header_keys import fold
from importer.model import Changes
from importer.planning.run_identity import header_names
from importer.progress import Watch
from importer.settings import Settings
from importer.validation.stream import Source
from importer.validation.survey import Survey, survey
from importer.writing import check_room, default_output, expected_losses

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library


class GateRefusal(RefusedFile):
    """A file that could be read and is refused for what was found in it.

    Attributes:
        found: The survey of it: which rows are to be mended.
    """

    def __init__(self, message: str, found: Survey) -> None:
        super().__init__(message)
        self.found = found


@dataclass(frozen=True)
class LastDelivery:
    """What the gates know of the last finished run of a file's source.

    Attributes:
        rows: How many rows it had; 0 where there was none.
        header: Its headers, as ``header_names`` gives them; empty where they were not remembered.
    """

    rows: int = 0
    header: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: "Run | None") -> "LastDelivery":
        """What a run remembers of it."""
        return cls(run.rows, tuple(run.settings.get("header", ()))) if run else cls()


def surveyed(
    source: Source,
    settings: Settings,
    path: Path,
    output: Path | None,
    watch: Watch,
    *,
    last: "Run | None" = None,
    keep_phones: bool = False,
) -> Survey:
    """What the first pass finds; what can be known to fail already fails here.

    Args:
        source: The opened file.
        settings: Its gates (``settings.GATES``).
        path: The file, for messages.
        output: Where the result goes, if anywhere.
        watch: Told of progress.
        last: The run of the same source that was finished last, for the gates that compare with it.
        keep_phones: Whether the phones are wanted (``Survey.to_send``).

    Raises:
        RefusedFile: no rows. GateRefusal: a gate is closed.
        UsageError: more rows or columns than the output's format can hold.
    """
    found = survey(source, duplicates=settings.duplicates, watch=watch, keep_phones=keep_phones)
    if not found.rows:
        raise RefusedFile(f"{path}: a header and no rows: nothing to import")
    if output is not None:
        columns = len(source.table.header) - len(source.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    delivery = LastDelivery.of(last)
    reason = next((reason for gate in _GATES if (reason := gate(found, settings, delivery))), "")
    if reason:
        raise GateRefusal(f"{path}: {reason}", found)
    watch.noted("gates.passed", _passed(found, settings, delivery))
    target = output or default_output(path, source.table.dialect)[0]
    return replace(found, findings=(*found.findings, *expected_losses(source.table, target)))


def refuse_changes(changes: Changes, found: Survey, settings: Settings, path: Path) -> None:
    """Refuse a file whose plan would change, or call somebody else, too many of the known people in it.

    Raises:
        GateRefusal: more than --max-changes.
    """
    changed = changes.changed + changes.other_names
    known = changed + changes.same
    if changed <= settings.changes_allowed(known):
        return
    fields = ", ".join(f"{field} {count:,}" for field, count in changes.fields.items())
    others = f"{changes.other_names:,} have the names of other people" if changes.other_names else ""
    raise GateRefusal(
        f"{path}: {changed:,} of {known:,} known people differ from what was sent of them "
        f"({'; '.join(filter(None, (fields, others)))}), more than --max-changes {settings.max_changes} allows; "
        "nothing was sent; is it the right file, and are its columns what they were?",
        found,
    )


def _columns_changed(found: Survey, settings: Settings, last: LastDelivery) -> str:
    if settings.columns != "same" or not last.header:
        return ""
    header = header_names(found.source)
    lost, new = _left_over(last.header, header), _left_over(header, last.header)
    if not lost and not new:
        return ""
    changes = [f"{kind} {_quoted(names)}" for kind, names in (("lost", lost), ("new", new)) if names]
    return (
        f"its columns are not those of the last finished run of this source, as --columns same demands: "
        f"{'; '.join(changes)}; nothing was sent; is it the right file?"
    )


def _left_over(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """The headers of ``some`` that ``others`` has not as often, however they are written; unnamed columns aside."""
    extra = Counter(map(fold, some)) - Counter(map(fold, others))
    return list({fold(name): name for name in some if fold(name) in extra and name}.values())


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _too_few(found: Survey, settings: Settings, last: LastDelivery) -> str:
    if found.rows < settings.min_rows:
        return f"{found.rows:,} rows are fewer than --min-rows {settings.min_rows}; nothing was sent; is it whole?"
    return _too_different(last.rows - found.rows, "fewer", "--max-shrink", settings.max_shrink, found, last)


def _too_many(found: Survey, settings: Settings, last: LastDelivery) -> str:
    return _too_different(found.rows - last.rows, "more", "--max-growth", settings.max_growth, found, last)


def _too_different(by: int, way: str, option: str, most: str, found: Survey, last: LastDelivery) -> str:
    if not most or not last.rows or by * 100 <= last.rows * float(most.removesuffix("%")):
        return ""
    question = "is the file whole?" if way == "fewer" else "does it hold other people, or some twice?"
    return (
        f"{found.rows:,} rows, and the last finished run of this source had {last.rows:,}: "
        f"{by * 100 / last.rows:.1f}% {way}, more than {option} {most} allows; nothing was sent; {question}"
    )


def _too_many_invalid(found: Survey, settings: Settings, _last: LastDelivery) -> str:
    invalid = found.invalid - found.examples
    if invalid <= settings.invalid_allowed(found.rows):
        return ""
    return (
        f"{invalid} of {found.rows} rows are invalid, more than --max-invalid {settings.max_invalid} allows; "
        "nothing was sent; importer validate shows what is wrong"
    )


_GATES: Final[tuple[Callable[[Survey, Settings, LastDelivery], str], ...]] = (
    _columns_changed,
    _too_few,
    _too_many,
    _too_many_invalid,
)
"""Each says why it is closed, or ""; the first closed one is told: a lost column explains rows that are invalid."""


def _passed(found: Survey, settings: Settings, last: LastDelivery) -> str:
    """What the gates saw, for the log of a night on which all went well."""
    of = f" of {settings.invalid_allowed(found.rows):,} allowed" if settings.max_invalid else ""
    before = f"; the last finished run of this source had {last.rows:,} rows" if last.rows else ""
    return f"gates passed: {found.rows:,} rows, {found.invalid - found.examples:,} invalid{of}{before}"
