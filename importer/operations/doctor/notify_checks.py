"""Who is told how a night ended: channels, watchdog, and the files for the exporter and the log."""

import os
from collections.abc import Iterator, Sequence
from typing import Final

import httpx

from importer.notify.channels import sent
from importer.operations.doctor.finding import Level, Told
from importer.settings import Settings

_TEST: Final = ("Freedom ID import: a test", "Sent by importer doctor --send-test. Nothing was imported.")


def check_channels(told: Sequence[Settings], *, send: bool) -> Iterator[Told]:
    """Whether each notification channel has a usable address; with ``send`` it gets a test message."""
    for settings in dict.fromkeys(one.notify for one in told):
        for number, failure in enumerate(sent(settings, [_TEST] if send else []), start=1):
            about = f"notification channel {number}"
            if failure:
                yield Told(Level.ERROR, about, f"{failure}: correct urls of [notify]")
            else:
                done = "a test message was sent" if send else "its address is understood; --send-test tries it"
                events = ", ".join(settings.on) or "nothing: name events in on of [notify]"
                yield Told(Level.OK if settings.on else Level.WARNING, about, f"{done}; it is told of {events}")


def check_healthcheck(settings: Settings) -> Iterator[Told]:
    """Whether the watchdog's address is one; it is not asked for, since that would be a sign of life."""
    if not settings.healthcheck:
        return
    try:
        url = httpx.URL(settings.healthcheck)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        yield Told(Level.ERROR, "healthcheck", "its address is none: correct healthcheck, like https://hc-ping.com/…")
    else:
        yield Told(Level.OK, "healthcheck", f"{url.scheme}://{url.host} hears of each pass")


def check_written_files(settings: Settings) -> Iterator[Told]:
    """Whether the figures and the log can be written where they are wanted."""
    for about, path in (("metrics", settings.metrics), ("log file", settings.log_file)):
        if path is None:
            continue
        target = path if path.exists() else path.absolute().parent
        if not target.exists() or not os.access(target, os.W_OK):
            yield Told(Level.ERROR, about, f"{path} cannot be written by this user: make its folder, or chown it")
        else:
            yield Told(Level.OK, about, str(path))
