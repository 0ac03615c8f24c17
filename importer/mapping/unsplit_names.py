"""Whole names that would be lost or sent as first names: what a whole file shows decides, not its first rows."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import to_arrow
from importer.errors import RefusedFile
from importer.mapping.mapping import ColumnMapping
from importer.mapping.name_splitting import are_several_words, is_filled
from importer.messages.text import Text

_HALF: Final = 0.5


@dataclass
class UnsplitNames:
    """Counts over all chunks the cells that need an answer before anything is sent."""

    mapping: ColumnMapping
    filled: int = 0
    several: int = 0

    def add(self, cells: pd.DataFrame, first_names: pd.Series) -> None:
        """Count a chunk: its cells (str, columns = positions), its raw first names."""
        for column in (cells[position] for position in self.mapping.unexplained):
            self.filled += _count(is_filled(to_arrow(column)))
        if self.mapping.loose_first_name:
            texts = to_arrow(first_names)
            self.filled += _count(is_filled(texts))
            self.several += _count(are_several_words(texts))

    def include(self, other: "UnsplitNames") -> None:
        """Take in what another one counted."""
        self.filled += other.filled
        self.several += other.several

    def refuse_unexplained(self) -> None:
        """Ask what the cells are, where they are whole names and nobody said so.

        Raises:
            RefusedFile: Most cells of ``Имя`` hold several words and no column holds surnames, or a column of whole
                names is filled and no other holds names.
        """
        mapping, header = self.mapping, self.mapping.header
        if mapping.loose_first_name and self.several > self.filled * _HALF:
            positions = mapping.columns["firstname"]
            held = Text(
                "several words in {several} of {filled} cells, and no column holds surnames",
                several=self.several,
                filled=self.filled,
            )
        elif mapping.unexplained and self.filled:
            positions = mapping.unexplained
            held = Text("whole names ({filled} cells), and no other column holds names", filled=self.filled)
        else:
            return
        which = f" {header.option(positions[:1], 'full_name')}" if len(positions) > 1 else ""
        raise RefusedFile(
            '{columns}: {held}. Say what they are: --full-name "last first middle"{which} splits them (the '
            "words in the order that the cells have); {first} sends them as first names, as they are; "
            "{none} leaves them out",
            columns=header.labels(positions),
            held=held,
            which=which,
            first=header.option(positions[:1], "firstname"),
            none=header.option(positions, "-"),
        )


def _count(mask: pa.BooleanArray) -> int:
    return pc.sum(mask).as_py() or 0
