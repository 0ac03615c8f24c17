"""What a look through checked chunks shows: looks through the parts of a file add up to one through all of it."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from importer.cleaning import Decisions, FileEvidence
from importer.mapping import ColumnMapping, UnsplitNames
from importer.validation.causes import CauseTally
from importer.validation.duplicate_policy import DUPLICATE_CODE
from importer.validation.optional_fields import refused_for_them
from importer.validation.preview import Preview
from importer.validation.stream import Checked
from schemas.template import EXAMPLE_CODE


@dataclass
class FileStats:
    """Counts of some consecutive rows; nothing is kept of one that is well.

    Attributes:
        rows: How many there are; ``first_row`` and ``last_row`` their outermost numbers, 0 where there is none.
        invalid: Those that break the schema; ``refused`` those with any error; ``examples`` the template's own.
        came_back: Row numbers of duplicates that came back as such; ``optional`` of rows that are refused for optional
            fields alone.
        evidence, tally, names, preview: What the whole file is judged by.
    """

    evidence: FileEvidence
    names: UnsplitNames
    preview: Preview
    tally: CauseTally = field(default_factory=CauseTally)
    rows: int = 0
    first_row: int = 0
    last_row: int = 0
    invalid: int = 0
    refused: int = 0
    examples: int = 0
    came_back: list["pd.Series[int]"] = field(default_factory=list)
    optional: list["pd.Index[int]"] = field(default_factory=list)

    @classmethod
    def at(cls, mapping: ColumnMapping, told: Decisions) -> "FileStats":
        """Nothing was seen yet; ``told`` is what a person decided."""
        return cls(FileEvidence(told), UnsplitNames(mapping), Preview(mapping))

    def add(self, checked: Checked) -> None:
        """Take in the next chunk; its raw fields were given to ``evidence`` before."""
        if len(checked.fields):
            self.first_row = self.first_row or int(checked.fields.index[0])
            self.last_row = int(checked.fields.index[-1])
        self.rows += len(checked.fields)
        self.invalid += len(checked.invalid)
        self.refused += len(checked.refused)
        self.examples += int((checked.issues["code"] == EXAMPLE_CODE).sum())
        self.came_back.append(checked.issues.loc[checked.issues["code"] == DUPLICATE_CODE, "row"])
        self.optional.append(refused_for_them(checked.issues))
        self.tally.add(checked.issues)
        self.names.add(checked.chunk.cells, checked.raw["firstname"])
        self.preview.add(checked)

    def go_on_with(self, below: "FileStats") -> None:
        """Take in what a look through the rows below showed."""
        self.evidence.include(below.evidence)
        self.names.include(below.names)
        self.preview.include(below.preview)
        self.tally.include(below.tally)
        self.first_row = self.first_row or below.first_row
        self.last_row = below.last_row or self.last_row
        self.rows += below.rows
        self.invalid += below.invalid
        self.refused += below.refused
        self.examples += below.examples
        self.came_back += below.came_back
        self.optional += below.optional

    def duplicates_that_came_back(self) -> "pd.Series[int]":
        """Their row numbers."""
        return pd.concat(self.came_back) if self.came_back else pd.Series(dtype="int64")

    def saved_by_drop(self, duplicates: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
        """How many rows are refused for optional fields alone, and for no phone of another row either."""
        return int((~np.isin(np.concatenate(self.optional), duplicates)).sum()) if self.optional else 0
