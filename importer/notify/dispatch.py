"""Who is told how a command ended, beside the person in front of it.

Which end is told to whom: ``ending`` and the ``on`` of ``[notify]``, which ``apprise_channels`` obeys.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from importer.messages.language import speaking

if TYPE_CHECKING:
    from importer.notify.ending import Ending
    from importer.settings import Settings


def tell(settings: "Settings", endings: Sequence["Ending"], *, notified: bool = True) -> None:
    """Notify people, and count for the metrics; nothing of it changes the exit code."""
    if settings.metrics is not None:
        from importer.notify.metrics import write_metrics  # noqa: PLC0415 (only where a file is named)

        write_metrics(settings.metrics, endings)
    if notified and settings.notify.urls:
        from importer.notify.apprise_channels import notify  # noqa: PLC0415 (only where somebody is told)

        with speaking(settings.spoken_language):
            notify(settings.notify, endings)
