"""Which proxy a request goes through: the environment's, unless NO_PROXY or loopback says otherwise."""

import ipaddress
from collections.abc import Mapping
from typing import Final

import httpx

from importer.errors import UsageError
from importer.freedom_id.address import connectable, is_here
from importer.freedom_id.http1_request import origin_of
from importer.messages.text import Text

_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


def proxy_for(target: httpx.URL, environ: Mapping[str, str]) -> httpx.Proxy | None:
    """The proxy that the environment orders for ``target``, or None; never one for this machine itself.

    Raises:
        UsageError: The proxy's address is unusable; its text is not repeated (it may hold a password).
    """
    if is_here(target) or _bypassed(target, _variable(environ, "no_proxy")[1]):
        return None
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        spelled, value = _variable(environ, name)
        if value:
            return _proxy(spelled, value if "://" in value else f"http://{value}")
    return None


def _proxy(name: str, value: str) -> httpx.Proxy:
    # a proxy's credentials stay out of the message, and out of the chain of its causes
    problem = Text("{name}: not an address; expected like http://proxy.example:3128", name=name)
    try:
        proxy = httpx.Proxy(value)
    except (httpx.InvalidURL, ValueError):
        raise UsageError(problem) from None
    if proxy.url.scheme not in _PROXY_SCHEMES or not connectable(proxy.url):
        raise UsageError(problem)
    return proxy


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """(spelling, value) of a proxy variable; the lower-case spelling counts first, as everywhere."""
    # a CGI server passes a request's "Proxy:" header on as HTTP_PROXY
    spellings = (name,) if name == "http_proxy" and "REQUEST_METHOD" in environ else (name, name.upper())
    for spelling in spellings:
        if environ.get(spelling, "").strip():
            return spelling, environ[spelling].strip()
    return name, ""


def _bypassed(target: httpx.URL, no_proxy: str) -> bool:
    """Whether NO_PROXY names the target: *, a domain and those below it, an address, a network, host:port."""
    host = target.host.rstrip(".").lower()
    port = origin_of(target).port
    return any(_names(entry.strip().lower(), host, port) for entry in no_proxy.split(","))


def _names(entry: str, host: str, port: int) -> bool:
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdecimal() and (":" not in name or name.endswith("]")):
        if int(digits) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*.").strip(".")
    if not entry:
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return entry in {"*", host} or host.endswith("." + entry)
