"""Reasons to refuse a whole file after it was looked through and before anything is sent."""

from dataclasses import replace
from pathlib import Path

from importer.errors import RefusedFile
from importer.model import Changes
from importer.progress import Watch
from importer.settings import Settings
from importer.validation.stream import Source
from importer.validation.survey import Survey, survey
from importer.writing import check_room, default_output, expected_losses


class GateRefusal(RefusedFile):
    """A file that could be read and is refused for what was found in it.

    Attributes:
        found: The survey of it: which rows are to be mended.
    """

    def __init__(self, message: str, found: Survey) -> None:
        super().__init__(message)
        self.found = found


def surveyed(
    source: Source,
    settings: Settings,
    path: Path,
    output: Path | None,
    watch: Watch,
    *,
    rows_before: int = 0,
    keep_phones: bool = False,
) -> Survey:
    """What the first pass finds; what can be known to fail already fails here.

    Args:
        source: The opened file.
        settings: Its gates: --max-invalid, --min-rows, --max-shrink.
        path: The file, for messages.
        output: Where the result goes, if anywhere.
        watch: Told of progress.
        rows_before: Rows of the last finished run of the same source, for --max-shrink; 0 where there is none.
        keep_phones: Whether the phones are wanted (``Survey.to_send``).

    Raises:
        RefusedFile: no rows. GateRefusal: too few, or too many invalid ones.
        UsageError: more rows or columns than the output's format can hold.
    """
    found = survey(source, duplicates=settings.duplicates, watch=watch, keep_phones=keep_phones)
    if not found.rows:
        raise RefusedFile(f"{path}: a header and no rows: nothing to import")
    if output is not None:
        columns = len(source.table.header) - len(source.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    if reason := _too_few(found, settings, rows_before) or _too_many_invalid(found, settings):
        raise GateRefusal(f"{path}: {reason}", found)
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


def _too_few(found: Survey, settings: Settings, rows_before: int) -> str:
    if found.rows < settings.min_rows:
        return f"{found.rows:,} rows are fewer than --min-rows {settings.min_rows}; nothing was sent; is it whole?"
    if not settings.max_shrink or not rows_before:
        return ""
    lost = rows_before - found.rows
    if lost * 100 <= rows_before * float(settings.max_shrink.removesuffix("%")):
        return ""
    return (
        f"{found.rows:,} rows, and the last finished run of this source had {rows_before:,}: "
        f"{lost * 100 / rows_before:.1f}% fewer, more than --max-shrink {settings.max_shrink} allows; nothing was "
        "sent; is the file whole?"
    )


def _too_many_invalid(found: Survey, settings: Settings) -> str:
    invalid = found.invalid - found.examples
    if invalid <= settings.invalid_allowed(found.rows):
        return ""
    return (
        f"{invalid} of {found.rows} rows are invalid, more than --max-invalid {settings.max_invalid} allows; "
        "nothing was sent; importer validate shows what is wrong"
    )
