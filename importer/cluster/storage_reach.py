"""Whether all workers reach the storage: a folder of this machine is no place for those on others."""

import secrets

from importer.cluster.connection import Cluster
from importer.errors import ImporterError, StorageFailed
from importer.storage import Storage, Stored


def use_there(url: str, stored: Stored) -> str:
    """Why an object cannot be read where this is called, and another one be written beside it; "" if they can."""
    try:
        storage = Storage(url)
        storage.write(f"{stored.name}-{secrets.token_hex(4)}", storage.read(stored))
    except ImporterError as exc:
        return exc.sentence
    return ""


def out_of_reach(cluster: Cluster, storage: Storage, folder: str) -> dict[str, str]:
    """The workers that cannot read what is stored here, or not write there, and why.

    Raises:
        StorageFailed: it cannot be stored.
    """
    probe = storage.write(f"{folder}/probe", b"probe")
    answers = cluster.everywhere(use_there, storage.url, probe)
    told = {where: why if isinstance(why, str) else type(why).__name__ for where, why in answers.items()}
    return {where: why for where, why in told.items() if why}


def refuse_out_of_reach(cluster: Cluster, storage: Storage, folder: str) -> None:
    """Raise StorageFailed if a worker cannot use what is stored here."""
    for where, why in out_of_reach(cluster, storage, folder).items():
        raise StorageFailed(
            "worker {where} cannot use the storage: {why}; name one with --storage that all workers reach",
            where=where,
            why=why,
        )
