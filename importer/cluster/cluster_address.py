"""``--cluster``: which machines check a file. Dask's ports run any code that they are sent: TLS, or loopback."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.errors import UsageError
from importer.loopback import is_loopback

if TYPE_CHECKING:
    from importer.settings import Settings

_LOCAL: Final = re.compile(r"local(?::([0-9]{1,3}))?")
_SCHEDULER: Final = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?")
_PORTS: Final = range(1, 65_536)


@dataclass(frozen=True)
class ClusterAddress:
    """Where the scheduler is.

    Attributes:
        text: As Dask takes it; "local" for processes of this command's own.
        workers: How many of these; 0: one for each core.
        on_loopback: Whether nobody on another machine can reach it.
        encrypted: Whether it is spoken to over TLS.
    """

    text: str
    workers: int = 0
    on_loopback: bool = True
    encrypted: bool = True

    @property
    def is_local(self) -> bool:
        """Whether this command starts workers of its own."""
        return self.text == "local"

    @classmethod
    def of(cls, told: str) -> "ClusterAddress":
        """The address that a person wrote. Raises UsageError: it is none, or without TLS and far away."""
        if (local := _LOCAL.fullmatch(told)) and local[1] != "0":
            return cls("local", int(local[1] or 0))
        found = _SCHEDULER.fullmatch(told)
        if found is None or int(found[3]) not in _PORTS:
            raise UsageError(
                "--cluster {told}: expected tls://scheduler:8786, tcp://127.0.0.1:8786, or local, or local:4 for "
                "4 processes on this machine",
                told=told,
            )
        scheme, host, port = found.groups()
        on_loopback = is_loopback(host.strip("[]"))
        if scheme == "tcp" and not on_loopback:
            raise UsageError(
                "--cluster {told}: without TLS anybody in the network could run code there, and read what is "
                "sent; use tls://{host}:{port}",
                told=told,
                host=host,
                port=port,
            )
        return cls(told.rstrip("/"), on_loopback=on_loopback, encrypted=scheme == "tls")


def storage_url(settings: "Settings") -> str:
    """Where the parts of a file lie: ``--storage``, or the state folder where the workers are on this machine.

    Raises:
        UsageError: the cluster's address is none, or its workers may be elsewhere and nobody said where to store.
    """
    address = ClusterAddress.of(settings.cluster)
    if settings.storage:
        return settings.storage
    if address.on_loopback:
        return str(settings.home.absolute() / "storage")
    raise UsageError(
        "--cluster {address} needs --storage: a folder that all workers share, or a bucket (s3://…, gs://…)",
        address=settings.cluster,
    )
