"""What a worker is asked to do, and what comes back. The scheduler loads this module, and sees nothing of either.

Dask's scheduler unpickles the calls it hands on, shows them on its page, and workers log those that fail with their
arguments. So arguments travel as bytes that say nothing, and a call never fails: what went wrong is its result.
"""

import pickle
import traceback
from dataclasses import dataclass
from typing import Any

from importer.errors import ImporterError


class Sealed:
    """Values on their way to a worker."""

    def __init__(self, *values: object) -> None:
        self._content = pickle.dumps(values, protocol=pickle.HIGHEST_PROTOCOL)

    def opened(self) -> tuple[Any, ...]:
        """The values."""
        values: tuple[Any, ...] = pickle.loads(self._content)  # noqa: S301 (from the client, whose code this port runs anyway)
        return values


@dataclass(frozen=True, repr=False)
class Failed:
    """Why there is no result.

    Attributes:
        error: One that ends the command; its message is for people, and holds no cell.
        defect: Of anything else the kind and the place in the code: its message may hold cells.
    """

    error: ImporterError | None = None
    defect: str = ""


def perform(name: str, given: Sealed) -> Any:
    """Call a function of ``checking_worker`` or ``sending_worker`` with what was sealed; its result, or Failed."""
    # Workers need the libraries, and load them with their first call; the scheduler does not.
    from importer.cluster import checking_worker, sending_worker  # noqa: PLC0415

    try:
        return getattr(checking_worker if hasattr(checking_worker, name) else sending_worker, name)(*given.opened())
    except ImporterError as exc:
        return Failed(exc)
    except Exception as exc:  # noqa: BLE001 (its message, in a worker's log, would be of somebody's cells)
        return Failed(defect=_place_of(exc))


def _place_of(exc: Exception) -> str:
    last = traceback.extract_tb(exc.__traceback__)[-4:]
    places = [f"{place.filename.rpartition('/importer/')[2]}:{place.lineno}" for place in reversed(last)]
    return f"{type(exc).__name__} in {' < '.join(places)}"
