"""Messages to people, through whatever channel apprise has an address for."""

import logging
import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from importer.errors import UsageError
from importer.messages.text import Text
from importer.notify.ending import Ending
from importer.notify.time_limit import in_time
from importer.settings.notify_options import NotifySettings
from importer.storage.trust import refuse_foreign

log = logging.getLogger("importer")


def notify(settings: NotifySettings, endings: Iterable[Ending]) -> None:
    """Send a message for each end that somebody wants to know of, in the language of the context.

    What fails is told in the log.
    """
    wanted = [(one.title, one.text()) for one in endings if one.events & set(settings.on)]
    if not wanted:
        return
    for number, failure in enumerate(sent(settings, wanted), start=1):
        if failure:
            text = Text("notification channel {number}: {failure}", number=number, failure=failure)
            log.warning("%s", text, extra={"event": "notification.failed"})


def sent(settings: NotifySettings, messages: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Send messages (title, text) through every channel; for each channel why it failed, or "". No secret is in it.

    Without messages it only tells which addresses are usable.
    """
    for url in settings.urls:
        try:
            yield _sent(secret_of(url), messages)
        except UsageError as exc:
            yield exc.sentence
        except Exception as exc:  # noqa: BLE001 (a channel is anything; it never changes how a run ends)
            yield Text("failed ({name})", name=type(exc).__name__)


def _sent(url: str, messages: Iterable[tuple[str, str]]) -> str:
    import apprise  # noqa: PLC0415 (100 ms, only where somebody is told)

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its words hold addresses, and they hold secrets
    channel = apprise.Apprise()
    if not channel.add(url):
        return Text("its address is none that apprise knows")
    told = [in_time(partial(channel.notify, title=title, body=text)) for title, text in messages]
    return "" if all(told) else Text("failed: nobody was told there")


def secret_of(value: str) -> str:
    """A channel's address: itself, or what ``env:NAME`` or ``file:PATH`` holds.

    Raises:
        UsageError: There is no such variable or file, or others may write it.
    """
    kind, _, name = value.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise UsageError("[notify] urls: the environment has no {name}", name=name)
        return os.environ[name].strip()
    if kind == "file" and not name.startswith("//"):
        refuse_foreign(Path(name), Text("channel's file"))
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            reason = getattr(exc, "strerror", None) or Text("it is no UTF-8")
            raise UsageError("[notify] urls: {name} cannot be read ({reason})", name=name, reason=reason) from exc
    return value
