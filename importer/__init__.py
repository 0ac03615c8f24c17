"""Freedom ID batch importer: a file or DataFrame of users in, the same with FreedomIDs out.

>>> import importer
>>> import pandas as pd
>>> users = pd.DataFrame({"phone": ["8 701 123 45 67", None], "name": ["Anna", "Boris"]}, index=["a", "b"])
>>> result = importer.run(users, sandbox=True, full_name="first")
>>> result.rows[["phone", "import_status"]]
             phone import_status
a  8 701 123 45 67       created
b              NaN       invalid
>>> result.to_dict()["statuses"]["created"], result.exit_code
(1, 1)

The command line calls the same jobs. Names load on first use, so that ``importer --help`` does not pay for pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from importer import errors
from importer.errors import ImporterError

if TYPE_CHECKING:
    from importer.model import Outcome, Status, Summary
    from importer.progress import Watch
    from importer.python_api.call_settings import load
    from importer.python_api.calls import report, run, runs, validate, verify
    from importer.python_api.import_result import ImportResult
    from importer.python_api.worker_thread import ProgressCallback
    from importer.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "ImportResult",
    "ImporterError",
    "Outcome",
    "ProgressCallback",
    "Settings",
    "Status",
    "Summary",
    "Watch",
    "__version__",
    "errors",
    "load",
    "report",
    "run",
    "runs",
    "validate",
    "verify",
]

_HOMES = {
    "ImportResult": "python_api.import_result",
    "Outcome": "model",
    "ProgressCallback": "python_api.worker_thread",
    "Settings": "settings",
    "Status": "model",
    "Summary": "model",
    "Watch": "progress",
    "load": "python_api.call_settings",
    **dict.fromkeys(("report", "run", "runs", "validate", "verify"), "python_api.calls"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'importer' has no attribute {name!r}")
    return getattr(import_module(f"importer.{_HOMES[name]}"), name)
