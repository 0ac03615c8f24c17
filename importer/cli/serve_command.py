"""The command of the ops page."""

import ipaddress
import logging
import socket
from typing import Annotated, Final

import typer

from importer.cli.invoke import settings_from
from importer.cli.options import Config, Journal, LogFile, LogFormat, Quiet, TokenCommand, TokenFile, Url, Verbose
from importer.errors import UsageError

log = logging.getLogger("importer")

_BACKLOG: Final = 128


def serve(  # noqa: PLR0913 (one parameter an option: that is what a command line is)
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0: a free one.")] = 8470,
    new_key: Annotated[bool, typer.Option("--new-key", help="Print another key for the page that is served.")] = False,
    max_upload: Annotated[str, typer.Option(metavar="SIZE", help="Largest upload, like 200MB.")] = "200MB",
    url: Url = None,
    token_file: TokenFile = None,
    token_command: TokenCommand = None,
    journal: Journal = None,
    log_format: LogFormat = None,
    log_file: LogFile = None,
    config: Config = None,
    verbose: Verbose = None,
    quiet: Quiet = None,
) -> None:
    """Serve the ops page: upload, correct, import, take the result home, in a browser."""
    own = {"host", "port", "new_key", "max_upload"}
    settings = settings_from({name: value for name, value in locals().items() if name not in {*own, "own"}})
    from importer.web.serving import bytes_of, is_served, serve_page  # noqa: PLC0415 (the web server loads here)
    from importer.web.site import Site  # noqa: PLC0415 (as above)

    site = Site(settings, max_upload=bytes_of(max_upload))
    if new_key and (address := is_served(site)):
        typer.echo(f"page: {address}/?key={site.sessions.new_key()}")
        return
    listening = _listening(host, port)
    serve_page(site, listening, lambda address: typer.echo(f"page: {address}/?key={site.sessions.new_key()}"))


def _listening(host: str, port: int) -> socket.socket:
    """A socket of this machine alone. Raises UsageError where it cannot be had."""
    name = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(f"--host {host}: only this machine's own addresses can be served without accounts (127.0.0.1)")
    try:
        return socket.create_server(
            (name, port), family=socket.AF_INET6 if ":" in name else socket.AF_INET, backlog=_BACKLOG
        )
    except OSError as exc:
        raise UsageError(f"--port {port}: cannot be listened on ({exc.strerror}); --port 0 takes a free one") from exc
