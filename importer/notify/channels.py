"""Messages to people, through whatever channel apprise has an address for."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from importer.errors import UsageError
from importer.notify.ending import Ending
from importer.settings.notify_options import NotifySettings

log = logging.getLogger("importer")


def notify(settings: NotifySettings, endings: Iterable[Ending]) -> None:
    """Send a message for each end that somebody wants to know of, in the language of the context.

    What fails is told in the log.
    """
    wanted = [ending for ending in endings if ending.event in settings.on]
    if not wanted or not settings.urls:
        return
    import apprise  # noqa: PLC0415 (100 ms, only where somebody is told)

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its words hold addresses, and they hold secrets
    for number, url in enumerate(settings.urls, start=1):
        try:
            channel = apprise.Apprise()
            fit = channel.add(secret_of(url))
            sent = fit and all(channel.notify(title=one.title, body=one.text()) for one in wanted)
        except Exception as exc:  # noqa: BLE001 (a channel is anything; it never changes how a run ends)
            log.warning("notification channel %d failed (%s)", number, type(exc).__name__)
            continue
        if not fit:
            log.warning("notification channel %d: its address is none that apprise knows", number)
        elif not sent:
            log.warning("notification channel %d failed: nobody was told there", number)


def secret_of(value: str) -> str:
    """A channel's address: itself, or what ``env:NAME`` or ``file:PATH`` holds.

    Raises:
        UsageError: There is no such variable or file.
    """
    kind, _, name = value.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise UsageError(f"[notify] urls: the environment has no {name}")
        return os.environ[name].strip()
    if kind == "file" and not name.startswith("//"):
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise UsageError(f"[notify] urls: {name} cannot be read ({exc.strerror})") from exc
    return value
