"""Access and refresh tokens: who is let in, and how a pair is exchanged for the next one."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from importer.sandbox.server_options import SandboxOptions

ACCESS_DAYS = 7
REFRESH_DAYS = 30


@dataclass
class Tokens:
    """The one valid pair. A refresh token works once; a new pair ends the old access token at once."""

    options: SandboxOptions
    now: float
    access: str = field(default="", init=False)
    refresh: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Start with the pair of the options."""
        self.install(self.options.token, self.options.refresh_token, self.now)

    def install(self, access: str, refresh: str, now: float) -> None:
        """Make this pair the valid one."""
        self.access, self.refresh = access, refresh
        self._expected = f"Bearer {access}".encode()
        self._issued, self._used = now, 0

    def admits(self, authorization: bytes, now: float) -> bool:
        """Whether a create request with this header is let in; it counts as a use of the token."""
        if authorization != self._expected:
            return False
        seconds, requests = self.options.token_seconds, self.options.token_requests
        if seconds and now - self._issued >= seconds:
            return False
        self._used += 1
        return not requests or self._used <= requests

    def exchange(self, authorization: bytes, now: float) -> dict[str, str] | None:
        """The next pair as the API gives it, or None when the refresh token isn't the valid one."""
        if not self.refresh or authorization != f"Bearer {self.refresh}".encode():
            return None
        self.install(f"access-{secrets.token_hex(16)}", f"refresh-{secrets.token_hex(16)}", now)
        seconds = self.options.token_seconds or timedelta(days=ACCESS_DAYS).total_seconds()
        moment = datetime.now(UTC)
        return {
            "id": str(uuid.uuid4()),
            "access_token": self.access,
            "refresh_token": self.refresh,
            "access_expire_at": _stamp(moment + timedelta(seconds=seconds)),
            "refresh_expire_at": _stamp(moment + timedelta(days=REFRESH_DAYS)),
        }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
