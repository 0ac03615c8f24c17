"""More than one machine: Dask's workers check the parts of a file, with the outcome of one machine. See README.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.cluster.cluster_address import storage_url
from importer.messages.text import Text

if TYPE_CHECKING:  # a scheduler loads this package, too, and needs no pandas
    from importer.creating import SendProgress
    from importer.creating.endpoint.endpoint import Endpoint
    from importer.journal import Journal, Run
    from importer.progress import Watch
    from importer.settings import Settings
    from importer.validation.stream import MappedInput

__all__ = ["check_options", "create_on_cluster", "on_cluster", "sends_on_cluster", "storage_url"]


def check_options(settings: "Settings") -> None:
    """Look at ``--cluster`` and ``--storage`` before anything is done.

    Raises:
        UsageError: one cannot be used, or there is no storage that the workers reach.
    """
    url = storage_url(settings) if settings.cluster else settings.storage
    if url:
        from importer.storage import Storage  # noqa: PLC0415 (who has neither needs no such library)

        Storage(url)


@contextmanager
def on_cluster(mapped: "MappedInput", settings: "Settings", watch: "Watch") -> Iterator["MappedInput"]:
    """The input, with an engine that checks its rows on the cluster of the settings; as it is where they name none.

    A file that was out before is compared with the journal row by row, on this machine.

    Raises:
        UsageError: the cluster cannot be used as it is. ClusterLost: it cannot be reached.
        StorageFailed: the storage cannot be written, or a worker cannot read it.
    """
    if not settings.cluster:
        yield mapped
        return
    if mapped.returned is not None:
        watch.said(Text("the file came back from an earlier run: it is compared with the journal, on this machine"))
        yield mapped
        return
    from importer.cluster.cluster_engine import ClusterEngine  # noqa: PLC0415 (as above)
    from importer.cluster.connection import reached  # noqa: PLC0415 (Dask loads where there is a cluster)
    from importer.cluster.storage_reach import refuse_out_of_reach  # noqa: PLC0415 (as above)
    from importer.storage import Storage  # noqa: PLC0415 (as above)

    storage = Storage(storage_url(settings))
    with reached(settings, watch) as cluster, storage.work_folder() as folder:
        refuse_out_of_reach(cluster, storage, folder)
        yield replace(mapped, engine=ClusterEngine(cluster, storage, folder, settings.cluster_rows))


def sends_on_cluster(settings: "Settings", journal: "Journal") -> bool:
    """Whether the workers of the cluster create the users, too: they need a journal that all of them reach."""
    return bool(settings.cluster and journal.location.server)


def create_on_cluster(
    journal: "Journal",
    run: "Run",
    mapped: "MappedInput",
    settings: "Settings",
    api: "Endpoint",
    watch: "Watch",
    progress: "SendProgress",
    *,
    most_updates: int | None = None,
) -> None:
    """As ``creating.sending.create_rows``, by the workers of the cluster; raises ClusterLost, too."""
    from importer.cluster.dispatcher import Dispatcher  # noqa: PLC0415 (Dask loads where there is a cluster)

    dispatcher = Dispatcher(journal, run, settings, api, watch, progress)
    dispatcher.create_rows(mapped, most_updates=most_updates)
