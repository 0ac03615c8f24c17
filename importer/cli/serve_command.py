"""The command of the ops page."""

import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from importer.cli.command_call import settings_from
from importer.cli.flags import API, Given, takes
from importer.cli.loading import loading
from importer.errors import UsageError
from importer.loopback import is_loopback
from importer.messages.text import Text
from importer.storage.home_path import expanded

if TYPE_CHECKING:
    from importer.web.site import Site

log = logging.getLogger("importer")

_BACKLOG: Final = 128


@takes(*API, "log_format", "log_file", "config", "language", "verbose", "quiet")
def serve(  # noqa: PLR0913 (one parameter an option: that is what a command line is)
    given: Given,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0: a free one.")] = 8470,
    new_key: Annotated[bool, typer.Option("--new-key", help="Print another key for the page that is served.")] = False,
    users: Annotated[
        Path | None,
        typer.Option(
            parser=expanded, metavar="FILE", help="Accounts, as importer users makes them. [a key, printed once]"
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(parser=expanded, metavar="FILE", help="Certificate chain, to serve https.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(parser=expanded, metavar="FILE", help="Its private key.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front speaks https, and sets X-Forwarded-For.")
    ] = False,
    hostname: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Name under which browsers ask for the page; repeatable.")
    ] = None,
    metrics_token_file: Annotated[
        Path | None,
        typer.Option(
            parser=expanded,
            metavar="FILE",
            help="Its token lets Prometheus ask for /metrics. [only with a session]",
        ),
    ] = None,
    max_upload: Annotated[str, typer.Option(metavar="SIZE", help="Largest upload, like 200MB.")] = "200MB",
) -> None:
    """Serve the ops page: upload, correct, import, take the result home, in a browser."""
    settings = settings_from(given)
    with loading():
        from importer.web.access.accounts import Accounts  # noqa: PLC0415 (as below)
        from importer.web.route_kinds import metrics_token  # noqa: PLC0415 (as below)
        from importer.web.serving import bytes_of, is_served  # noqa: PLC0415 (the web server loads here)
        from importer.web.site import Site  # noqa: PLC0415 (as above)

    names = refuse_open_door(host, users, tls_cert, tls_key, hostname or [], behind_proxy=behind_proxy)
    _refuse_pipe(settings.token_file)
    if metrics_token_file is not None:
        metrics_token(metrics_token_file)  # one that cannot be used is told now
    site = Site(
        settings,
        max_upload=bytes_of(max_upload),
        hosts=names,
        secure=tls_cert is not None or behind_proxy,
        accounts=Accounts(users) if users else None,
        tls=(tls_cert, tls_key) if tls_cert and tls_key else None,
        behind_proxy=behind_proxy,
        metrics_token=metrics_token_file,
    )
    _check_accounts(site, users, new_key=new_key)
    if new_key and (address := is_served(site)):
        typer.echo(f"page: {address}/?key={site.sessions.new_key()}")
    else:
        _serve(site, _listening(host, port))


def _serve(site: "Site", listening: socket.socket) -> None:
    """Serve the page until the command is asked to end."""
    with loading():
        from importer.web.imports.restarted_jobs import take_up  # noqa: PLC0415 (as in serve)
        from importer.web.serving import serve_page  # noqa: PLC0415 (as in serve)

    taken = take_up(site)
    log.info("%s", Text("jobs that ended with the server before: {count} taken up", count=taken))

    def ready(address: str) -> None:
        typer.echo(f"page: {address}/" + ("" if site.accounts is not None else f"?key={site.sessions.new_key()}"))

    serve_page(site, listening, ready)


def _refuse_pipe(token_file: Path | None) -> None:
    with loading():
        from importer.creating.endpoint.token_choice import is_pipe  # noqa: PLC0415 (the HTTP library loads here)

    if token_file is not None and is_pipe(token_file):
        raise UsageError(
            "token file {path}: it gives the token once, and the page needs it for every import; name a file, or "
            "--token-command",
            path=token_file,
        )


def _check_accounts(site: "Site", users: Path | None, *, new_key: bool) -> None:
    """Refuse --users that nobody can sign in with, and --new-key beside it."""
    if site.accounts is not None and not site.accounts.all():
        raise UsageError(
            "--users {users}: there are no accounts in it; importer users add NAME --users {users}", users=users
        )
    if new_key and site.accounts is not None:
        raise UsageError(Text("--new-key: with --users people sign in with their passwords"))


def refuse_open_door(
    host: str, users: Path | None, tls_cert: Path | None, tls_key: Path | None, names: list[str], *, behind_proxy: bool
) -> frozenset[str]:
    """The names under which the page may be asked for, beside those of this machine alone.

    Raises:
        UsageError: others could come in without an account, or read what is sent.
    """
    if (tls_cert is None) != (tls_key is None):
        raise UsageError(Text("--tls-cert and --tls-key belong together"))
    for path in filter(None, (tls_cert, tls_key)):
        if not path.is_file():
            raise UsageError("{path}: there is no such file", path=path)
    told = {name.lower().rstrip(".") for name in names}
    if is_loopback(host):
        if (told or behind_proxy) and users is None:
            raise UsageError(Text("--hostname and --behind-proxy open the page to others: they need --users FILE"))
        return frozenset(told)
    if users is None:
        raise UsageError("--host {host}: others can come there, so it needs accounts: --users FILE", host=host)
    if tls_cert is None and not behind_proxy:
        raise UsageError(
            "--host {host}: passwords would travel in the clear; give --tls-cert and --tls-key, or "
            "--behind-proxy where a proxy in front speaks https",
            host=host,
        )
    return frozenset({*told, host.lower(), socket.gethostname().lower()})


def _listening(host: str, port: int) -> socket.socket:
    """The socket that browsers come to. Raises UsageError where it cannot be had."""
    name = "127.0.0.1" if host.lower() == "localhost" else host
    try:
        return socket.create_server(
            (name, port), family=socket.AF_INET6 if ":" in name else socket.AF_INET, backlog=_BACKLOG
        )
    except OSError as exc:
        raise UsageError(
            "--port {port}: cannot be listened on ({strerror}); --port 0 takes a free one",
            port=port,
            strerror=os.strerror(exc.errno or 0),  # its own says more, and in English alone
        ) from exc
