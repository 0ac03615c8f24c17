"""The transport that requests leave by: our own, or httpx's for what it cannot; and its TLS."""

import ssl
from collections.abc import Mapping

import httpx

from importer.errors import UsageError
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from importer.freedom_id.proxy import proxy_for
from importer.freedom_id.single_use_transport import SingleUseTransport
from importer.messages.text import Text


def make_transport(url: str | httpx.URL, environ: Mapping[str, str]) -> httpx.AsyncBaseTransport:
    """The transport for requests to ``url``, a checked address of the API.

    HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR of ``environ`` are looked at.

    Raises:
        UsageError: An unusable proxy address or CA bundle.
    """
    target = httpx.URL(url)
    proxy = proxy_for(target, environ)
    context = ssl_context(environ) if target.scheme == "https" else None
    if proxy is None or proxy.url.scheme == "http":
        return KeepAliveTransport(context, proxy=proxy)
    if proxy.url.scheme == "https":
        proxy.ssl_context = context  # the same authorities as for who is behind it
    try:
        return SingleUseTransport(proxy, context)
    except ImportError as exc:
        raise UsageError(Text("a SOCKS proxy needs the package httpx[socks]; install it or unset the proxy")) from exc


def ssl_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context for HTTP/1.1: SSL_CERT_FILE, else SSL_CERT_DIR, else httpx's own bundle."""
    cafile, capath = environ.get("SSL_CERT_FILE") or None, environ.get("SSL_CERT_DIR") or None
    try:
        if cafile or capath:
            context = ssl.create_default_context(cafile=cafile, capath=None if cafile else capath)
        else:
            context = httpx.create_ssl_context(trust_env=False)
    except OSError as exc:
        name = "SSL_CERT_FILE" if cafile else "SSL_CERT_DIR"
        raise UsageError(
            "{name}: no certificates could be read there ({why})", name=name, why=exc.strerror or exc
        ) from exc
    context.set_alpn_protocols(["http/1.1"])
    return context
