"""The token, and the address that users are created at: asked without creating anybody."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from importer.creating.endpoint.token_choice import token_source
from importer.errors import ImporterError
from importer.freedom_id import check_url, make_transport
from importer.freedom_id.address import user_url
from importer.freedom_id.answer_parsing import Form, parse_answer
from importer.freedom_id.lookup_loop import LookupLoop
from importer.freedom_id.proxy import proxy_for
from importer.freedom_id.redirect import REDIRECT
from importer.freedom_id.what_came import what_came
from importer.journal.api_label import label_of
from importer.messages.text import Text, counted, joined
from importer.operations.doctor.check_result import Diagnosis, error, fine, warning
from importer.settings import Settings

_TROUBLE: Final = frozenset(range(500, 600)) - {HTTPStatus.NOT_IMPLEMENTED}
"""Statuses that an API which works does not answer; some of them do not know OPTIONS."""
_MOST_SKEW: Final = 60.0
_SOON: Final = 24 * 3600.0
_SECONDS: Final = 10.0


def check_token(settings: Settings) -> Iterator[Diagnosis]:
    """Whether there is a token that may be used, and how long it lives."""
    if settings.sandbox:
        return
    try:
        tokens = token_source(settings)
    except ImporterError as exc:
        yield error(Text("token"), exc.sentence)
        return
    if tokens.expires_at is None:
        yield fine(Text("token"), Text("there; it does not say how long it lives"))
        return
    left = tokens.expires_at - time.time()
    if left <= 0 and not tokens.can_renew:
        yield error(Text("token"), Text("expired {span} ago: get a new one from Freedom Pay", span=_span(-left)))
    elif left < _SOON and not tokens.can_renew:
        yield warning(
            Text("token"), Text("lives for {span} more and cannot be renewed: get a new one soon", span=_span(left))
        )
    else:
        lives = Text("lives for {span} more", span=_span(max(left, 0)))
        renewed = Text("renewed by itself") if tokens.can_renew else ""
        yield fine(Text("token"), joined([lives, renewed], ", "))


def check_address(settings: Settings) -> Iterator[Diagnosis]:
    """Name, proxy, TLS, clock: what a request would meet on its way."""
    if settings.sandbox:
        return
    try:
        url = httpx.URL(check_url(settings.url))
        proxy = proxy_for(url, os.environ)
        transport = make_transport(url, os.environ)
    except ImporterError as exc:
        yield error(Text("address"), exc.sentence)
        return
    shown = label_of(settings.url)
    if proxy:
        shown = Text("{address} through the proxy {host}", address=shown, host=proxy.url.host)
    try:
        with asyncio.Runner(loop_factory=LookupLoop) as runner:
            if proxy is None:
                runner.run(_looked_up(url))
            answer = runner.run(_asked(transport, url))
    except socket.gaierror as exc:
        yield error(
            Text("address"),
            Text(
                "{address}: the name is not known here ({strerror}): check address and DNS",
                address=shown,
                strerror=exc.strerror,
            ),
        )
        return
    except (httpx.HTTPError, OSError, ssl.SSLError) as exc:
        yield error(Text("address"), Text("{address} does not answer: {why}", address=shown, why=_reason(exc)))
        return
    yield _answering(answer, shown)
    yield from _clock(answer)


def _answering(answer: httpx.Response, address: str) -> Diagnosis:
    """Whether what answers can be the API: it need not know OPTIONS, nor take requests without a token."""
    status = answer.status_code
    form = parse_answer(status, answer.headers, answer.content).form
    came = what_came(status, answer.headers, form)
    if status in _TROUBLE:
        text = Text("{address} is in trouble ({came} to OPTIONS): a run would wait for it", address=address, came=came)
        return warning(Text("address"), text)
    if status in REDIRECT or form is Form.HTML:
        text = Text(
            "{address} answers as no API does ({came} to OPTIONS): set --url to the API's own address",
            address=address,
            came=came,
        )
        return warning(Text("address"), text)
    return fine(Text("address"), Text("{address} answers (HTTP {status} to OPTIONS)", address=address, status=status))


async def _looked_up(url: httpx.URL) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await asyncio.get_running_loop().getaddrinfo(url.host, url.port or 443)
    except TimeoutError as exc:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers") from exc


async def _asked(transport: httpx.AsyncBaseTransport, url: httpx.URL) -> httpx.Response:
    """OPTIONS of the address that creates users: nobody is created, and no token is needed.

    The API's base address may be of anything else: it may lead to a web site.
    """
    extensions = {"timeout": {"connect": _SECONDS, "read": _SECONDS, "write": _SECONDS, "pool": _SECONDS}}
    headers = {"Host": url.netloc.decode("ascii"), "Accept": "application/json"}
    request = httpx.Request("OPTIONS", user_url(str(url)), headers=headers, extensions=extensions)
    async with transport:
        answer = await transport.handle_async_request(request)
        await answer.aread()
        return answer


def _clock(answer: httpx.Response) -> Iterator[Diagnosis]:
    """How far this machine's clock is from the server's."""
    try:
        skew = time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return
    if abs(skew) > _MOST_SKEW:
        text = Text("{span} slow: set it (token expiry and Retry-After go by it)", span=_span(abs(skew)))
        if skew > 0:
            text = Text("{span} fast: set it (token expiry and Retry-After go by it)", span=_span(skew))
        yield warning(Text("clock"), text)
    else:
        yield fine(Text("clock"), Text("agrees with the server's"))


def _reason(exc: Exception) -> str:
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Text("its certificate is not trusted ({why}): check SSL_CERT_FILE", why=cause.verify_message)
        if isinstance(cause, OSError) and cause.errno:  # its own words are asyncio's
            return Text("{why}: check network, firewall and proxy", why=os.strerror(cause.errno))
        cause = cause.__cause__ or cause.__context__
    return Text("{why}: check network, firewall and proxy", why=type(exc).__name__)


def _span(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004 (two minutes, in seconds)
        return Text("{seconds:.0f} s", seconds=seconds)
    if seconds < 48 * 3600:
        return Text("{hours:.1f} h", hours=seconds / 3600)
    return counted("{count} day", "{count} days", round(seconds / 86400))
