"""What the cells of a whole file show, gathered before any of them is read, and what it decides."""

from dataclasses import replace
from typing import Final

import pandas as pd

from importer.cleaning.country_numbers import CountryNumbers
from importer.cleaning.date_order import DateEvidence
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.value_table import translated
from importer.model import Finding

_READ: Final = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_DOUBTS: Final = {
    "both": "some dates are day first, others month first: those that could be either are errors; --date-order decides",
    "any": "some dates begin with the year, others end with it: those that could be either are errors; "
    "--date-order decides",
    "none": "no date tells whether day or month comes first: dates like 01/02/1999 are errors; --date-order decides",
}


class FileEvidence:
    """Gathers what the columns of dates and countries show; chunks may be added in any order."""

    def __init__(self, decisions: Decisions) -> None:
        """Nothing is gathered yet; ``decisions`` hold what a person told and the day of the run."""
        self._decisions = decisions
        self.dates = DateEvidence(decisions.today)
        self._countries = CountryNumbers()

    def add(self, raw: pd.DataFrame) -> None:
        """Look at a chunk's raw fields (the nine columns of FIELDS, str)."""
        self.dates.add(translated(raw["date_of_birth"], self._decisions))
        self._countries.add(translated(raw["country"], self._decisions))

    def decide(self) -> Decisions:
        """The decisions, with what the cells add to them."""
        decided = replace(self._decisions, country_numbers=self._countries.are_plain())
        if decided.order_told:
            return decided
        order, dotted = self.dates.decide()
        return replace(decided, date_order=order, dotted_order=dotted)

    def findings(self) -> list[Finding]:
        """How dates are read, how many cells decided it, and where they leave a doubt."""
        decided = self.decide()
        if decided.order_told:
            return [Finding("dates", f"dates like 01/02/1999 are read as {_READ[decided.date_order]}, as told")]
        found = []
        columns = ((decided.date_order, False, "01/02/1999"), (decided.dotted_order, True, "01.02.1999"))
        for order, dots, example in columns:
            clear = self.dates.clear_cells(order, dots=dots)
            if order in _READ and (clear or (not dots and self.dates.unclear(dots=dots))):
                cells = f"decided by {clear} cells that can't be read otherwise" if clear else "as those with dots"
                shown = "85-05-14" if order == "ymd" else example
                found.append(Finding("dates", f"dates like {shown} are read as {_READ[order]}: {cells}"))
            elif order in _DOUBTS and self.dates.unclear(dots=dots):
                found.append(Finding("dates", _DOUBTS[order], warning=True))
        return found
