"""The machines that check files: scheduler, workers, and the storage that all of them reach."""

from collections.abc import Iterator

from importer.cluster import check_options, storage_url
from importer.errors import ImporterError
from importer.messages.text import Text, counted
from importer.operations.doctor.check_result import Diagnosis, Level, error, fine
from importer.progress import Watch
from importer.settings import Settings


def check_cluster(settings: Settings) -> Iterator[Diagnosis]:
    """The cluster of the configuration, if there is one: who answers, with which versions, and reads what is stored.

    Without a cluster the storage alone, if there is one.
    """
    if not settings.cluster:
        if settings.storage:
            yield _storage_here(settings.storage)
        return
    try:
        check_options(settings)
        # Dask loads where there is a cluster.
        from importer.cluster.connection import reached  # noqa: PLC0415
        from importer.cluster.storage_reach import out_of_reach  # noqa: PLC0415
        from importer.storage import Storage  # noqa: PLC0415

        with reached(settings, Watch()) as cluster:
            yield fine(
                Text("cluster"),
                counted(
                    "{address}, {count} worker thread, versions equal",
                    "{address}, {count} worker threads, versions equal",
                    cluster.threads,
                    address=settings.cluster,
                ),
            )
            storage = Storage(storage_url(settings))
            here = _storage_here(storage.url)
            if here.level is not Level.OK:
                yield here
                return
            with storage.work_folder() as folder:
                unable = out_of_reach(cluster, storage, folder)
    except ImporterError as exc:
        yield error(Text("cluster"), exc.sentence)
        return
    for where, why in unable.items():
        yield error(
            Text("storage"), Text("worker {where} cannot use {url}: {why}", where=where, url=storage.url, why=why)
        )
    if not unable:
        yield fine(Text("storage"), Text("{url}: written and read here, and by every worker", url=storage.url))


def _storage_here(url: str) -> Diagnosis:
    """Whether this machine can write to the storage, and read there."""
    from importer.storage import Storage  # noqa: PLC0415 (who has none needs no such library)

    try:
        storage = Storage(url)
        with storage.work_folder() as folder:
            storage.read(storage.write(f"{folder}/probe", b"probe"))
    except ImporterError as exc:
        return error(Text("storage"), exc.sentence)
    return fine(Text("storage"), Text("{url}: written and read here", url=storage.url))
