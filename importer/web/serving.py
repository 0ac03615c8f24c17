"""The server around the application: one process on one socket, until it is asked to end."""

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from filelock import FileLock, Timeout

from importer.errors import AlreadyRunning, UsageError
from importer.storage.private_files import write_private
from importer.web.application import create_app
from importer.web.server_log import heard
from importer.web.site import Site
from importer.web.uploads.old_uploads import remove_old_uploads

_UNITS: Final = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_PATIENCE: Final = 3
"""Seconds that answers under way may take when the server is asked to end."""


def serve_page(site: Site, listening: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        site: What is served.
        listening: The socket that browsers come to.
        ready: Told the page's address once it can be asked for.

    Raises:
        AlreadyRunning: The page of this state folder is served by another process.
    """
    app = create_app(site)
    host, port = listening.getsockname()[:2]
    scheme = "https" if site.tls else "http"
    address = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    with _alone(site, address):
        site.uploads.clear_unfinished()
        remove_old_uploads(site, site.settings.retention_days)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_PATIENCE,
            ssl_certfile=site.tls[0] if site.tls else None,
            ssl_keyfile=site.tls[1] if site.tls else None,
        )
        ready(address)
        try:
            with heard():
                uvicorn.Server(config).run(sockets=[listening])
        finally:
            site.tasks.close()


def is_served(site: Site) -> str:
    """The address at which another process serves the page of this state folder; "" where none does."""
    lock = _lock(site)
    try:
        with lock.acquire(blocking=False):
            return ""
    except Timeout:
        return (site.folder / "address").read_text(encoding="utf-8").strip()


def bytes_of(size: str) -> int:
    """``200MB`` in bytes. Raises UsageError."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmg]?b?)\s*", size.lower())
    unit = match[2] if match else ""
    unit = unit if unit in _UNITS else f"{unit}b"
    if match is None or float(match[1]) * _UNITS[unit] < 1:
        raise UsageError("--max-upload {size}: a size is expected, like 200MB", size=size)
    return int(float(match[1]) * _UNITS[unit])


@contextlib.contextmanager
def _alone(site: Site, address: str) -> Iterator[None]:
    try:
        with _lock(site).acquire(blocking=False):
            write_private(site.folder / "address", address)
            yield
    except Timeout as exc:
        raise AlreadyRunning(
            "the page of {home} is served already, by another process; importer serve --new-key "
            "prints another key for it",
            home=site.settings.home,
        ) from exc


def _lock(site: Site) -> FileLock:
    site.database  # noqa: B018 (the folder is there then)
    return FileLock(site.folder / "serving.lock", mode=0o600)
