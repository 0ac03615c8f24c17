"""The call that turns a refresh token into a new pair (schemas/README.md, "The token")."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import orjson
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from importer.freedom_id.address import check_url
from importer.freedom_id.answer_parsing import Form, decoded, parse_answer
from importer.freedom_id.bounded_body import read_bounded, unpack
from importer.freedom_id.classification import SUCCESS
from importer.freedom_id.failures import FAILURES, classify_failure
from importer.freedom_id.token_file import Pair, pair_of
from importer.freedom_id.token_mask import TokenMask
from importer.freedom_id.what_came import what_came
from importer.messages.text import Text

_ATTEMPTS: Final = 3
_MAX_ANSWER: Final = 16_384
_REFUSAL: Final = frozenset({400, 401, 403})
_LATER: Final = frozenset({408, 425, 429, *range(500, 600)})


class RefreshUnanswered(Exception):  # noqa: N818 (reads as the event it is)
    """The refresh address gives no usable answer; caught by ``token_renewal``, never seen by a user.

    Attributes:
        why: What came instead, free of tokens. ``again``: whether the same may be answered otherwise a little later.
    """

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.why, self.again = why, again


class Refresher:
    """Asks the refresh address for new pairs, each time with a few attempts.

    Args:
        transport: The way to ``url``; closed by ``aclose``.
        url: Checked as ``check_url`` does; raises UsageError.
        sleep: Waits between attempts.
        seconds: Longest wait for one answer.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        url: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seconds: float = 30.0,
    ) -> None:
        self._transport = transport
        self._seconds = seconds
        self._url = check_url(url, Text("the refresh address"))
        self._retrying = AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=5.0),
            retry=retry_if_exception(lambda exc: isinstance(exc, RefreshUnanswered) and exc.again),
            sleep=sleep,
            reraise=True,
        )

    async def ask(self, pair: Pair) -> Pair | None:
        """A new pair for ``pair``, or None if its refresh token is refused; raises RefreshUnanswered."""
        return await self._retrying(self._ask_once, pair)

    async def aclose(self) -> None:
        """Close the connections to the refresh address."""
        await self._transport.aclose()

    async def _ask_once(self, pair: Pair) -> Pair | None:
        request = httpx.Request(
            "PATCH",
            self._url,
            headers={"Authorization": f"Bearer {pair.refresh_token}", "Accept": "application/json"},
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)},
        )
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._transport.handle_async_request(request)
                raw = await read_bounded(response, _MAX_ANSWER)
            body = unpack(raw, response.headers.get("content-encoding", ""), _MAX_ANSWER)
        except FAILURES as exc:
            cause = classify_failure(exc, TokenMask(pair.refresh_token)).reason
            raise RefreshUnanswered(_silent(cause), again=True) from exc
        return _judged(response, body, pair)


def _judged(response: httpx.Response, body: bytes, pair: Pair) -> Pair | None:
    """The pair of an answer, or None where it refuses the refresh token: the API itself does, no page before it.

    Raises:
        RefreshUnanswered: it does neither.
    """
    status = response.status_code
    form = parse_answer(status, response.headers, body).form
    if status in _REFUSAL and form in (Form.JSON, Form.EMPTY):
        return None
    cause = what_came(status, response.headers, form, TokenMask(pair.refresh_token))
    if status in _LATER:
        raise RefreshUnanswered(_silent(cause), again=True)
    text = decoded(body, response.headers.get("content-type", ""))
    found = _pair(orjson.loads(text), pair) if status in SUCCESS and form is Form.JSON else None
    if found is None:
        why = Text("the refresh address gives no new token: {cause}; check FREEDOM_ID_REFRESH_URL", cause=cause)
        raise RefreshUnanswered(why, again=status in SUCCESS and form is not Form.JSON)
    return found


def _pair(document: object, old: Pair) -> Pair | None:
    wrapped = document.get("data") if isinstance(document, dict) and "access_token" not in document else None
    if isinstance(wrapped, dict):
        document = wrapped  # as other answers of the API are wrapped: the old pair may be spent by now
    if isinstance(document, dict) and not document.get("refresh_token"):
        document["refresh_token"] = old.refresh_token
    return pair_of(document)


def _silent(cause: str) -> Text:
    return Text("the refresh address does not answer: {cause}", cause=cause)
