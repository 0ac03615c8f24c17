"""What the cells of a whole file show, gathered before any of them is read, and what it decides."""

from dataclasses import replace
from typing import Final

import pandas as pd

from importer.cleaning.country_numbers import CountryNumbers
from importer.cleaning.date_order import DateEvidence
from importer.cleaning.file_decisions import Decisions
from importer.cleaning.turned_dates import as_written
from importer.cleaning.value_table import by_value_table
from importer.messages.text import Text, counted
from importer.model import Finding

_READ: Final = {
    "dmy": Text("day, month, year"),
    "mdy": Text("month, day, year"),
    "ymd": Text("year, month, day"),
}
_DOUBTS: Final = {
    "both": Text(
        "some dates are day first, others month first: those that could be either are errors; --date-order decides"
    ),
    "any": Text(
        "some dates begin with the year, others end with it: those that could be either are errors; --date-order "
        "decides"
    ),
    "none": Text(
        "no date tells whether day or month comes first: dates like 01/02/1999 are errors; --date-order decides"
    ),
}


class FileEvidence:
    """Gathers what the columns of dates and countries show; chunks may be added in any order.

    Attributes:
        dates: The dates as they are, by which their order is decided.
        written: The dates as the file has them: a correction of one that was turned round says nothing of the others.
    """

    def __init__(self, decisions: Decisions) -> None:
        """Nothing is gathered yet; ``decisions`` hold what a person told and the day of the run."""
        self._decisions = decisions
        self.dates, self.written = DateEvidence(decisions.today), DateEvidence(decisions.today)
        self.countries = CountryNumbers()

    def add(self, raw: pd.DataFrame, issues: pd.DataFrame) -> None:
        """Look at a chunk's raw fields (the columns of FIELDS, str), and what is known of them (ISSUE_COLUMNS)."""
        dates = raw["date_of_birth"]
        written = as_written(dates, issues)
        counted = self._counted(dates)
        self.dates.include(counted)
        self.written.include(counted if written is dates else self._counted(written))
        self.countries.add(by_value_table(raw["country"], self._decisions))

    def include(self, other: "FileEvidence") -> None:
        """Take in what another one saw."""
        self.dates.include(other.dates)
        self.written.include(other.written)
        self.countries.include(other.countries)

    def _counted(self, dates: pd.Series) -> DateEvidence:
        found = DateEvidence(self._decisions.today)
        found.add(by_value_table(dates, self._decisions))
        return found

    def decide(self) -> Decisions:
        """The decisions, with what the cells add to them."""
        told = self._decisions.date_order
        turned = bool(self.written.turned()) and told != "ymd"
        dots = bool(self.written.turned_dots()) and not told
        decided = replace(self._decisions, turned=turned, turned_dots=dots, country_numbers=self.countries.are_plain())
        if decided.order_told:
            return decided
        order, dotted = self.dates.decide()
        return replace(decided, date_order=order, dotted_order=dotted)

    def _turned(self, decided: Decisions) -> list[Finding]:
        """Which dates a spreadsheet seems to have turned round, and what says that they are right."""
        found = []
        if decided.turned:
            text = Text(
                "a spreadsheet seems to have turned day and month round: of the dates that begin with the year "
                "({first:,}) hardly any has a day over 12, of the others ({left:,}) nearly all have one. The former "
                "are errors, unless --date-order ymd says that they are right",
                first=self.written.turnable,
                left=self.written.turned(),
            )
            found.append(Finding("dates", text, warning=True))
        if decided.turned_dots:
            text = Text(
                "a spreadsheet seems to have turned day and month round: of the dates with dots ({first:,}) hardly any "
                "has a day over 12, of the others ({left:,}) nearly all have one, behind the month. The former are "
                "errors, unless --date-order dmy says that they are right, or mdy that they have the month first, too",
                first=self.written.unclear(dots=True),
                left=self.written.turned_dots(),
            )
            found.append(Finding("dates", text, warning=True))
        return found

    def findings(self) -> list[Finding]:
        """How dates are read, how many cells decided it, and where they leave a doubt."""
        decided = self.decide()
        found = self._turned(decided)
        if decided.order_told:
            read_as = _READ[decided.date_order]
            return [*found, Finding("dates", Text("dates like 01/02/1999 are read as {order}, as told", order=read_as))]
        columns = ((decided.date_order, False, "01/02/1999"), (decided.dotted_order, True, "01.02.1999"))
        for order, dots, example in columns:
            clear = self.dates.clear_cells(order, dots=dots)
            if order in _READ and (clear or (not dots and self.dates.unclear(dots=dots))):
                cells = counted(
                    "decided by {count:,} cell that can't be read otherwise",
                    "decided by {count:,} cells that can't be read otherwise",
                    clear,
                )
                shown = "85-05-14" if order == "ymd" else example
                text = Text(
                    "dates like {example} are read as {order}: {why}",
                    example=shown,
                    order=_READ[order],
                    why=cells if clear else Text("as those with dots"),
                )
                found.append(Finding("dates", text))
            elif order in _DOUBTS and self.dates.unclear(dots=dots):
                found.append(Finding("dates", _DOUBTS[order], warning=True))
        return found
