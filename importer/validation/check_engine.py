"""Who looks through the rows of a file: this machine, or an engine that has several do it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from importer.cleaning import Decisions
from importer.progress import Watch
from importer.validation.duplicate_policy import DuplicateRows
from importer.validation.file_stats import FileStats
from importer.validation.stream import Checked, MappedInput

if TYPE_CHECKING:
    from importer.validation.survey import Survey  # which asks an engine


@dataclass(frozen=True)
class Looked:
    """A look through a whole file.

    Attributes:
        look: What it showed.
        duplicate_rows: The rows that share a phone or an e-mail.
        to_send: The phones of the rows that could be sent, in lists. Personal data.
        top: The first rows as they would be sent, less those with an error (see ``preview.top_rows``); None where they
            were looked at elsewhere. Personal data.
    """

    look: FileStats
    duplicate_rows: DuplicateRows
    to_send: Iterable[list[str]]
    top: pd.DataFrame | None = None


class CheckEngine(Protocol):
    """Checks all rows of an input elsewhere, with the same outcome as on this machine."""

    def look(self, mapped: MappedInput, told: Decisions, duplicates: str, watch: Watch) -> Looked:
        """Look through the file, its cells read as its decisions say; ``told``: what a person decided.

        Raises:
            RefusedFile: it cannot be read. Stopped: the engine was lost.
        """

    def judged(self, found: "Survey") -> Iterator[tuple[Checked, pd.DataFrame]]:
        """Every chunk with all that is to be said of its rows, in the order of the file: ``plan.judged_chunks``."""
