"""Who is told how a night ended: channels, watchdog, and the files for the exporter and the log."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx

from importer.messages.text import Text, spoken
from importer.notify.apprise_channels import sent
from importer.operations.doctor.check_result import Diagnosis, Level, error, fine
from importer.settings import Settings

_TEST: Final = (Text("Freedom ID import: a test"), Text("Sent by importer doctor --send-test. Nothing was imported."))


def check_channels(told: Sequence[Settings], *, send: bool) -> Iterator[Diagnosis]:
    """Whether each notification channel has a usable address; with ``send`` it gets a test message."""
    for settings in dict.fromkeys(one.notify for one in told):
        for number, failure in enumerate(
            sent(settings, [(spoken(_TEST[0]), spoken(_TEST[1]))] if send else []), start=1
        ):
            about = Text("notification channel {number}", number=number)
            if failure:
                yield error(about, Text("{failure}: correct urls of [notify]", failure=failure))
            else:
                done = Text("its address is understood; --send-test tries it")
                if send:
                    done = Text("a test message was sent")
                events = ", ".join(settings.on) or Text("nothing: name events in on of [notify]")
                yield Diagnosis(
                    Level.OK if settings.on else Level.WARNING,
                    about,
                    Text("{done}; it is told of {events}", done=done, events=events),
                )


def check_healthcheck(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the watchdog's address is one; it is not asked for, since that would be a sign of life."""
    if not settings.healthcheck:
        return
    try:
        url = httpx.URL(settings.healthcheck)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        yield error(Text("healthcheck"), Text("its address is none: correct healthcheck, like https://hc-ping.com/…"))
    else:
        yield fine(Text("healthcheck"), Text("{scheme}://{host} hears of each pass", scheme=url.scheme, host=url.host))


def check_written_files(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the figures and the log can be written where they are wanted: figures are a new file each time."""
    for about, path, anew in ((Text("metrics"), settings.metrics, True), (Text("log file"), settings.log_file, False)):
        if path is None:
            continue
        target = path.absolute().parent if anew or not path.exists() else path
        if not os.access(target, os.W_OK) or path.is_dir():
            yield error(
                about,
                Text("{path} cannot be written by this user: make its folder, or chown it", path=path),
            )
        elif anew and (why := _of_others(path)):
            yield error(about, why)
        else:
            yield fine(about, str(path))


def _of_others(figures: Path) -> str:
    """Why a file of figures would be left as it is, or ""."""
    from importer.notify.metrics import are_ours, not_ours  # noqa: PLC0415 (only where a file is named)

    return "" if not figures.exists() or are_ours(figures.read_bytes()) else not_ours(figures)
