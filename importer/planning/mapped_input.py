"""Opening an input as the settings say: the file read, its columns mapped, what holds for all of its cells decided."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from importer.cleaning import Decisions, tables_of
from importer.mapping import ColumnMapping, header_score_for, map_columns, refuse_foreign_ids
from importer.messages.text import Text
from importer.planning.unmapped_columns import SAMPLE_ROWS, refuse_unmapped
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.arrow_table import ENDING
from importer.reading.file_name import open_elsewhere
from importer.reading.table import ReadOptions, Table
from importer.settings import Settings
from importer.validation.stream import MappedInput


def read_options(settings: Settings) -> ReadOptions:
    """How the operator wants the file to be read."""
    return ReadOptions(
        sheet=settings.sheet,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        header_row=settings.header_row,
    )


def map_table(table: Table, requests: tuple[str, ...], full_name: str, region: str) -> ColumnMapping:
    """The mapping of an opened table; raises RefusedFile or UsageError as ``map_columns`` does."""
    sample = next(iter(table.chunks(200)), None)
    return map_columns(
        table.header,
        requests=requests,
        full_name=full_name,
        column_letter=table.column_letter,
        sample=sample,
        are_names=table.path.suffix == ENDING,  # a frame's columns are called so, whatever stands in its first row
        region=region,
    )


def opening(watch: Watch) -> Callable[[int], None]:
    """What tells a watch of a table that is being opened, and ends that when the command is asked to end."""
    watch.began("opening")
    return watch.advanced_or_ended


def open_input(path: Path, settings: Settings, today: str, watch: Watch | None = None) -> MappedInput:
    """Open and map an input as the settings say.

    Raises:
        RefusedFile: it cannot be read or mapped.
        UsageError: an option names what is not there.
    """
    table = read_table(path, settings, watch or Watch())
    try:
        return mapped_input(table, settings, today)
    except BaseException:
        table.close()
        raise


def read_table(path: Path, settings: Settings, watch: Watch) -> Table:
    """Open an input as the settings say; raises as ``open_input``."""
    score = header_score_for(settings.map)
    if lock := open_elsewhere(path):
        watch.said(
            Text(
                "{lock} lies beside the file: it is open somewhere, and what is not saved there is not read", lock=lock
            )
        )
    return open_table(path, read_options(settings), header_score=score, advanced=opening(watch))


def mapped_input(table: Table, settings: Settings, today: str) -> MappedInput:
    """Map an opened input as the settings say; raises as ``open_input``."""
    mapping = map_table(table, settings.map, settings.full_name, settings.region)
    refuse_foreign_ids(mapping, table.chunks())
    refuse_unmapped(mapping, next(iter(table.chunks(SAMPLE_ROWS)), None), settings.map, today)
    order = settings.date_order
    told = Decisions(
        today,
        settings.region,
        date_order=order,
        dotted_order=order,
        order_told=bool(order),
        drop_optional=settings.optional == "drop",
        values=tables_of(settings.values),
    )
    return MappedInput(table, mapping, told)


@contextmanager
def closing_input(mapped: MappedInput) -> Iterator[MappedInput]:
    """The input, closed at the end."""
    try:
        yield mapped
    finally:
        mapped.table.close()


def today() -> str:
    """The day by which birthdays are judged: ISO."""
    return date.today().isoformat()  # noqa: DTZ011 (a birthday is judged by the operator's own calendar)
