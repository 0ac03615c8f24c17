"""One sample file as data: what its columns are called, what stands in them, how it is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """One file.

    ``columns`` holds ``Header=pattern`` with bars between: a pattern is a format string over a person, ¶ a line
    break inside a cell.
    """

    name: str
    columns: str
    delimiter: str = ","
    encoding: str = "utf-8"
    mark: str = ""
    line_ending: str = "\r\n"
    quote_all: bool = False
    trailing_delimiter: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    more_rows: tuple[tuple[str, ...], ...] = ()


BOM = "\ufeff"
