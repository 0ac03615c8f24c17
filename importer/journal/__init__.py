"""The journal: what became of every row of every run, on disk before anybody relies on it."""

from importer.journal.journal import Journal
from importer.journal.runs import Run, RunState
from importer.journal.writer import JournalWriter

__all__ = ["Journal", "JournalWriter", "Run", "RunState"]
