"""The journal: what became of every row of every run, on disk before anybody relies on it.

Names load on first use: a file is checked without the database library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer.journal.journal import Journal
    from importer.journal.ledger.repeated_ids import recent_ids, settle_repeated_ids
    from importer.journal.runs import Run
    from importer.journal.states import RunState
    from importer.journal.writer.writer import JournalWriter

__all__ = ["Journal", "JournalWriter", "Run", "RunState", "recent_ids", "settle_repeated_ids"]

_HOMES = {
    "Journal": "journal",
    "JournalWriter": "writer.writer",
    "Run": "runs",
    "RunState": "states",
    "recent_ids": "ledger.repeated_ids",
    "settle_repeated_ids": "ledger.repeated_ids",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'importer.journal' has no attribute {name!r}")
    return getattr(import_module(f"importer.journal.{_HOMES[name]}"), name)
