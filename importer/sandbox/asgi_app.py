"""The ASGI application: requests that create or update on a short path, everything else through Starlette."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from importer.sandbox import replies
from importer.sandbox.control import CAUGHT_PATH, make_control
from importer.sandbox.delivery import AsgiExchange, Receive, Scope, Send, break_off, say
from importer.sandbox.replies import Reply
from importer.sandbox.server_options import AFTER_CREATING, MAY_COME_WHOLE, Fault, SandboxOptions
from importer.sandbox.service import Service, Visit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

USER_PATH: Final = "/api/v1/oauth/user"
TOKEN_PATH: Final = "/api/v1/oauth/token"  # noqa: S105 (a path)
MAX_BODY: Final = 1_048_576


class SandboxApp:
    """The Freedom ID server as ASGI 3 application, without lifespan; ``service`` is its state.

    Faults of the connection need the sandbox's own server, which gives the connection as the scope's extension
    "sandbox". ``changed`` is called after options were changed over HTTP.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.service = Service(options)
        self.changed: Callable[[], Awaitable[None]] | None = None
        self._control = make_control(self.service, self._has_changed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError("the sandbox speaks plain HTTP only")
        wire = scope.get("extensions", {}).get("sandbox", {}).get("wire")
        service, stats = self.service, self.service.stats
        if scope["path"] == USER_PATH and scope["method"] in {"POST", "PUT"}:
            await self._create_or_update(scope, AsgiExchange(receive, send, wire, service.options, stats.statuses))
        elif scope["path"] == TOKEN_PATH and scope["method"] == "PATCH":
            await self._refresh(scope, AsgiExchange(receive, send, wire, service.options, stats.token_statuses))
        else:
            await self._control(scope, receive, send)

    async def _has_changed(self) -> None:
        if self.changed:
            await self.changed()

    async def _create_or_update(self, scope: Scope, exchange: AsgiExchange) -> None:
        body = await _read(exchange.receive)
        if body is None:
            await say(replies.TOO_LARGE, exchange)
            return
        service, headers = self.service, dict(scope["headers"])
        authorization, content_type = headers.get(b"authorization", b""), headers.get(b"content-type", b"")
        visit = service.admit(authorization, content_type, body, updates=scope["method"] == "PUT")
        try:
            if visit.outage:
                await _outage(visit.outage, exchange)
            elif visit.answer and not visit.accepted:
                await say(visit.answer, exchange)
            else:
                await self._handle(visit, exchange, headers.get(b"host", b""))
        finally:
            service.release(visit)

    async def _handle(self, visit: Visit, exchange: AsgiExchange, host: bytes) -> None:
        """Wait, create or update, wait, answer: a fault may stand before or after the deed."""
        service, delay = self.service, self.service.delay()
        if delay:
            begun = service.clock()
            await asyncio.sleep(delay / 2)
        if visit.fault and visit.fault not in AFTER_CREATING:
            await self._fail(visit.fault, None, visit, exchange, host)
            return
        answer = service.perform(visit)
        if delay:  # up to the moment that is due: two sleeps would overshoot twice
            await asyncio.sleep(max(0.0, begun + delay - service.clock()))
        if visit.fault:
            await self._fail_after(visit.fault, answer, visit, exchange, host)
        else:
            service.told(answer, whole=await say(answer, exchange), deliberate=False)

    async def _fail_after(self, fault: Fault, answer: Reply, visit: Visit, exchange: AsgiExchange, host: bytes) -> None:
        """Count the answer as lost before the client can notice, unless it may still come whole."""
        patient = fault in MAY_COME_WHOLE
        if not patient:
            self.service.told(answer, whole=False, deliberate=True)
        whole = await self._fail(fault, answer, visit, exchange, host)
        if patient:
            self.service.told(answer, whole=whole, deliberate=True)

    async def _refresh(self, scope: Scope, exchange: AsgiExchange) -> None:
        service, headers = self.service, dict(scope["headers"])
        if kind := service.outages.active(service.clock()):
            await _outage(kind, exchange)
            return
        visit, host = Visit(b"", phone="token", fault=service.refresh_fault()), headers.get(b"host", b"")
        if visit.fault and visit.fault not in AFTER_CREATING:
            await self._fail(visit.fault, None, visit, exchange, host)
            return
        pair = service.exchange(headers.get(b"authorization", b""))
        answer = replies.new_pair(pair) if pair else replies.UNAUTHORIZED
        if visit.fault:
            await self._fail(visit.fault, answer, visit, exchange, host)
        else:
            await say(answer, exchange)

    async def _fail(
        self, fault: Fault, answer: Reply | None, visit: Visit, exchange: AsgiExchange, host: bytes
    ) -> bool:
        """Let the fault strike; True when the true answer went out whole after all."""
        instead = self._instead(fault, visit, host)
        if instead:
            await say(instead, exchange)
            return False
        return await break_off(fault, answer, exchange)

    def _instead(self, fault: Fault, visit: Visit, host: bytes) -> Reply | None:
        """The answer that a fault puts in the place of the true one."""
        options, plan = self.service.options, self.service.plan
        match fault:
            case Fault.ERROR | Fault.ERROR_AFTER:
                answer = replies.error(plan.status(visit.phone, visit.attempt))
            case Fault.HTML:
                answer = replies.page(options.html_status)
            case Fault.FORBIDDEN:
                answer = replies.FORBIDDEN
            case Fault.UNAUTHORIZED:
                answer = replies.UNAUTHORIZED
            case Fault.REDIRECT:
                url = options.redirect_url or f"http://{host.decode('latin-1')}{CAUGHT_PATH}"
                answer = replies.redirect(options.redirect_status, url)
            case Fault.ODD:
                answer = replies.odd(plan.chance("odd", visit.phone, visit.attempt))
            case Fault.REPEAT_ID:
                answer = replies.created(next(iter(self.service.users.by_phone.values())))
            case _:
                return None
        return answer


async def _outage(kind: str, exchange: AsgiExchange) -> None:
    if kind == "503":
        await say(replies.error(HTTPStatus.SERVICE_UNAVAILABLE), exchange)
    else:
        await break_off(Fault.HANG_BEFORE if kind == "hang" else Fault.RESET_BEFORE, None, exchange)


async def _read(receive: Receive) -> bytes | None:
    """The whole body of a request, or None when it is too large."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > MAX_BODY:
            return None
        message = await receive()
        body += message.get("body", b"")
    return body if len(body) <= MAX_BODY else None
