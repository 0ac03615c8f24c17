"""Messages to people, through whatever channel apprise has an address for."""

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future

from importer.errors import UsageError
from importer.messages.text import Text
from importer.notify import LONGEST
from importer.notify.ending import Ending
from importer.progress import begun
from importer.settings.notify_options import NotifySettings
from importer.storage.home_path import expanded
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

    All are told at once: a pass waits for ten that are silent as long as for one. Without messages it only tells which
    addresses are usable.
    """
    wanted = [*messages]
    started = [_started(url, wanted) for url in settings.urls]
    until = time.monotonic() + LONGEST
    for one in started:
        try:
            told = isinstance(one, Future) and one.result(max(0.0, until - time.monotonic()))
            yield "" if told else one if isinstance(one, str) else Text("failed: nobody was told there")
        except Exception as exc:  # noqa: BLE001 (a channel is anything; it never changes how a run ends)
            yield Text("failed ({name})", name=type(exc).__name__)


def _started(url: str, messages: Sequence[tuple[str, str]]) -> "Future[bool] | str":
    """A channel that is being told, or why it cannot be."""
    try:
        address = secret_of(url)
        import apprise  # noqa: PLC0415 (100 ms, only where somebody is told)

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its words hold addresses, and they hold secrets
        # a POST that is sent elsewhere by 301 or 302 becomes a GET: its answer is fine, and nobody was told
        channel = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
        if not channel.add(address):
            return Text("its address is none that apprise knows")
        plain = apprise.NotifyFormat.TEXT  # else a mail takes it for HTML: in one line, names of files for commands

        def told() -> bool:
            answers = [channel.notify(title=title, body=text, body_format=plain) for title, text in messages]
            return all(answers)

        return begun(told, "telling")
    except UsageError as exc:
        return exc.sentence
    except Exception as exc:  # noqa: BLE001 (as above)
        return Text("failed ({name})", name=type(exc).__name__)


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
        path = expanded(name)
        refuse_foreign(path, Text("channel's file"))
        try:
            return path.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as exc:
            reason = getattr(exc, "strerror", None) or Text("it is no UTF-8")
            raise UsageError("[notify] urls: {name} cannot be read ({reason})", name=name, reason=reason) from exc
    return value
