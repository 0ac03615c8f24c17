"""Reasons to refuse a whole file after it was looked through and before anything is sent."""

from dataclasses import replace
from pathlib import Path

from importer.errors import RefusedFile
from importer.messages.text import Text, counted
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
        raise RefusedFile(Text("{path}: a header and no rows: nothing to import", path=path))
    if output is not None:
        columns = len(source.table.header) - len(source.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    if reason := _too_few(found, settings, rows_before) or _too_many_invalid(found, settings):
        raise GateRefusal(Text("{path}: {reason}", path=path, reason=reason), found)
    target = output or default_output(path, source.table.dialect)[0]
    return replace(found, findings=(*found.findings, *expected_losses(source.table, target)))


def _too_few(found: Survey, settings: Settings, rows_before: int) -> str:
    if found.rows < settings.min_rows:
        return counted(
            "{count:,} row is fewer than --min-rows {least}; nothing was sent; is it whole?",
            "{count:,} rows are fewer than --min-rows {least}; nothing was sent; is it whole?",
            found.rows,
            least=settings.min_rows,
        )
    if not settings.max_shrink or not rows_before:
        return ""
    lost = rows_before - found.rows
    if lost * 100 <= rows_before * float(settings.max_shrink.removesuffix("%")):
        return ""
    return counted(
        "{count:,} row, and the last finished run of this source had {before:,}: {share:.1f}% fewer, more than "
        "--max-shrink {most} allows; nothing was sent; is the file whole?",
        "{count:,} rows, and the last finished run of this source had {before:,}: {share:.1f}% fewer, more than "
        "--max-shrink {most} allows; nothing was sent; is the file whole?",
        found.rows,
        before=rows_before,
        share=lost * 100 / rows_before,
        most=settings.max_shrink,
    )


def _too_many_invalid(found: Survey, settings: Settings) -> str:
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
