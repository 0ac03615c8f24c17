"""More than one machine: Dask's workers check the parts of a file, with the outcome of one machine. See README.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.cluster.address import ClusterAddress
from importer.errors import UsageError
from importer.messages.text import Text

if TYPE_CHECKING:  # a scheduler loads this package, too, and needs no pandas
    from importer.progress import Watch
    from importer.settings import Settings
    from importer.validation.stream import Source

__all__ = ["ClusterAddress", "check_options", "on_cluster", "storage_url"]


def check_options(settings: "Settings") -> None:
    """Look at ``--cluster`` and ``--storage`` before anything is done.

    Raises:
        UsageError: one cannot be used, or there is no storage that the workers reach.
    """
    url = storage_url(settings) if settings.cluster else settings.storage
    if url:
        from importer.storage import Storage  # noqa: PLC0415 (who has neither needs no such library)

        Storage(url)


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
        Text(
            "--cluster {address} needs --storage: a folder that all workers share, or a bucket (s3://…, gs://…)",
            address=settings.cluster,
        )
    )


@contextmanager
def on_cluster(source: "Source", settings: "Settings", watch: "Watch") -> Iterator["Source"]:
    """The source, with an engine that checks its rows on the cluster of the settings; as it is where they name none.

    A file that was out before is compared with the journal row by row, on this machine.

    Raises:
        UsageError: the cluster cannot be used as it is. ClusterLost: it cannot be reached.
        StorageFailed: the storage cannot be written, or a worker cannot read it.
    """
    if not settings.cluster:
        yield source
        return
    if source.returned is not None:
        watch.said(Text("the file has been out before: it is compared with the journal, on this machine"))
        yield source
        return
    from importer.cluster.connection import reached  # noqa: PLC0415 (Dask loads where there is a cluster)
    from importer.cluster.engine import ClusterEngine  # noqa: PLC0415 (as above)
    from importer.cluster.reach import refuse_out_of_reach  # noqa: PLC0415 (as above)
    from importer.storage import Storage  # noqa: PLC0415 (as above)

    storage = Storage(storage_url(settings))
    with reached(settings, watch) as cluster, storage.work_folder() as folder:
        refuse_out_of_reach(cluster, storage, folder)
        yield replace(source, engine=ClusterEngine(cluster, storage, folder, settings.cluster_rows))
