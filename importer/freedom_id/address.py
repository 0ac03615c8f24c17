"""Addresses that a token may travel to: https, or plain http to this machine itself."""

import re
from typing import Final

import httpx

from importer.errors import UsageError
from importer.loopback import is_loopback

_HOST: Final = re.compile(r"[A-Za-z0-9._:-]+\Z")
_PORTS: Final = range(1, 65_536)

USER_PATH: Final = "/api/v1/oauth/user"
"""POST creates a user, PUT changes one (schemas/README.md)."""


def check_url(url: str, what: str = "--url") -> httpx.URL:
    """Check an address before a token goes there; ``what`` names the option in the message.

    Raises:
        UsageError: Not an address, no host, not https (http is for loopback only), or with credentials, a
            query or a fragment.
    """
    try:
        parsed = httpx.URL(url.strip())
        host = parsed.host  # read when it is asked for: a name that IDNA does not allow raises here
    except (httpx.InvalidURL, ValueError) as exc:
        raise UsageError("{what}: not an address; expected like https://api.freedompay.kz", what=what) from exc
    if parsed.scheme not in ("http", "https"):
        raise UsageError(
            "{what}: the address must begin with https://; expected like https://api.freedompay.kz", what=what
        )
    if not host:
        raise UsageError("{what}: the address has no host; expected like https://api.freedompay.kz", what=what)
    if not connectable(parsed):
        raise UsageError("{what}: no host or port to connect to; expected like https://api.freedompay.kz", what=what)
    if parsed.userinfo:
        raise UsageError("{what}: the address holds a user name or password; take it out", what=what)
    if parsed.query or parsed.fragment or "?" in url or "#" in url:
        raise UsageError("{what}: the address holds a query or fragment (? or #); take it out", what=what)
    if parsed.scheme == "http" and not is_here(parsed):
        raise UsageError(
            "{what}: plain http would send the token unencrypted to {host}; use https (http is for "
            "this machine only: localhost, 127.0.0.1, [::1])",
            what=what,
            host=parsed.host,
        )
    return parsed


def user_url(url: str) -> httpx.URL:
    """The address that creates users, from the API's base address or from itself; raises as check_url."""
    base = check_url(url)
    path = base.path.rstrip("/")
    return base.copy_with(path=path if path.endswith(USER_PATH) else path + USER_PATH)


def connectable(url: httpx.URL) -> bool:
    """Whether host and port can be names of the network at all; httpx lets spaces and port 99999 through."""
    return bool(_HOST.match(url.raw_host.decode("ascii"))) and (url.port is None or url.port in _PORTS)


def is_here(url: httpx.URL) -> bool:
    """Whether an address is this machine's own."""
    return is_loopback(url.host.removesuffix("."))
