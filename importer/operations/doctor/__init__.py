"""Whether everything that a run needs is there and well; no row is sent. A check is a function, registered here."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from importer.messages.text import Text
from importer.operations.doctor.api_checks import check_address, check_token
from importer.operations.doctor.check_result import Diagnosis, Level, error
from importer.operations.doctor.cluster_checks import check_cluster
from importer.operations.doctor.inbox_checks import check_inbox, check_senders
from importer.operations.doctor.notify_checks import check_channels, check_healthcheck, check_written_files
from importer.operations.doctor.place_checks import check_journal, check_state_folder
from importer.settings import Settings
from importer.storage.storage_errors import closed

__all__ = ["Diagnosis", "Level", "examine"]

_CHECKS: Final[tuple[Callable[[Settings], Iterator[Diagnosis]], ...]] = (
    check_state_folder,
    check_journal,
    check_cluster,
    check_inbox,
    check_token,
    check_address,
    check_healthcheck,
    check_written_files,
)


def examine(
    settings: Settings, load_senders: Callable[[], Mapping[str, Settings]], *, send: bool
) -> Iterator[Diagnosis]:
    """Every check's findings, one after the other as they are made.

    Args:
        settings: What the command was told.
        load_senders: Gives the settings for each source of an inbox, or raises UsageError.
        send: Whether every notification channel is to get a test message.
    """
    for check in _CHECKS:
        try:
            yield from check(settings)
        except PermissionError as exc:
            yield error(Text("place"), closed(exc))
    found, senders = check_senders(settings, load_senders)
    yield from found
    yield from check_channels([settings, *senders.values()], send=send)
