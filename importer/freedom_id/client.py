"""The Freedom ID API as the rest of the program sees it: a body goes in, a judged answer comes out."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from importer.freedom_id.address import user_url
from importer.freedom_id.answer import Answer, AnswerKind
from importer.freedom_id.bounded_body import MAX_BODY, check_size, read_bounded, unpack
from importer.freedom_id.classification import Classifier
from importer.freedom_id.failures import FAILURES, classify_failure
from importer.freedom_id.http1 import RawAnswer
from importer.freedom_id.keepalive_transport import BELIEVED, NEW_CONNECTION, KeepAliveTransport
from importer.freedom_id.request import UserRequests, user_content
from importer.freedom_id.token_mask import TokenMask
from importer.freedom_id.token_renewal import TokenSource


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, and for the whole attempt."""

    connect: float = 10.0
    total: float = 30.0


class NothingSent(asyncio.CancelledError):
    """An attempt was cancelled, and the API cannot have acted on it: no byte had left, or it was refused unread."""


class FreedomId:
    """Creates and updates users. Never raises for a fault of the API or the network: every attempt ends in an Answer.

    Redirects are not followed: the bearer goes to ``url`` and nowhere else.

    Args:
        url: The API's base address (https, or http to loopback); raises UsageError otherwise.
        token_source: Gives the bearer; renewed here when it is due, by the caller when it is refused.
        transport: See ``make_transport``; any httpx.AsyncBaseTransport serves. Closed by ``aclose``.
        timeout: Of one attempt.
        classifier: Judges answers; its default knows no user rules.

    Attributes:
        on_doubtful_id: Called with each FreedomID that an answer gave and that may be another request's after all.
    """

    def __init__(
        self,
        url: str,
        token_source: TokenSource,
        transport: httpx.AsyncBaseTransport,
        *,
        timeout: Timeout | None = None,
        classifier: Classifier | None = None,
    ) -> None:
        self._requests = UserRequests(user_url(url))
        self._tokens = token_source
        self._transport = transport
        limits = timeout or Timeout()
        self._total = limits.total
        self._classify = classifier or Classifier()
        seconds = dict.fromkeys(("read", "write", "pool"), limits.total) | {"connect": limits.connect}
        self._extensions: dict[str, Any] = {"timeout": seconds}
        self._refused = ""
        self.on_doubtful_id: Callable[[str], None] = lambda _freedom_id: None
        if isinstance(transport, KeepAliveTransport):
            transport.on_distrust = self._take_back

    async def create(self, body: Mapping[str, str]) -> Answer:
        """Send one create-user request, once.

        Args:
            body: Field → value; empty values are left out.

        Returns:
            The judged answer; on TOKEN_REFUSED call ``renew_token``.

        Raises:
            StorageFailed: A token that had to be renewed first could not be kept.
            NothingSent: It was cancelled meanwhile.
        """
        return await self._attempt("POST", body)

    async def update(self, body: Mapping[str, str]) -> Answer:
        """Send one update-user request, once; as ``create``.

        Args:
            body: ``freedom_id``, and the fields that change.
        """
        return await self._attempt("PUT", body)

    async def _attempt(self, method: str, body: Mapping[str, str]) -> Answer:
        if self._tokens.due:
            try:
                await self._tokens.renew_if_due()
            except asyncio.CancelledError as exc:
                raise NothingSent from exc
        token, extensions = self._tokens.current(), self._extensions.copy()
        try:
            raw = await self._exchange(method, user_content(body), token, extensions)
            answer = self._judge(raw, token, body["freedom_id"] if method == "PUT" else "")
        except FAILURES as exc:
            failure = classify_failure(exc, TokenMask(token))
            return failure._replace(new_connection=NEW_CONNECTION in extensions)
        if answer.freedom_id:
            extensions.get(BELIEVED, []).append(answer.freedom_id)
        if NEW_CONNECTION in extensions:
            answer = answer._replace(new_connection=True)
        if answer.kind is AnswerKind.TOKEN_REFUSED:
            self._refused = token
        else:
            self._tokens.worked(token)
        return answer

    async def renew_token(self) -> bool:
        """After TOKEN_REFUSED: whether there is another token to try now; as ``TokenSource.refresh``."""
        return await self._tokens.refresh(self._refused)

    def stop_connecting(self) -> None:
        """The run is to end: what has no connection yet never leaves, so nobody waits for it."""
        if isinstance(self._transport, KeepAliveTransport):
            self._transport.stop_connecting()

    async def aclose(self) -> None:
        """Close the connections to the API, and those of the token source."""
        await self._transport.aclose()
        await self._tokens.aclose()

    def _take_back(self, believed: list[str]) -> None:
        for freedom_id in believed:
            self.on_doubtful_id(freedom_id)

    async def _exchange(self, method: str, content: bytes, token: str, extensions: dict[str, Any]) -> RawAnswer:
        """Send one request; the transport sets NEW_CONNECTION among its ``extensions`` where it applies."""
        if isinstance(self._transport, KeepAliveTransport):
            # it keeps the total time by itself, since it knows whether anything had left when that was up
            data = self._requests.encoded(method, content, token)
            raw = await self._transport.exchange(self._requests.origin, data, extensions)
            check_size(raw.body, MAX_BODY)
            return raw
        request = self._requests.request(method, content, token, extensions)
        async with asyncio.timeout(self._total):
            response = await self._transport.handle_async_request(request)
            body = await read_bounded(response, MAX_BODY)
        return RawAnswer(response.status_code, response.headers.raw, body, reusable=False)

    def _judge(self, raw: RawAnswer, token: str, updated: str) -> Answer:
        """``updated``: the FreedomID of an update. Raises httpx.DecodingError."""
        created = None if updated else self._classify.plain_success(raw.status, raw.body)
        if created is not None and created.freedom_id != token.lower():
            return created
        headers = httpx.Headers(raw.headers)
        plain = unpack(raw.body, headers.get("content-encoding", ""), MAX_BODY)
        if updated:
            return self._classify.update(raw.status, headers, plain, updated, TokenMask(token))
        return self._classify(raw.status, headers, plain, TokenMask(token))
