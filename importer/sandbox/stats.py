"""What the sandbox counted: the referee of every test about quotas, outages and lost answers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from importer.sandbox.server_options import Fault


@dataclass
class Stats:
    """Counts since the start, of requests that create or update unless said; seconds are whole ones since the start."""

    requests: int = 0
    updates: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    token_statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    outage: int = 0
    throttled: int = 0
    abandoned: int = 0
    refreshes: int = 0
    refreshes_refused: int = 0
    redirects_followed: int = 0
    redirects_with_bearer: int = 0
    connections: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    accepted_per_second: Counter[int] = field(default_factory=Counter)
    throttled_per_second: Counter[int] = field(default_factory=Counter)

    def begin(self, *, updates: bool) -> None:
        """A request has come that is to create a user, or to update one."""
        self.requests += 1
        self.updates += updates
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def break_off(self, fault: Fault | str) -> None:
        """A fault strikes."""
        self.faults[str(fault)] += 1

    def shown(self) -> dict[str, Any]:
        """The counts as JSON values; the keys of counters are texts."""
        return {
            "requests": self.requests,
            "update_requests": self.updates,
            "by_status": _keyed(self.statuses),
            "faults": _keyed(self.faults),
            "requests_during_outage": self.outage,
            "throttled": self.throttled,
            "answers_abandoned": self.abandoned,
            "token_by_status": _keyed(self.token_statuses),
            "refreshes": self.refreshes,
            "refreshes_refused": self.refreshes_refused,
            "redirects_followed": self.redirects_followed,
            "redirects_with_bearer": self.redirects_with_bearer,
            "connections": self.connections,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "accepted": sum(self.accepted_per_second.values()),
            "accepted_per_second": _keyed(self.accepted_per_second),
            "throttled_per_second": _keyed(self.throttled_per_second),
        }


def _keyed(counter: Counter[Any]) -> dict[str, int]:
    return {str(key): counter[key] for key in sorted(counter)}
