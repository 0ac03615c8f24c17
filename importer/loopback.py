"""What is this machine itself: where no TLS is needed, and who may ask."""

import ipaddress
from collections.abc import Container
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers  # whoever only sends loads no web library

_OWN_SITES: Final = frozenset({"same-origin", "none"})


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone: localhost, 127.0.0.0/8 or ::1; without brackets, or a dot at its end."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # ::ffff:127.0.0.1 is loopback for newer Pythons only
    return address.is_loopback and not getattr(address, "ipv4_mapped", None)


def is_own_host(header: str, names: Container[str] = ()) -> bool:
    """Whether a Host header is this machine itself, or one of the names (lower case, no dot at their end); any port."""
    try:
        parts = urlsplit(f"//{header}")
        name = (parts.hostname or "").removesuffix(".")
        if parts.netloc != header or parts.username is not None or (parts.port is not None and not parts.port):
            return False
    except ValueError:
        return False
    return name in names or is_loopback(name)


def is_own_page(headers: "Headers", *schemes: str) -> bool:
    """Whether a request comes from the page at its Host, or from none: by the Origin and Sec-Fetch-Site of browsers."""
    own = {f"{scheme}://{headers['host'].lower()}" for scheme in schemes}
    return all(origin.lower() in own for origin in headers.getlist("origin")) and (
        headers.get("sec-fetch-site", "none").lower() in _OWN_SITES
    )
