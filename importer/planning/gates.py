"""Reasons to refuse a whole file after it was looked through and before anything is sent."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import RefusedFile
from importer.mapping.header_evidence import names_columns
from importer.mapping.header_keys import fold
from importer.messages.text import Text, counted, joined
from importer.model import Changes
from importer.planning.run_identity import header_names
from importer.progress import Watch
from importer.settings import Settings
from importer.validation.stream import MappedInput
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

    rows: int
    header: tuple[str, ...]

    @classmethod
    def of(cls, run: "Run | None") -> "LastDelivery":
        """What a run remembers of it."""
        return cls(run.rows, tuple(run.settings.get("header", ()))) if run else cls(0, ())


def surveyed(
    mapped: MappedInput,
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
        mapped: The opened file.
        settings: Its gates (``model.GATES``).
        path: The file, for messages.
        output: Where the result goes, if anywhere.
        watch: Told of progress.
        last: The run of the same source that was finished last, for the gates that compare with it.
        keep_phones: Whether the phones are wanted (``Survey.to_send``).

    Raises:
        RefusedFile: no rows. GateRefusal: a gate is closed.
        UsageError: more rows or columns than the output's format can hold.
    """
    found = survey(mapped, duplicates=settings.duplicates, watch=watch, keep_phones=keep_phones)
    if not found.rows:
        raise RefusedFile("{path}: a header and no rows: nothing to import", path=path)
    if output is not None:
        columns = len(mapped.table.header) - len(mapped.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    delivery = LastDelivery.of(last)
    reason = next((reason for gate in _GATES if (reason := gate(found, settings, delivery))), "")
    if reason:
        raise GateRefusal(Text("{path}: {reason}", path=path, reason=reason), found)
    watch.noted("gates.passed", _passed(found, settings, delivery))
    target = output or default_output(path, mapped.table.dialect)[0]
    return replace(found, findings=(*found.findings, *expected_losses(mapped.table, target)))


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
    others = Text("{count:,} have the names of other people", count=changes.other_names) if changes.other_names else ""
    raise GateRefusal(
        Text(
            "{path}: {changed:,} of {known:,} known people differ from what was sent of them ({how}), more than "
            "--max-changes {most} allows; nothing was sent; is it the right file, and are its columns what they were?",
            path=path,
            changed=changed,
            known=known,
            how=joined((fields, others), "; "),
            most=settings.max_changes,
        ),
        found,
    )


def _columns_changed(found: Survey, settings: Settings, last: LastDelivery) -> str:
    if settings.columns != "same" or not last.header:
        return ""
    header = header_names(found.mapped)
    lost, new = _left_over(last.header, header), _left_over(header, last.header)
    if not lost and not new:
        return ""
    changes = [
        *([Text("lost {names}", names=_quoted(lost, shown=names_columns(last.header)))] if lost else ()),
        *([Text("new {names}", names=_quoted(new, shown=found.mapped.mapping.header.names_columns))] if new else ()),
    ]
    return Text(
        "its columns are not those of the last finished run of this source, as --columns same demands: {changes}; "
        "nothing was sent; is it the right file?",
        changes=joined(changes, "; "),
    )


def _left_over(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """The headers of ``some`` that ``others`` has not as often, however they are written; unnamed columns aside."""
    extra = Counter(map(fold, some)) - Counter(map(fold, others))
    return list({fold(name): name for name in some if fold(name) in extra and name}.values())


def _quoted(names: list[str], *, shown: bool) -> str:
    """Names of a header; their number alone where it does not look like one, and they may be a person's cells."""
    if not shown:
        return Text("columns: {count}", count=len(names))
    return ", ".join(f'"{name}"' for name in names)


def _too_few(found: Survey, settings: Settings, last: LastDelivery) -> str:
    if found.rows < settings.min_rows:
        return counted(
            "{count:,} row is fewer than --min-rows {least}; nothing was sent; is it whole?",
            "{count:,} rows are fewer than --min-rows {least}; nothing was sent; is it whole?",
            found.rows,
            least=settings.min_rows,
        )
    share = _beyond(last.rows - found.rows, settings.max_shrink, last)
    if share is None:
        return ""
    return counted(
        "{count:,} row, and the last finished run of this source had {before:,}: {share:.1f}% fewer, more than "
        "--max-shrink {most} allows; nothing was sent; is the file whole?",
        "{count:,} rows, and the last finished run of this source had {before:,}: {share:.1f}% fewer, more than "
        "--max-shrink {most} allows; nothing was sent; is the file whole?",
        found.rows,
        before=last.rows,
        share=share,
        most=settings.max_shrink,
    )


def _too_many(found: Survey, settings: Settings, last: LastDelivery) -> str:
    share = _beyond(found.rows - last.rows, settings.max_growth, last)
    if share is None:
        return ""
    return counted(
        "{count:,} row, and the last finished run of this source had {before:,}: {share:.1f}% more, more than "
        "--max-growth {most} allows; nothing was sent; does it hold other people, or some twice?",
        "{count:,} rows, and the last finished run of this source had {before:,}: {share:.1f}% more, more than "
        "--max-growth {most} allows; nothing was sent; does it hold other people, or some twice?",
        found.rows,
        before=last.rows,
        share=share,
        most=settings.max_growth,
    )


def _beyond(by: int, most: str, last: LastDelivery) -> float | None:
    """By how many percent of its rows a file differs from the last delivery; None where the gate lets it through."""
    if not most or not last.rows or by * 100 <= last.rows * float(most.removesuffix("%")):
        return None
    return by * 100 / last.rows


def _too_many_invalid(found: Survey, settings: Settings, _last: LastDelivery) -> str:
    invalid = found.invalid - found.examples
    if invalid <= settings.invalid_allowed(found.rows):
        return ""
    return Text(
        "{invalid} of {rows} rows are invalid, more than --max-invalid {most} allows; nothing was sent; importer "
        "validate shows what is wrong",
        invalid=invalid,
        rows=found.rows,
        most=settings.max_invalid,
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
    invalid = found.invalid - found.examples
    facts: list[str] = [counted("{count:,} row", "{count:,} rows", found.rows)]
    if settings.max_invalid:
        allowed = settings.invalid_allowed(found.rows)
        facts.append(Text("{invalid:,} invalid of {allowed:,} allowed", invalid=invalid, allowed=allowed))
    else:
        facts.append(Text("{invalid:,} invalid", invalid=invalid))
    seen = Text("gates passed: {facts}", facts=joined(facts, ", "))
    before = Text("the last finished run of this source had {rows:,} rows", rows=last.rows) if last.rows else ""
    return joined((seen, before), "; ")
