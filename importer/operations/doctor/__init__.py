"""Whether everything that a run needs is there and well; no row is sent. A check is a function, registered here."""

from collections.abc import Callable, Iterator
from typing import Final

from importer.operations.doctor.api_checks import check_address, check_token
from importer.operations.doctor.finding import Level, Told
from importer.operations.doctor.place_checks import check_inbox, check_journal, check_state_folder
from importer.settings import Settings

__all__ = ["Level", "Told", "examine"]

_CHECKS: Final[tuple[Callable[[Settings], Iterator[Told]], ...]] = (
    check_state_folder,
    check_journal,
    check_inbox,
    check_token,
    check_address,
)


def examine(settings: Settings) -> Iterator[Told]:
    """Every check's findings, one after the other as they are made."""
    for check in _CHECKS:
        yield from check(settings)
