"""The machines that check files: scheduler, workers, and the storage that all of them reach."""

from collections.abc import Iterator

from importer.cluster import check_options, storage_url
from importer.errors import ImporterError
from importer.operations.doctor.finding import Level, Told
from importer.progress import Watch
from importer.settings import Settings


def check_cluster(settings: Settings) -> Iterator[Told]:
    """The cluster of the configuration, if there is one: who answers, with which versions, and reads what is stored."""
    if not settings.cluster:
        return
    try:
        check_options(settings)
        # Dask loads where there is a cluster.
        from importer.cluster.connection import reached  # noqa: PLC0415
        from importer.cluster.reach import out_of_reach  # noqa: PLC0415
        from importer.storage import Storage  # noqa: PLC0415

        with reached(settings, Watch()) as cluster:
            yield Told(Level.OK, "cluster", f"{settings.cluster}, {cluster.threads} workers, versions equal")
            storage = Storage(storage_url(settings))
            with storage.work_folder() as folder:
                unable = out_of_reach(cluster, storage, folder)
    except ImporterError as exc:
        yield Told(Level.ERROR, "cluster", str(exc))
        return
    for where, why in unable.items():
        yield Told(Level.ERROR, "storage", f"worker {where} cannot read {storage.url}: {why}")
    if not unable:
        yield Told(Level.OK, "storage", f"{storage.url}: written here, read by every worker")
