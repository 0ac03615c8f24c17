"""The bearer token: how long it lives, how it is renewed by one for all.

Source: schemas/README.md ("The token"): PATCH with the refresh token as the bearer and no body gives a whole new
pair; the old refresh token is then spent, so the new pair is on disk before it is used.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from importer.errors import ApiUnavailable, StorageFailed, UsageError
from importer.freedom_id.refresh_call import Refresher, RefreshUnanswered
from importer.freedom_id.token_file import Pair, read_file, read_pair, recover, secured
from importer.freedom_id.token_lock import recover_if_free, token_locked
from importer.messages.text import Text

SKEW: Final = 60.0
"""Seconds before its expiry at which a token is renewed."""
_PAUSE: Final = 10.0
"""Seconds until a renewal that found nobody is tried again."""
_log = logging.getLogger(__name__)


class TokenSource:
    """Gives the current bearer token and renews it. Its repr, and all it logs or raises, is free of tokens.

    Args:
        pair: What to begin with; see ``from_text`` and ``from_file``.
        path: The token file, where a renewed pair is kept; without one nothing is renewed.
        refresher: Speaks to the refresh address; without one nothing is renewed.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        pair: Pair,
        path: Path | None = None,
        refresher: Refresher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._refresher = refresher
        self._clock = clock
        self._lock = asyncio.Lock()
        self._left_alone: asyncio.Task[bool] | None = None
        self._worked = ""
        self._renewed = ""
        self._given_up = ""
        self._silent_until, self._told = -math.inf, ""
        self._use(pair)
        self._due_at = pair.expires_at - SKEW if pair.expires_at is not None and self.can_renew else math.inf

    @classmethod
    def from_text(cls, text: str, where: str = "FREEDOM_ID_TOKEN") -> "TokenSource":
        """The token that ``where`` names, bare or JSON: never renewed, for want of a place to keep it.

        Raises:
            UsageError: Not a token.
        """
        return cls(read_pair(text, where))

    @classmethod
    def from_file(
        cls,
        path: Path,
        refresher: Refresher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> "TokenSource":
        """A token file, bare or the JSON of a refresh call; the latter is renewed there.

        Raises:
            UsageError: No such file, or not a token.
        """
        if refresher is not None:
            recover_if_free(path)
        return cls(read_file(path), path, refresher, clock)

    def __repr__(self) -> str:
        return f"<TokenSource {self._path or 'without a file'}>"

    def current(self) -> str:
        """The token to send now."""
        return self._pair.access_token

    @property
    def expires_at(self) -> float | None:
        """Seconds since the epoch when the current token dies, or None if it doesn't tell."""
        return self._pair.expires_at

    @property
    def can_renew(self) -> bool:
        """Whether there is a refresh token, and a file to keep the next one in."""
        return bool(self._path and self._refresher and self._pair.refresh_token)

    @property
    def due(self) -> bool:
        """Whether the token should be renewed before it is sent again."""
        return self._clock() >= self._due_at

    def worked(self, token: str) -> None:
        """Remember that the API took this token: if it is refused later on, renewing it may help."""
        self._worked = token

    async def refresh(self, refused_token: str) -> bool:
        """Get a newer token than the one the API refused; the first caller does it, the others wait for it.

        Returns:
            Whether ``current`` gives another token now. False: stop the run.

        Raises:
            StorageFailed: The new pair could not be kept; told before the old one is spent wherever possible.
            ApiUnavailable: The refresh address gives no usable answer.
        """
        async with self._lock:
            if self._pair.access_token != refused_token or self._replaced(refused_token):
                return True
            fresh_and_refused = refused_token == self._renewed and refused_token != self._worked
            if refused_token == self._given_up or fresh_and_refused or not self.can_renew:
                return False
            if time.monotonic() < self._silent_until:
                raise _not_renewed(self._told)
            try:
                renewed = await self._renew(refused_token)
            except RefreshUnanswered as exc:
                self._silent_until = time.monotonic() + _PAUSE  # the other clock may be set back
                self._told = exc.why
                raise _not_renewed(exc.why) from exc
            self._given_up = "" if renewed else refused_token
            return renewed

    async def aclose(self) -> None:
        """Close the connections to the refresh address; a renewal that nobody waits for any more ends before."""
        if (renewal := self._left_alone) is not None:
            await asyncio.wait({renewal})
            if not renewal.cancelled() and isinstance(failure := renewal.exception(), StorageFailed):
                _log.warning("%s", failure.sentence)
        if self._refresher is not None:
            await self._refresher.aclose()

    async def renew_if_due(self) -> None:
        """Renew a token that is about to expire; if that fails, the old one serves until the API refuses it.

        Raises:
            StorageFailed: As ``refresh``.
        """
        async with self._lock:
            if not self.due:
                return
            self._due_at = math.inf
            try:
                await self._renew(self._pair.access_token)
            except RefreshUnanswered as exc:
                self._due_at = self._clock() + _PAUSE if exc.again else math.inf
                if exc.why != self._told:
                    _log.warning(
                        "%s", Text("the token is not renewed: {why}; the old one serves meanwhile", why=exc.why)
                    )
                self._told = exc.why

    def _use(self, pair: Pair) -> None:
        self._pair, self._told = pair, ""
        self._due_at = math.inf
        if pair.expires_at is not None and self.can_renew:
            left = pair.expires_at - self._clock()
            # a token that lives for seconds only is not renewed at every request
            self._due_at = pair.expires_at - min(SKEW, left / 2) if left > 0 else math.inf

    def _replaced(self, token: str) -> bool:
        """Whether somebody put another token into the file meanwhile; it is taken over then."""
        if self._path is None:
            return False
        try:
            pair = read_file(self._path)
        except UsageError as exc:
            _log.warning("%s", exc.sentence)
            return False
        if pair.access_token == token:
            return False
        _log.info("%s", Text("the token file holds a new token"))
        self._use(pair)
        return True

    async def _renew(self, token: str) -> bool:
        """Spend the refresh token on a new pair; raises StorageFailed, RefreshUnanswered.

        Once it is on its way it goes on to its end, whoever waits for it is cancelled: the new pair would be lost.
        """
        if self._path is None or self._refresher is None:
            return False
        async with contextlib.AsyncExitStack() as alone:
            await alone.enter_async_context(token_locked(self._path))
            recover(self._path)
            if self._replaced(token):
                return True
            spending = asyncio.create_task(self._spend(token, self._path, self._refresher, alone.pop_all()))
        try:
            return await asyncio.shield(spending)
        except asyncio.CancelledError:
            self._left_alone = spending
            raise

    async def _spend(self, token: str, path: Path, refresher: Refresher, alone: contextlib.AsyncExitStack) -> bool:
        async with alone:
            with secured(path) as place:
                pair = await refresher.ask(self._pair)
                if pair is None:
                    _log.warning("%s", Text("the refresh token is refused"))
                    return False
                if pair.access_token == token:
                    raise RefreshUnanswered(Text("the refresh address gives the same token again"), again=False)
                place.keep(pair.document)
            self._use(pair)
            self._renewed = pair.access_token
            _log.info("%s", Text("the token is renewed"))
            return True


def _not_renewed(why: str) -> ApiUnavailable:
    return ApiUnavailable(
        "the token has expired and cannot be renewed ({why}): run the same command again later, or put a new token "
        "into the token file",
        why=why,
    )
