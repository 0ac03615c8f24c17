"""A watchdog that notices when nothing runs at all: told at the start and at the end of each pass.

Convention: healthchecks.io's, which others have taken over: ``URL/start``, ``URL`` for success, ``URL/CODE`` for a
failure with its exit status.
"""

import logging
from typing import Final

import httpx
import tenacity

from importer.messages.text import Text
from importer.notify import LONGEST
from importer.notify.ending import FINISHED
from importer.progress import begun

log = logging.getLogger("importer")

_TRIES: Final = 3


def started(url: str) -> None:
    """Say that a pass begins."""
    _ping(url, "/start")


def ended(url: str, exit_code: int) -> None:
    """Say how it ended: 0 and 1 are successes."""
    _ping(url, "" if exit_code in FINISHED else f"/{exit_code}")


def _ping(url: str, ending: str) -> None:
    """Ask for an address, a few times if need be; a failure is told in the log, without the address."""
    if not url:
        return
    try:
        tried = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_TRIES) | tenacity.stop_after_delay(LONGEST),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=5),
            retry=tenacity.retry_if_exception_type(httpx.HTTPError),
            reraise=True,
        )
        address = url.rstrip("/") + ending
        asked = begun(lambda: tried(lambda: httpx.get(address, timeout=LONGEST).raise_for_status()), "telling")
        asked.result(LONGEST)  # the look-up of a name can be neither timed out nor interrupted: its thread is left
    except Exception as exc:  # noqa: BLE001 (an address or a certificate store of any kind; it changes no exit code)
        text = Text("the watchdog could not be told ({name})", name=type(exc).__name__)
        if ending:
            text = Text(
                "the watchdog could not be told of {ending} ({name})", ending=ending[1:], name=type(exc).__name__
            )
        log.warning("%s", text, extra={"event": "watchdog.failed"})
