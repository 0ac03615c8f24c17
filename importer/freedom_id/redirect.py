"""Where a redirect leads, as far as anybody may be told: what follows its host may hold data, or a token."""

from collections.abc import Mapping
from typing import Final

import httpx

from importer.freedom_id.address import connectable
from importer.freedom_id.token_mask import TokenMask
from importer.messages.text import Text

REDIRECT: Final = range(300, 400)

_SAME: Final = Text("another path of the same address")


def redirected_to(status: int, headers: Mapping[str, str], mask: TokenMask | None = None) -> str:
    """Scheme and host of where an answer redirects to; "" where it is no redirect, or names no address."""
    location = headers.get("location", "").strip()
    if status not in REDIRECT or not location:
        return ""
    try:
        origin = _origin(httpx.URL(location))
    except (httpx.InvalidURL, ValueError):  # (a host is read when it is asked for: idna's errors are of values)
        return ""
    return origin if mask is None else mask(origin)


def _origin(url: httpx.URL) -> str:
    if not url.host:
        return _SAME if not url.scheme else ""
    if not connectable(url) or url.scheme not in ("", "http", "https"):
        return ""
    return f"{url.scheme}://{url.netloc.decode('ascii')}".removeprefix("://")
