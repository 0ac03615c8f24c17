"""How one file's import ended, as those who are told of it need it."""

from dataclasses import dataclass

from importer.errors import RefusedFile
from importer.messages.text import Text, counted, joined, number, spoken
from importer.messages.wording import headline
from importer.model import Status, Summary
from importer.settings.notify_options import Event

FINISHED = frozenset({0, 1})
"""Exit codes of an import that went through to its last row."""


@dataclass(frozen=True)
class Ending:
    """One file's end: its name and source ("" for none), and how it ended, as ``run`` does.

    Attributes:
        summary: What came of the rows; None where it was refused or stopped early.
        message: Why, in words without personal data.
        folder: Where file and outputs lie, or "".
        again: The command that goes on, or "".
        refused: Whether the file was put aside, whatever the exit code: an option of its source may not fit it.
    """

    file: str
    source: str
    exit_code: int
    summary: Summary | None = None
    message: str = ""
    folder: str = ""
    again: str = ""
    refused: bool = False

    @property
    def events(self) -> frozenset[Event]:
        """What it is to a person: how it ended, and whether known people's data had changed."""
        return frozenset({self.event, Event.CHANGED} if self.changed else {self.event})

    @property
    def changed(self) -> int:
        """Rows of known people whose fields are not those that were sent last; 0 where nobody compared them."""
        changes = self.summary.changes if self.summary else None
        return changes.changed if changes else 0

    @property
    def event(self) -> Event:
        """How it ended."""
        if self.exit_code in FINISHED:
            return Event.REJECTED_ROWS if self.exit_code else Event.SUCCESS
        return Event.REFUSED if self.refused or self.exit_code == RefusedFile.exit_code else Event.STOPPED

    @property
    def title(self) -> str:
        """One line, in the language of the context."""
        file = Text("{file} ({source})", file=self.file, source=self.source) if self.source else self.file
        said = Text(
            "Freedom ID import: {file}: {event}, exit code {code}",
            file=file,
            event=Text(str(self.event)),
            code=self.exit_code,
        )
        return one_line(spoken(said))

    def text(self) -> str:
        """Counts by status, causes, where the files lie, the next command; in the language of the context."""
        lines: list[str] = [self.message] if self.message else []
        if self.summary is not None:
            told, counts = self.summary, self.summary.statuses
            rows = counted("{count:,} row", "{count:,} rows", told.rows)
            requests = counted("{count:,} request", "{count:,} requests", told.requests)
            lines += [joined((rows, requests, Text("{seconds:,.0f} s", seconds=told.seconds)), ", ")]
            lines += [f"{number(counts[status])} {status}" for status in Status if counts.get(status)]
            lines += [self._changes()] if self.changed else []
            lines += [f"{number(cause.count)} x {cause.code} ({headline(cause.code)})" for cause in told.causes]
            lines += [Text("run {run}", run=told.run)] if told.run else []
        lines += [Text("files: {folder}", folder=self.folder)] if self.folder else []
        lines += [Text("next: {command}", command=self.again)] if self.again else []
        return "\n".join(one_line(spoken(line)) for line in lines)

    def _changes(self) -> Text:
        return counted(
            "{count:,} row of known people has changed", "{count:,} rows of known people have changed", self.changed
        )


def one_line(text: str) -> str:
    """The text without what would be a new line, or a command, to whoever shows it: file names may hold anything."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
