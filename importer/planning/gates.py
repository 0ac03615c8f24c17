"""Reasons to refuse a whole file after it was looked through and before anything is sent."""

from dataclasses import replace
from pathlib import Path

from importer.errors import RefusedFile
from importer.progress import Watch
from importer.settings import Settings
from importer.validation.stream import Source
from importer.validation.survey import Survey, survey
from importer.writing import check_room, default_output, expected_losses


def surveyed(
    source: Source, settings: Settings, path: Path, output: Path | None, watch: Watch, *, keep_phones: bool = False
) -> Survey:
    """What the first pass finds; what can be known to fail already fails here.

    Raises:
        RefusedFile: no rows, or too many invalid ones (--max-invalid).
        UsageError: more rows or columns than the output's format can hold.
    """
    found = survey(source, duplicates=settings.duplicates, watch=watch, keep_phones=keep_phones)
    if not found.rows:
        raise RefusedFile(f"{path}: a header and no rows: nothing to import")
    if output is not None:
        columns = len(source.table.header) - len(source.mapping.result_columns)
        check_room(output, last_row=found.last_row, columns=columns)
    allowed = settings.invalid_allowed(found.rows)
    invalid = found.invalid - found.examples
    if invalid > allowed:
        raise RefusedFile(
            f"{path}: {invalid} of {found.rows} rows are invalid, more than --max-invalid "
            f"{settings.max_invalid} allows; nothing was sent; importer validate shows what is wrong"
        )
    target = output or default_output(path, source.table.dialect)[0]
    return replace(found, findings=(*found.findings, *expected_losses(source.table, target)))
