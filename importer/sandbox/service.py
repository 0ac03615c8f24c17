"""What happens to a request, apart from sockets: refused, struck by a fault, created, updated or taken."""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from importer.errors import UsageError
from importer.messages.text import Text
from importer.sandbox import replies
from importer.sandbox.body_rules import check_body, check_update
from importer.sandbox.fault_injection import FaultPlan
from importer.sandbox.outages import Outages
from importer.sandbox.rate_limits import make_rate_limit
from importer.sandbox.replies import Reply
from importer.sandbox.server_options import Fault, SandboxOptions, options_from
from importer.sandbox.stats import Stats
from importer.sandbox.tokens import Tokens
from importer.sandbox.users import User, Users


@dataclass(slots=True)
class Visit:
    """One request. ``answer``: it is refused before it acts; ``outage``: the server is down.

    ``updates``: it is to change the user ``known``, whose phone (where there is such a user) the faults go by.
    """

    body: bytes
    updates: bool = False
    known: User | None = None
    content: Any = None
    phone: str = ""
    attempt: int = 1
    outage: str = ""
    answer: Reply | None = None
    fault: Fault | None = None
    accepted: bool = False


class Service:
    """The state of one sandbox. Not safe for threads: everything runs in the server's event loop.

    ``clock`` gives seconds of a monotonic clock. Raises UsageError for options that can't be read.
    """

    def __init__(self, options: SandboxOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self.options, self.clock, self.started = options, clock, clock()
        self.seed = options.seed or secrets.randbelow(2**32 - 1) + 1
        self.stats = Stats()
        self.plan = FaultPlan(options, self.seed)
        self.outages = Outages(options, self.started)
        self.quota = make_rate_limit(options)
        self.tokens = Tokens(options, self.started)
        self.users = Users(options.state, options.keep_bodies)
        if self.users.pair and self.users.given == options.token:
            self.tokens.install(*self.users.pair, self.started)
        self._random = random.Random(self.seed)  # noqa: S311 (a jitter, no secret)
        self._plan_from = self._outages_from = self._refreshes_tried = 0

    def change(self, changes: dict[str, object]) -> None:
        """Order other options while running; numbers and seconds of orders count from here.

        Raises UsageError, and changes nothing, for options that can't be read.
        """
        if changes.keys() & {"state", "keep_bodies"}:
            raise UsageError(Text("sandbox: state and keep_bodies can't be changed while it runs"))
        options, now = options_from(changes, self.options), self.clock()
        seed = options.seed or self.seed
        plan = FaultPlan(options, seed)
        outages = Outages(options, now)
        if "faults" in changes:
            self._plan_from = self.stats.requests
        if "outages" in changes:
            self.outages, self._outages_from = outages, self.stats.requests
        if any(name.startswith("quota") for name in changes):
            self.quota = make_rate_limit(options)
        self.options, self.plan, self.seed = options, plan, seed
        self.outages.options = self.tokens.options = options
        if changes.keys() & {"refresh_fault", "refresh_fault_times"}:
            self._refreshes_tried = 0
        if changes.keys() & {"token", "refresh_token"}:
            self.tokens.install(options.token, options.refresh_token, now)
            self.users.renew(options.token, options.token, options.refresh_token)

    def admit(self, authorization: bytes, content_type: bytes, body: bytes, *, updates: bool = False) -> Visit:
        """Look at a request: outage, token, quota, poison, fault — in this order."""
        self.stats.begin(updates=updates)
        now, visit = self.clock(), Visit(body, updates)
        visit.outage = self.outages.request(self.stats.requests - self._outages_from, now)
        if visit.outage:
            self.stats.outage += 1
            return visit
        visit.answer = self._refusal(authorization, now)
        if visit.answer:
            return visit
        visit.accepted = True
        self.stats.accepted_per_second[int(now - self.started)] += 1
        self._read(visit, content_type)
        if not self.plan.silent:
            self._strike(visit)
        return visit

    def perform(self, visit: Visit) -> Reply:
        """Create or update the user, or say why not."""
        if visit.answer:
            return visit.answer
        if visit.updates:
            return self._update(visit)
        if errors := check_body(visit.content):
            return replies.invalid(errors, self.options)
        known = self.users.by_phone.get(visit.phone)
        if known:
            return replies.conflict(known, self.options)
        return replies.created(self.users.create(visit.content, visit.body))

    def _update(self, visit: Visit) -> Reply:
        """Change the fields that are named; unlike with a new user, an e-mail that is taken is an error."""
        if errors := check_update(visit.content):
            return replies.invalid(errors, self.options)
        if visit.known is None:
            return replies.NO_SUCH_USER
        phone = self.users.by_phone.get(visit.content.get("phone", ""))
        if phone is not None and phone is not visit.known:
            return replies.conflict(phone, self.options)
        if self.users.is_taken(visit.content.get("email", ""), visit.known):
            return replies.invalid({"email": ["The email has already been taken."]}, self.options)
        self.users.update(visit.known, visit.content, clear=self.options.update_clears)
        return replies.updated(visit.known)

    def release(self, visit: Visit) -> None:
        """The request has ended, whichever way."""
        self.stats.in_flight -= 1
        if visit.accepted and self.quota:
            self.quota.release()

    def told(self, answer: Reply, whole: bool, deliberate: bool) -> None:
        """Note what became of an answer: whether it went out whole, and if not, whether that was ordered."""
        if whole and answer.user:
            answer.user.answered = True
        if whole or not answer.created or not answer.user:
            return
        if deliberate:
            self.users.lose(answer.user)
        else:
            self.stats.abandoned += 1

    def refresh_fault(self) -> Fault | None:
        """What goes wrong with this token refresh."""
        self._refreshes_tried += 1
        times, kind = self.options.refresh_fault_times, self.options.refresh_fault
        return Fault(kind) if kind and (not times or self._refreshes_tried <= times) else None

    def exchange(self, authorization: bytes) -> dict[str, str] | None:
        """A new pair of tokens for the refresh token, or None."""
        pair = self.tokens.exchange(authorization, self.clock())
        if pair:
            self.stats.refreshes += 1
            self.users.renew(self.options.token, pair["access_token"], pair["refresh_token"])
        else:
            self.stats.refreshes_refused += 1
        return pair

    def delay(self) -> float:
        """One request's latency in seconds."""
        if not self.options.latency and not self.options.jitter:
            return 0.0
        jitter = self._random.uniform(-self.options.jitter, self.options.jitter)
        return max(0.0, self.options.latency + jitter) / 1000

    def summary(self) -> dict[str, Any]:
        """The counts, as JSON values."""
        return {
            "seed": self.seed,
            "seconds": self.clock() - self.started,
            "created": len(self.users.by_phone),
            "answers_lost": self.users.lost,
            **self.stats.shown(),
        }

    def _refusal(self, authorization: bytes, now: float) -> Reply | None:
        if not self.tokens.admits(authorization, now):
            return replies.UNAUTHORIZED
        after = self.options.forbidden_after
        if self.options.forbidden or (after and self.stats.requests > after):
            return replies.FORBIDDEN
        wait = self.quota.take(now) if self.quota else 0.0
        if not wait:
            return None
        self.stats.throttled += 1
        self.stats.throttled_per_second[int(now - self.started)] += 1
        return replies.over_quota(wait, time.time(), self.options)

    def _read(self, visit: Visit, content_type: bytes) -> None:
        if not content_type.lower().startswith(b"application/json"):
            visit.answer = replies.NOT_JSON_TYPE
            return
        try:
            visit.content = orjson.loads(visit.body)
        except orjson.JSONDecodeError:
            visit.answer = replies.NOT_JSON
            return
        if visit.updates and isinstance(visit.content, dict):
            visit.known = self.users.by_id.get(str(visit.content.get("freedom_id")).lower())
            if visit.known:
                visit.phone, visit.known.requests = visit.known.phone, visit.known.requests + 1
                visit.attempt = visit.known.requests
            return
        phone = visit.content.get("phone") if isinstance(visit.content, dict) else None
        if isinstance(phone, str):
            visit.phone = phone
            visit.attempt = self.users.attempts[phone] = self.users.attempts.get(phone, 0) + 1

    def _strike(self, visit: Visit) -> None:
        if self.plan.is_poison(visit.phone):
            visit.answer = replies.error(500)
            self.stats.break_off("poison")
            return
        visit.fault = self.plan.pick(self.stats.requests - self._plan_from, visit.phone, visit.attempt)
        if visit.fault:
            self.stats.break_off(visit.fault)
