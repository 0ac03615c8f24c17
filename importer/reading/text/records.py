"""The exact reader of delimited text: record by record, with true line numbers and nothing taken for granted.

Rules (RFC 4180 and what programs do around it): a quote opens a cell only at the cell's start, ``""`` inside is a
quote, and after the closing quote the cell must end. A line ends with LF, CR LF or CR. Where a quote breaks these
rules, or swallows what look like rows, the physical line where it stands becomes a record of its own with a problem,
and reading goes on with the next line: a stray quote costs its row, never the rest of the file.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from importer.reading.limits import MAX_RECORD, MAX_RECORD_LINES

_LINE_END: Final = re.compile(r"\r\n|\n|\r")


class Record(NamedTuple):
    """One record.

    Attributes:
        line: Physical line number where it begins (1 = top of the file).
        cells: Its cells, unquoted.
        end: Offset in the scanned text after its line end.
        lines: Physical lines that it spans.
        problem: "" or "quote" (a quote out of place), "truncated" (the file ends inside a quoted cell).
        open_end: Whether it ends with the text and without a line end.
        quoted: How many of its cells stand in quotes.
    """

    line: int
    cells: list[str]
    end: int
    lines: int = 1
    problem: str = ""
    open_end: bool = False
    quoted: int = 0


class _StrayError(Exception):
    """A closing quote is followed by more text."""


class _OpenError(Exception):
    """The text, or what is allowed of it, ends inside a quoted cell; ``for_good`` if more text can't close it."""

    def __init__(self, *, for_good: bool) -> None:
        super().__init__()
        self.for_good = for_good


class Scanner:
    """Reads records out of text that comes in stretches; remembers a stray quote across them.

    Args:
        delimiter: One character.
        width: Cells of a whole row, to tell rows that a quote swallowed; 0 = not known yet.
        stray: Whether a quote was out of place above, and its other half is still to come.

    Attributes:
        stray: The same, where it stands now.
    """

    def __init__(self, delimiter: str, width: int = 0, *, stray: bool = False) -> None:
        self.stray = stray
        self._delimiter = delimiter
        self._width = width
        # the other half of a quote that opened in an earlier row; inside of a cell (5" pipe) it is a character
        self._closing = re.compile(f'[^{re.escape(delimiter)}"]"(?=[{re.escape(delimiter)}\r\n]|\\Z)')
        self._cell_end = re.compile(f"[{re.escape(delimiter)}\r\n]")

    def records(self, text: str, *, line: int, final: bool) -> Iterator[Record]:
        """The whole records at the start of ``text``; what is left needs more text, unless ``final``."""
        position = 0
        while position < len(text):
            record = self._record(text, position, line, final=final)
            if record is None:
                return
            yield record
            line += record.lines
            position = record.end

    def cells(self, text: str) -> list[str]:
        """The cells of one whole record that is known to be regular."""
        if '"' not in text:
            return text.rstrip("\r\n").split(self._delimiter)
        return self._quoted(text, 0)[0]

    def _record(self, text: str, start: int, line: int, *, final: bool) -> Record | None:
        end = _LINE_END.search(text, start)
        if not final and (end is None or (end.end() == len(text) and end.group() == "\r")):
            return None
        stop, after = (len(text), len(text)) if end is None else end.span()
        plain = text[start:stop]
        if '"' not in plain:
            return Record(line, plain.split(self._delimiter), after, open_end=end is None)
        problem = "quote"
        try:
            cells, after_all, quoted = self._quoted(text, start)
            if not final and after_all >= len(text) and not text.endswith("\n"):
                return None
            record = self._regular(text[start:after_all], after_all, cells, quoted, line)
            if record is not None:
                return record
        except _OpenError as exc:
            if not final and not exc.for_good:
                return None
            if after == len(text):
                problem = "truncated"
        except _StrayError:
            pass
        self.stray = True
        return Record(line, plain.split(self._delimiter), after, problem=problem, open_end=end is None)

    def _regular(self, whole: str, end: int, cells: list[str], quoted: int, line: int) -> Record | None:
        """The record, if its quotes didn't swallow rows."""
        lines = len(_LINE_END.findall(whole))
        open_end = not whole.endswith(("\n", "\r"))
        spans = lines + open_end
        if spans > 1 and self._looks_like_rows(whole):
            return None
        problem = ""
        if self.stray and spans == 1 and whole.count('"') % 2 and self._closing.search(whole):
            self.stray, problem = False, "quote"
        return Record(line, cells, end, max(1, spans), problem, open_end, quoted)

    def _looks_like_rows(self, whole: str) -> bool:
        """Whether two of the lines are whole rows by themselves: then a stray quote joined them."""
        if self._width < 2:  # noqa: PLR2004 (one cell a line: every line of a cell looks like a row)
            return False
        rows = 0
        for one in _LINE_END.split(whole):
            if one.count(self._delimiter) + 1 >= self._width:
                rows += self._alone(one) == self._width
        return rows > 1

    def _alone(self, line: str) -> int:
        """Cells of a line read by itself; a quote that does not close is taken as a letter."""
        position = count = 0
        while True:
            count += 1
            if line.startswith('"', position):
                try:
                    _, position = self._inside(line, position)
                except (_OpenError, _StrayError):
                    position = line.find(self._delimiter, position)
            else:
                position = line.find(self._delimiter, position)
            if position < 0 or position >= len(line):
                return count
            position += 1

    def _quoted(self, text: str, position: int) -> tuple[list[str], int, int]:
        """Cells from ``position`` on, the offset after the record's line end, and how many cells are quoted."""
        cells: list[str] = []
        quoted = 0
        while True:
            if text.startswith('"', position):
                cell, position = self._inside(text, position)
                quoted += 1
            else:
                match = self._cell_end.search(text, position)
                stop = len(text) if match is None else match.start()
                cell, position = text[position:stop], stop
            cells.append(cell)
            if position >= len(text):
                return cells, position, quoted
            if text[position] != self._delimiter:
                width = 2 if text.startswith("\r\n", position) else 1
                return cells, position + width, quoted
            position += 1

    def _inside(self, text: str, start: int) -> tuple[str, int]:
        """A quoted cell and the offset after its closing quote."""
        position = start + 1
        limit = start + MAX_RECORD
        while True:
            quote = text.find('"', position, limit)
            if quote < 0:
                rest = text.count("\n", start, limit)
                raise _OpenError(for_good=len(text) >= limit or rest > MAX_RECORD_LINES)
            after = text[quote + 1 : quote + 2]
            if after == '"':
                position = quote + 2
                continue
            if after and after not in (self._delimiter, "\n", "\r"):
                raise _StrayError
            cell = text[start + 1 : quote]
            if cell.count("\n") > MAX_RECORD_LINES:
                raise _OpenError(for_good=True)
            return cell.replace('""', '"'), quote + 1
