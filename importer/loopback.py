"""What is this machine itself: where no TLS is needed, and who may ask."""

import ipaddress
from collections.abc import Container
from urllib.parse import urlsplit


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
