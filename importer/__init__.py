"""Freedom ID batch importer: a file of users in, a file of FreedomIDs out.

The Python API; the command line calls the same functions. Names load on first use, so that ``importer --help`` does
not pay for pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer.errors import ImporterError
    from importer.model import Outcome, Status, Summary
    from importer.pipeline import report, run
    from importer.progress import Watch
    from importer.settings import Settings, load
    from importer.validate_file import validate

__version__ = "0.1.0"

__all__ = [
    "ImporterError",
    "Outcome",
    "Settings",
    "Status",
    "Summary",
    "Watch",
    "__version__",
    "load",
    "report",
    "run",
    "validate",
]

_HOMES = {
    "ImporterError": "errors",
    "Outcome": "model",
    "Status": "model",
    "Summary": "model",
    "report": "pipeline",
    "run": "pipeline",
    "validate": "validate_file",
    "Settings": "settings",
    "load": "settings",
    "Watch": "progress",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'importer' has no attribute {name!r}")
    return getattr(import_module(f"importer.{_HOMES[name]}"), name)
