"""Where users are created: the real API, or the embedded sandbox on a free loopback port."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from httpx import AsyncBaseTransport

from importer.creating.endpoint.token_choice import token_source
from importer.freedom_id import (
    Classifier,
    FreedomId,
    Timeout,
    TokenSource,
    check_url,
    make_transport,
)
from importer.journal.api_label import label_of
from importer.messages.text import Text
from importer.progress import Watch
from importer.settings import Settings

CONNECTING: Final = 10.0
"""Seconds that a connection may take: a first packet that is lost is sent again after 1, 3 and 7. Fewer, and a network
that loses some looks like an API that is gone; with more each worker learns later that it is."""


class Endpoint:
    """An API's address, and how to get a client for it.

    ``label``: what the journal keys runs and ledger by: the address, or a name no other sandbox has.
    """

    def __init__(self, settings: Settings, url: str, label: str, token: str = "", watch: Watch | None = None) -> None:
        self._settings, self.url, self._token, self._watch = settings, url, token, watch
        self.label = label

    def check(self) -> None:
        """Whether a client could be made: the address may carry a token, and there is one.

        Raises:
            UsageError: it is not so; the message says what to do.
        """
        check_url(self.url)
        self._tokens  # noqa: B018 (it is read here, so that what is wrong with it is known before a run begins)

    def expiry_warning(self, requests: int) -> str:
        """What to tell a person whose token dies before so many requests can have been made; "" if nothing."""
        tokens = self._tokens
        if tokens.expires_at is None or tokens.can_renew:
            return ""
        seconds = self._settings.forecast_seconds(requests)
        left = tokens.expires_at - time.time()
        if left >= seconds:
            return ""
        when = datetime.fromtimestamp(tokens.expires_at, UTC).isoformat(timespec="seconds")
        return Text(
            "the token expires at {when}, before this run can end (about {seconds:.0f} s); it cannot be renewed",
            when=when,
            seconds=seconds,
        )

    async def connect(self, around: Callable[[AsyncBaseTransport], AsyncBaseTransport] | None = None) -> FreedomId:
        """A client, whose transport may be put into another one (``around``); to be closed by the caller."""
        settings, transport = self._settings, make_transport(self.url, os.environ)
        return FreedomId(
            self.url,
            self._tokens,
            around(transport) if around else transport,
            timeout=Timeout(connect=min(CONNECTING, settings.timeout), total=settings.timeout),
            classifier=Classifier(settings.answers),
        )

    async def token(self, *, instead_of: str = "") -> str:
        """The token for whoever sends in this one's name; a newer one than ``instead_of``, "" where there is none.

        Raises:
            StorageFailed: a renewed token could not be kept.
            ApiUnavailable: the refresh address does not answer.
        """
        if instead_of and not await self._tokens.refresh(instead_of):
            return ""
        await self._tokens.renew_if_due()
        return self._tokens.current()

    async def aclose(self) -> None:
        """Close the connections that renewing took."""
        await self._tokens.aclose()

    @cached_property
    def _tokens(self) -> TokenSource:
        """Read once: a pipe gives its token only once."""
        return TokenSource.from_text(self._token) if self._token else token_source(self._settings, self._watch)


def check_endpoint(settings: Settings, watch: Watch | None = None) -> None:
    """Whether users could be created with these settings, as far as can be told without a request.

    Raises:
        UsageError: it is not so, whatever file is to be imported.
    """
    if not settings.sandbox:
        Endpoint(settings, settings.url, label_of(settings.url), watch=watch).check()


@contextmanager
def endpoint(settings: Settings, watch: Watch | None = None) -> Iterator[Endpoint]:
    """The endpoint that the settings name; an embedded sandbox lives as long as the context.

    ``watch`` ends the wait for a token.
    """
    if not settings.sandbox:
        yield Endpoint(settings, settings.url, label_of(settings.url), watch=watch)
        return
    from importer.sandbox import Sandbox, SandboxOptions  # noqa: PLC0415 (a server only where one is wanted)

    with Sandbox(SandboxOptions()) as sandbox:
        # The users of an embedded sandbox end with it: its ledger must not be mistaken for the next one's.
        label = f"sandbox-{secrets.token_hex(6)}"
        yield Endpoint(settings, sandbox.url, label, sandbox.token)
